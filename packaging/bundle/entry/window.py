"""Where the installed program `nextword` begins."""

import sys

from nextword import frozen

frozen.leave_nothing_for_children()

from nextword.__main__ import main  # noqa: E402 (children of what is imported are to find a clean environment)

sys.exit(main())
