"""The list that ships is whole and sensible, and the engine knows the architectures that it says it knows."""

from __future__ import annotations

import re
from pathlib import Path

import llama_cpp

from nextword.hub import curated as lists
from nextword.hub.curated import Family, Member, can_run, curated, sibling_in_list


def members() -> list[tuple[Family, Member]]:
    return [(family, member) for family in curated().families for member in (family.base, family.instruct) if member]


def test_the_list_goes_from_a_tenth_to_eight_billion_parameters() -> None:
    sizes = [family.parameters for family in curated().families]
    assert min(sizes) < 200_000_000
    assert 7_500_000_000 < max(sizes) < 8_500_000_000
    assert {family.purpose for family in curated().families} == {"general", "code", "multilingual", "embedding"}
    assert sum(family.base is not None and family.instruct is not None for family in curated().families) >= 8


def test_every_member_can_be_asked_for() -> None:
    for family, member in members():
        assert re.fullmatch(r"[\w.-]+/[\w.-]+", member.repo)
        assert member.repo.endswith("-GGUF")
        bits = 8 * member.size_bytes / family.parameters
        assert 3.5 < bits < 11, f"{member.repo}: {bits:.1f} bits a weight"
        assert family.words.endswith(".")
        assert family.licence
    repos = [member.repo for _, member in members()]
    assert len(repos) == len(set(repos))
    assert re.fullmatch(r"20\d\d-\d\d", curated().as_of)


def test_siblings_find_each_other() -> None:
    for family in curated().families:
        if family.base and family.instruct:
            assert sibling_in_list(family.base.repo) == family.instruct
            assert sibling_in_list(family.instruct.repo) == family.base
    assert sibling_in_list("nobody/nothing") is None


def test_the_architectures_are_those_of_the_llama_cpp_that_is_installed() -> None:
    library = next((Path(llama_cpp.__file__).parent / "lib").glob("*llama.*"), None)
    assert library is not None
    strings = library.read_bytes()
    known = lists._known()
    assert [name for name in known.next_word | known.other if name.encode() + b"\0" not in strings] == []
    assert known.llama_cpp_python == llama_cpp.__version__, "write resources/models-list/architectures.json anew"
    assert (can_run("llama"), can_run("bert"), can_run("")) == (True, False, None)
