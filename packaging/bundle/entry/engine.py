"""Where the installed program `nextword-engine` begins."""

import sys

from nextword import frozen

frozen.leave_nothing_for_children()

from nextword.engine.__main__ import main  # noqa: E402 (as in window.py)

sys.exit(main())
