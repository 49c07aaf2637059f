"""What only an installed program tests of itself works in a checkout too."""

from __future__ import annotations

import pytest

from nextword import self_test
from nextword.errors import EngineFault


def test_libraries_load_and_a_pdf_is_read() -> None:
    run = self_test._Run()
    self_test._test_parts(run)
    assert run.facts == {"libraries": len(self_test._SELDOM_LOADED), "pdf": "ok"}


def test_a_library_that_was_left_out_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(self_test, "_SELDOM_LOADED", ("json", "nowhere.at_all"))
    with pytest.raises(EngineFault, match=r"nowhere\.at_all"):
        self_test._test_parts(self_test._Run())
