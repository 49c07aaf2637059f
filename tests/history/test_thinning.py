"""Which backups stay when they get old, whatever the clock says."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from nextword.history.backup import ALWAYS_KEPT, DAY, Backup, thinned

NOW = 2_000_000_000.0


def generations(moments: list[float], size_bytes: int = 1000) -> list[Backup]:
    """Return backups made at these moments, the newest, which is the last, first."""
    made = [Backup(Path(str(number)), number, moment, size_bytes) for number, moment in enumerate(moments)]
    return made[::-1]


def test_half_a_year_of_backups_becomes_a_few(tmp_path: Path) -> None:
    kept: list[Backup] = []
    for half_hour in range(48 * 230):
        now = NOW + half_hour * 1800
        kept.insert(0, Backup(tmp_path, half_hour, now, 1))
        gone = {backup.number for backup in thinned(kept, now=now, budget_bytes=10**9)}
        kept = [backup for backup in kept if backup.number not in gone]
    ages = sorted((now - backup.made) / DAY for backup in kept)
    assert sum(age < 1 for age in ages) == 48
    assert 7 <= sum(1 <= age < 8 for age in ages) <= 8
    assert 3 <= sum(8 <= age < 36 for age in ages) <= 5
    assert 5 <= sum(36 <= age < 220 for age in ages) <= 7
    assert max(ages) <= 220


@given(st.lists(st.floats(min_value=0, max_value=4e9), max_size=60), st.integers(0, 10**5))
def test_the_newest_backups_stay_whatever_the_clock_said(moments: list[float], budget: int) -> None:
    backups = generations(moments)
    gone = thinned(backups, now=moments[-1] if moments else 0.0, budget_bytes=budget)
    assert not set(backups[:ALWAYS_KEPT]) & set(gone)
    assert set(gone) <= set(backups)
    left = len(backups) - len(gone)
    assert left * 1000 <= budget or left <= ALWAYS_KEPT


def test_a_clock_that_was_ahead_does_not_keep_backups_for_ever() -> None:
    year = 365 * DAY
    backups = generations([NOW + 10 * year] * 30 + [NOW + day * DAY for day in range(300)])
    gone = thinned(backups, now=NOW + 299 * DAY, budget_bytes=10**9)
    assert {backup.number for backup in backups if backup.made > NOW + year} <= {backup.number for backup in gone}
