"""Looks at the hub for the sibling of a model: by its own name first, then by those of what it was made from."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from msgspec import Struct

from nextword.errors import NextwordError
from nextword.hub.catalog import Catalog
from nextword.hub.hub_records import HubModel, SearchPage, SearchQuery
from nextword.hub.twins import Kind, hub_twins, twin_query

_PAGE = 50


class Sought(Struct, frozen=True):
    """Whose twin it is. name: of a model or repository; origins: what it was made from; kind None: unclear."""

    name: str
    kind: Kind | None
    origins: tuple[str, ...] = ()

    @property
    def queries(self) -> tuple[str, ...]:
        """What to look for, the likeliest first; repositories put a maker's name before that of the model."""
        asked = (twin_query(name) for name in (self.name, *self.origins[:2]))
        return tuple(dict.fromkeys(query for query in asked if query))


class TwinSearch:
    """One at a time: what is asked for last is told, and what was asked before is told no more."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._current: object = None

    def stop(self) -> None:
        """Tell nothing any more."""
        self._current = None

    def begin(
        self, sought: Sought, done: Callable[[HubModel | None], None], failed: Callable[[NextwordError], None]
    ) -> None:
        """Look for the twin; done is told the one that is downloaded most, None when there is none."""
        self._current = mark = object()

        def ask(queries: tuple[str, ...]) -> None:
            if not queries:
                done(None)
                return
            query = SearchQuery(text=queries[0], page_size=_PAGE)
            self._catalog.search(query, partial(answer, queries[1:]), fail)

        def answer(rest: tuple[str, ...], page: SearchPage) -> None:
            if self._current is not mark:
                return
            twins = hub_twins(sought.name, sought.kind, page.models, sought.origins)
            if twins:
                done(twins[0])
            else:
                ask(rest)

        def fail(error: NextwordError) -> None:
            if self._current is mark:
                failed(error)

        ask(sought.queries)
