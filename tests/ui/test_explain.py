"""Every error of the program has words of its own: what happened, why, what to do."""

from __future__ import annotations

import dataclasses
import inspect
import re
import typing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QLocale

from nextword import errors, network_errors
from nextword.engine import gbnf, json_schema
from nextword.late_dataclass import complete
from nextword.ui.explain import explain, unworded
from nextword.ui.explanation import Explanation, last_line, short
from nextword.ui.setting_words import words_for

REASONS = {
    errors.ModelNotReadable: [
        "missing",
        "not_a_file",
        "no_permission",
        "empty",
        "not_gguf",
        "lfs_pointer",
        "html",
        "zip",
        "pickle",
        "safetensors",
        "truncated",
        "unknown_version",
        "too_large_header",
        "too_many_keys",
        "too_many_tensors",
        "bad_string",
        "bad_array",
        "bad_type",
        "duplicate_key",
        "duplicate_tensor",
        "bad_alignment",
        "bad_dimensions",
        "tensor_outside_file",
        "split_incomplete",
        "unknown_architecture",
        "missing_key",
        "changed_on_disk",
        "name_is_no_text",
    ],
    errors.TemplateFailed: ["syntax", "runtime", "too_slow", "too_large", "memory"],
    errors.TemplateReplaced: ["syntax", "runtime", "too_slow", "too_large", "memory"],
    errors.NotSaved: ["disk_full", "read_only", "locked", "io", "other"],
    errors.SavingWaits: ["disk_full", "read_only", "locked", "io", "other"],
    errors.BackupFailed: ["no_room", "damaged", "missing", "io"],
    errors.ImportFailed: [
        "missing",
        "no_permission",
        "not_a_file",
        "unreadable",
        "empty",
        "too_large",
        "too_many_files",
        "unknown_format",
        "newer_format",
        "database",
        "bad_zip",
        "unknown_zip",
        "zip_bomb",
        "encrypted",
    ],
    errors.ExportFailed: ["disk_full", "no_permission", "no_folder", "bad_name", "other"],
    errors.GrammarNotUnderstood: [*gbnf.REASONS],
    errors.DataNotReadable: ["missing", "no_permission", "unreadable", "too_large", "not_text", "not_json"],
    errors.PatternNotUsable: ["syntax", "too_slow"],
    errors.CardNotUsable: [
        "missing",
        "no_permission",
        "unreadable",
        "too_large",
        "not_card",
        "newer",
        "damaged",
        "changed",
        "no_model",
    ],
    errors.AttachmentNotReadable: [
        "missing",
        "not_a_file",
        "no_permission",
        "unreadable",
        "empty",
        "too_large",
        "not_text",
        "pdf_damaged",
        "pdf_encrypted",
        "pdf_no_text",
        "pdf_too_hard",
    ],
    errors.PresetNotReadable: [
        "missing",
        "no_permission",
        "unreadable",
        "too_large",
        "not_preset",
        "newer_format",
        "bad_value",
    ],
    errors.ProtocolBroken: ["oversized", "garbage", "unexpected", "half_frame"],
    **{
        cls: (inspect.getdoc(cls) or "").split("one of", 1)[1].split(".", 1)[0].replace(",", " ").split()
        for cls in (
            network_errors.NoAnswer,
            network_errors.HubRefused,
            network_errors.DownloadFailed,
            network_errors.RemoteRefused,
        )  # fmt: skip
    },
}
STAGES = ["starting", "idle", "loading", "prompt", "generating", "scoring"]
SIGNALS = ["", "SIGSEGV", "SIGABRT", "SIGILL", "SIGBUS", "SIGFPE", "SIGKILL", "SIGTERM", "SIGXCPU"]


def _classes() -> list[type[errors.NextwordError]]:
    found = [
        cls
        for module in (errors, network_errors)
        for _, cls in inspect.getmembers(module, inspect.isclass)
        if issubclass(cls, errors.NextwordError) and (complete(cls) or dataclasses.is_dataclass(cls))
    ]
    assert len(found) >= 20
    return found


def _values(cls: type[errors.NextwordError], name: str, kind: object) -> st.SearchStrategy[typing.Any]:
    if name == "reason":
        return st.sampled_from(REASONS[cls])
    if name == "stage":
        return st.sampled_from(STAGES)
    if name == "signal_name":
        return st.sampled_from(SIGNALS)
    if kind is int:
        return st.integers(min_value=-(2**70), max_value=2**70)
    if kind is float:
        return st.floats(allow_nan=False, allow_infinity=False)
    if kind == tuple[str, ...]:
        return st.lists(st.text(max_size=40), max_size=4).map(tuple)
    return st.text(max_size=400)


@st.composite
def _any_error(draw: st.DrawFn) -> errors.NextwordError:
    cls = draw(st.sampled_from(_classes()))
    hints = typing.get_type_hints(cls)
    return cls(**{field.name: draw(_values(cls, field.name, hints[field.name])) for field in dataclasses.fields(cls)})


def _check(words: Explanation, error: errors.NextwordError) -> None:
    together = f"{words.title}\n{words.text}\n{words.advice}"
    assert words != unworded(error), "no words of its own"
    assert words.title.strip()
    assert words.text.strip()
    assert words.advice.strip()
    assert type(error).__name__ not in re.sub(r"[^\w\n]+", " ", words.title)
    assert f"{type(error).__name__}(" not in together


