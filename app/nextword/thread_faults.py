"""What fails on a thread by a fault of ours is told: a future would keep it to itself."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from typing import Any


def tell_fault(future: Future[Any]) -> None:
    """Give what the work of a future raised to the hook for threads; to be added to it as a callback."""
    error = None if future.cancelled() else future.exception()
    if error is not None:
        arguments = (type(error), error, error.__traceback__, threading.current_thread())
        threading.excepthook(threading.ExceptHookArgs(arguments))
