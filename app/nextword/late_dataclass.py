"""Dataclasses that are made when the first object of them is: the errors are many and seldom happen, and to write the
code of seventy `__init__` took 10 ms of the start of the window.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, TypeVar, dataclass_transform

if TYPE_CHECKING:
    from dataclasses import Field

T = TypeVar("T")

_waiting: set[type] = set()
_lock = threading.RLock()


@dataclass_transform(eq_default=False)
def late_dataclass(cls: type[T]) -> type[T]:
    """Do what `dataclass(eq=False, repr=False)` does, when it is needed."""

    def first(self: T, *arguments: Any, **values: Any) -> None:
        complete(cls)
        cls.__init__(self, *arguments, **values)  # the one that dataclass wrote

    cls.__init__ = first  # type: ignore[assignment]
    _waiting.add(cls)
    return cls


def complete(cls: type) -> None:
    """Make a class and what it inherits from the dataclasses that they are. Any thread."""
    with _lock:
        waiting = [each for each in reversed(cls.__mro__) if each in _waiting]
        if not waiting:
            return
        import dataclasses

        for each in waiting:
            # Another thread may make the first object of it meanwhile: it is never without an __init__ of its own
            dataclasses.dataclass(init=False, eq=False, repr=False)(each)
            wanted = [
                (known.name, known.type, dataclasses.field(default=known.default, kw_only=known.kw_only))
                for known in dataclasses.fields(each)
            ]
            each.__init__ = dataclasses.make_dataclass(each.__name__, wanted).__init__  # type: ignore[misc]
            _waiting.discard(each)


def fields_of(cls: type) -> tuple[Field[Any], ...]:
    """Return the fields of a class, none for one that is no dataclass."""
    import dataclasses

    complete(cls)
    return dataclasses.fields(cls) if dataclasses.is_dataclass(cls) else ()