@settings(max_examples=400, deadline=None)
@given(_any_error())
def test_every_error_with_any_values_has_words(error: errors.NextwordError) -> None:
    _check(explain(error), error)


@pytest.mark.parametrize("cls", _classes(), ids=lambda cls: cls.__name__)
def test_every_class_has_words_of_its_own(cls: type[errors.NextwordError]) -> None:
    hints = typing.get_type_hints(cls)
    values: dict[str, typing.Any] = {}
    for field in dataclasses.fields(cls):
        fixed = {"reason": REASONS.get(cls, [""])[0], "stage": "loading", "signal_name": "SIGSEGV"}
        kinds = {int: 3, float: 3.0, str: "x", tuple[str, ...]: ("a line",)}
        values[field.name] = fixed.get(field.name, kinds[hints[field.name]])
    words = explain(cls(**values))
    _check(words, cls(**values))
    for part in (words.title, words.text, words.advice):
        assert not set("!{}") & set(part)


@pytest.mark.parametrize("cls", list(REASONS), ids=lambda cls: cls.__name__)
def test_every_reason_has_a_sentence_of_its_own(cls: type[errors.NextwordError]) -> None:
    def words(reason: str) -> str:
        path = {"path": "/models/a.gguf"} if "path" in {field.name for field in dataclasses.fields(cls)} else {}
        return explain(cls(**path, reason=reason)).text  # type: ignore[arg-type]

    texts = [words(reason) for reason in REASONS[cls]]
    assert len(set(texts)) == len(texts)
    unknown = words("a reason that does not exist")
    assert [text for text in texts if text == unknown] == [] or cls in (
        errors.NotSaved,
        errors.SavingWaits,
        errors.BackupFailed,
    )


def test_the_reasons_tested_are_the_reasons_declared() -> None:
    declared = inspect.getdoc(errors.ModelNotReadable) or ""
    listed = declared.split("one of", 1)[1].split(".", 1)[0]
    assert {word.strip() for word in listed.split(",")} == set(REASONS[errors.ModelNotReadable])


def test_the_last_line_of_the_log_is_the_reason_given() -> None:
    words = explain(errors.ModelLoadFailed("/m/tiny.gguf", ("loading", "unknown model architecture: 'x'", "")))
    assert "unknown model architecture: 'x'" in words.text
    assert "tiny.gguf" in words.text
    assert "/m/" not in words.text


def test_numbers_are_told() -> None:
    words = explain(errors.ContextTooSmall(needed=5000, available=1024))
    assert QLocale().toString(5000) in words.text
    assert QLocale().toString(1024) in words.text


def test_a_setting_is_called_as_on_the_settings_page() -> None:
    words = explain(errors.SettingsError("sampling.top_p", "1.5", "0 to 1"))
    assert words_for("sampling.top_p").label in words.title
    assert "1.5" in words.text
    assert "0 to 1" in words.advice


def test_foreign_text_is_cut_and_cleaned() -> None:
    assert short("a\nb\tc") == "a b c"
    assert "\u202e" not in short("abc\u202egnp.exe")
    assert len(short("x" * 10_000)) <= 300
    assert short("start" + "x" * 1000 + "end", 20).startswith("start")
    assert short("start" + "x" * 1000 + "end", 20)[-3:] == "xxx"


def test_the_last_line_skips_empty_ones() -> None:
    assert last_line(["first", "second", " ", ""]) == "second"
    assert last_line([]) == ""


def test_a_line_that_stands_in_every_log_is_the_reason_of_nothing() -> None:
    assert last_line(["load_backend: loaded CPU backend from libggml-cpu-zen4.so"]) == ""
    assert last_line(["GGML_ASSERT(n > 0) failed", "load_backend: loaded CPU backend"]) == "GGML_ASSERT(n > 0) failed"


@pytest.mark.parametrize(
    ("language", "reasons"), [("gbnf", gbnf.REASONS), ("json_schema", json_schema.REASONS)], ids=["gbnf", "json_schema"]
)
def test_everything_wrong_with_a_grammar_has_words_of_its_own(language: str, reasons: tuple[str, ...]) -> None:
    texts = {reason: explain(errors.GrammarNotUnderstood(reason, 3, 7, "x y", language)).text for reason in reasons}
    assert len(set(texts.values())) == len(reasons)
    assert all("Line 3, column 7" in text and "{" not in text.replace("{2", "") for text in texts.values())


def test_a_sampling_setting_is_called_what_the_settings_page_calls_it() -> None:
    known = explain(errors.SamplingNotUsable("repeat_penalty", "0.0", "> 0")).text
    assert words_for("sampling.repeat_penalty").label in known
    assert "logit_bias" in explain(errors.SamplingNotUsable("logit_bias", "nan", "-inf")).text


@pytest.mark.parametrize(("detail", "said"), [("2500000", "2.38 MiB"), ("²", "²"), ("9" * 40, "999…999")])
def test_a_size_that_is_no_number_is_told_as_it_is(detail: str, said: str) -> None:
    words = explain(errors.CardNotUsable("a.json", "too_large", detail))
    assert said in f"{words.title} {words.text} {words.advice}"
