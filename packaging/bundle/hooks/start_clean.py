"""Runs in an installed program before the freezer's own hooks, and so before Qt is loaded."""

from nextword import frozen

frozen.start_clean()
