"""A Stop reaches its job and no other, whenever it comes."""

from __future__ import annotations

import pytest

from nextword.engine.stops import Stops


@pytest.fixture
def flags() -> list[bool]:
    """What the model was told, in order; the last is what holds."""
    return []


@pytest.fixture
def stops(flags: list[bool]) -> Stops:
    made = Stops()
    made.interrupts(flags.append)
    return made


def test_a_running_job_is_interrupted_and_the_next_one_is_not(stops: Stops, flags: list[bool]) -> None:
    stops.accept(1)
    stops.accept(2)
    stops.begin(1)
    stops.stop(1)
    assert stops.is_stopped(1)
    assert flags[-1] is True
    stops.end(1)
    stops.begin(2)
    assert not stops.is_stopped(2)
    assert flags[-1] is False


def test_a_waiting_job_is_stopped_when_its_turn_comes(stops: Stops, flags: list[bool]) -> None:
    stops.accept(1)
    stops.accept(2)
    stops.begin(1)
    stops.stop(2)
    assert flags[-1] is False
    stops.end(1)
    stops.begin(2)
    assert stops.is_stopped(2)
    assert flags[-1] is True


@pytest.mark.parametrize("moment", ["before it is known", "after its end"])
def test_a_stop_at_the_wrong_moment_is_forgotten(stops: Stops, flags: list[bool], moment: str) -> None:
    if moment == "before it is known":
        stops.stop(1)
        stops.accept(1)
    else:
        stops.accept(1)
        stops.begin(1)
        stops.end(1)
        stops.stop(1)
        stops.accept(1)
    stops.begin(1)
    assert not stops.is_stopped(1)
    assert flags[-1] is False
