"""The settings of sampling reach the engine whole."""

from __future__ import annotations

import dataclasses
from typing import get_args

import pytest

from nextword.asking.sampling import lines, sampling_of, until_of
from nextword.engine import protocol
from nextword.errors import SettingsError
from nextword.settings import SamplingSettings, Settings


def test_the_built_in_settings_are_the_engines_own() -> None:
    sampling = sampling_of(SamplingSettings(), 7)
    assert sampling == protocol.Sampling(seed=7)
    assert sampling.stages == get_args(protocol.SamplerStage)
    assert until_of(SamplingSettings()) == protocol.Until(loop_tokens=300)


def test_every_setting_is_passed_on() -> None:
    plain = {field.name: field.default for field in dataclasses.fields(SamplingSettings)}
    changed = {
        name: value + 1 if isinstance(value, int | float) and not isinstance(value, bool) else value
        for name, value in plain.items()
    } | {
        "grammar": "root ::= 'x'",
        "stop_texts": "one\n\\n\n",
        "dry_breakers": "a\\\\n",
        "stages": "top_k , temperature",
    }
    settings = SamplingSettings(**changed)  # type: ignore[arg-type]
    sampling, until = sampling_of(settings, 9), until_of(settings)
    given = {name: getattr(sampling, name) for name in sampling.__struct_fields__}
    given |= {name: getattr(until, name) for name in until.__struct_fields__}
    for name, value in changed.items():
        if name not in ("seed", "strict", "stop_texts", "dry_breakers", "stages"):
            assert given[name] == value, name
    assert given["stop_texts"] == ("one", "\n")
    assert given["dry_breakers"] == ("a\\n",)
    assert given["stages"] == ("top_k", "temperature")


@pytest.mark.parametrize("stages", ["top_k, top_k", "top_k, tempature", "topk"])
def test_stages_that_there_are_not_are_refused_with_those_there_are(stages: str) -> None:
    with pytest.raises(SettingsError) as refused:
        Settings().replaced("sampling.stages", stages)
    assert "top_n_sigma" in refused.value.allowed


def test_no_stage_at_all_is_allowed() -> None:
    assert sampling_of(SamplingSettings(stages=""), 1).stages == ()


def test_lines_stand_for_what_they_stand_for_in_code() -> None:
    assert lines("\\n\n\\t|\n\n\\\\n\n###") == ("\n", "\t|", "\\n", "###")
