"""Dataclasses that are made with their first object are dataclasses all the same."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
import threading
from typing import Any

import pytest

from nextword.late_dataclass import fields_of, late_dataclass


@late_dataclass
class Fault(Exception):
    name: str
    size: int = 3


@late_dataclass
class NarrowFault(Fault):
    detail: str = ""


class PlainFault(NarrowFault):
    pass


def test_fields_come_in_order_with_their_defaults_and_those_of_the_base_first() -> None:
    fault = NarrowFault("a", detail="b")
    assert (fault.name, fault.size, fault.detail) == ("a", 3, "b")
    assert [field.name for field in fields_of(NarrowFault)] == ["name", "size", "detail"]
    assert PlainFault("x", 1, "y").detail == "y"
    assert dataclasses.is_dataclass(Fault)
    match fault:
        case NarrowFault(name, 3, detail):
            assert (name, detail) == ("a", "b")
        case _:
            pytest.fail("matched by position")


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(TypeError, match="name"):
        NarrowFault()  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="other"):
        Fault("a", other=1)  # type: ignore[call-arg]


def test_a_class_that_is_none_has_no_fields() -> None:
    assert fields_of(ValueError) == ()


def test_first_objects_on_many_threads_at_once_are_all_right() -> None:
    for _ in range(50):

        @late_dataclass
        class Once(Exception):
            number: int

        made: list[Once] = []
        gate = threading.Barrier(4)

        def make(number: int, cls: type[Once] = Once, gate: threading.Barrier = gate, made: list[Once] = made) -> None:
            gate.wait()
            made.append(cls(number))

        threads = [threading.Thread(target=make, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(each.number for each in made) == [0, 1, 2, 3]


def test_the_errors_are_not_made_before_one_happens() -> None:
    program = (
        "from nextword import errors, late_dataclass\n"
        "before = len(late_dataclass._waiting)\n"
        "error = errors.SettingsError('a', 'b', 'c')\n"
        "print(before, before - len(late_dataclass._waiting), error)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    count, made, said = done.stdout.split(" ", 2)
    assert int(count) > 30
    assert int(made) == 1
    assert said.strip() == "SettingsError(name='a', value='b', allowed='c')"


def test_a_class_always_has_an_init_of_its_own_while_it_is_completed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another thread may make an object of it meanwhile: one of a base would take anything and keep nothing."""

    @late_dataclass
    class Late(Exception):
        name: str
        size_bytes: int = 3

    seen: list[bool] = []
    original = dataclasses.make_dataclass

    def watched(*arguments: Any, **values: Any) -> type:
        seen.append("__init__" in Late.__dict__)
        return original(*arguments, **values)

    monkeypatch.setattr(dataclasses, "make_dataclass", watched)
    late = Late("a")
    assert (late.name, late.size_bytes) == ("a", 3)
    assert seen == [True]
