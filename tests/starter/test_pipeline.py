"""The training pipeline: what needs no PyTorch is tested everywhere, the rest where PyTorch is installed."""

from __future__ import annotations

import importlib.util
import json
import os
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from starter import data, examples, figures, settings, sources, steps
from starter.corpus import sets
from starter.corpus.document import Piece, Turn
from starter.figures import Figure
from starter.missing import PackageMissingError, needed
from starter.problems import PipelineError
from starter.tokenizer import BEGIN_ID, IM_END_ID, IM_START_ID, TEMPLATE

PACKAGING = Path(__file__).resolve().parents[2] / "packaging"


class Letters:
    """A tokenizer of one token per character: enough to see where weights land."""

    def encode(self, text: str) -> list[int]:
        return [ord(character) for character in text]

    def encode_spans(self, texts: list[str]) -> list[tuple[list[int], list[int]]]:
        return [(self.encode(text), list(range(len(text)))) for text in texts]


class NoWriter:
    """Shards that lie there already need nobody to write them."""

    def want(self, group: str, index: int) -> None:
        assert data.shard_path(group, index).parent.is_dir()


def figure(key: str, score: float) -> Figure:
    return Figure(key, key, str(score), "0.5", score >= 0.5, score)


def put_shard(group: str, index: int, tokens: list[int]) -> None:
    path = data.shard_path(group, index)
    path.parent.mkdir(parents=True, exist_ok=True)
    weights = np.full(len(tokens), data.WEIGHT_STEPS, np.uint8)
    np.savez(path, tokens=np.asarray(tokens, np.uint16), weights=weights)


def test_a_missing_package_is_named_with_what_it_is_for_and_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(PackageMissingError) as caught:
        needed("torch")
    assert "torch is missing (PyTorch trains the models)" in str(caught.value)
    assert "pip install -r packaging/starter/requirements.txt" in str(caught.value)


@pytest.mark.parametrize("step", ["base", "instruct", "export", "build"])
def test_a_step_without_pytorch_ends_with_one_clear_sentence(step: str, tmp_path: Path) -> None:
    (tmp_path / "torch.py").write_text(
        "raise ModuleNotFoundError(\"No module named 'torch'\", name='torch')", encoding="utf-8"
    )
    done = subprocess.run(
        [sys.executable, "-m", "starter", step],
        cwd=PACKAGING,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("The package torch is missing")
    assert "Traceback" not in done.stderr


def test_document_weights_follow_their_pieces_and_the_begin_token_comes_first() -> None:
    document = (Piece("ab", 0.25), Piece(" c", 2.0))
    [(ids, weights)] = list(data.encode_documents(Letters(), [document]))  # type: ignore[arg-type]
    assert ids == [BEGIN_ID, ord("a"), ord("b"), ord(" "), ord("c")]
    assert weights == [1.0, 0.25, 0.25, 2.0, 2.0]


def test_only_the_assistants_words_and_their_end_are_trained() -> None:
    chat = (Turn("user", "Hi"), Turn("assistant", "Yo"))
    ids, weights = data.encode_chat(Letters(), chat)  # type: ignore[arg-type]
    counted = [token for token, weight in zip(ids, weights, strict=True) if weight]
    assert counted == [ord("Y"), ord("o"), IM_END_ID]
    assert ids[0] == BEGIN_ID
    assert ids.count(IM_START_ID) == 2


def test_training_chats_are_laid_out_as_the_template_lays_them_out() -> None:
    from jinja2 import Environment

    chat = (Turn("system", "Be kind."), Turn("user", "Hi"), Turn("assistant", "Yo"))
    controls = {BEGIN_ID: "", IM_START_ID: "<|im_start|>", IM_END_ID: "<|im_end|>"}
    ids, _ = data.encode_chat(Letters(), chat)  # type: ignore[arg-type]
    trained = "".join(controls.get(token, chr(token)) for token in ids)
    messages = [{"role": turn.role, "content": turn.text} for turn in chat]
    assert Environment().from_string(TEMPLATE).render(messages=messages) == trained


def test_rows_join_without_a_gap_and_go_on_in_the_next_shard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "WORK", tmp_path)
    put_shard("text", 0, list(range(10)))
    put_shard("text", 1, list(range(100, 110)))
    rows = data.Rows("text", NoWriter())  # type: ignore[arg-type]
    taken = [rows.take(4)[0].tolist() for _ in range(3)]
    assert taken == [[0, 1, 2, 3, 4], [4, 5, 6, 7, 8], [100, 101, 102, 103, 104]]


def test_a_mixture_goes_on_from_its_saved_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "WORK", tmp_path)
    monkeypatch.setattr(data, "ShardWriter", NoWriter)
    for group, start in (("text", 0), ("tasks", 5000)):
        for index in range(3):
            put_shard(group, index, list(range(start, start + 200)))
    shares = {"text": 0.5, "tasks": 0.5}
    first = data.Mixture(("text", "tasks"), 7)
    first.batch(shares, 6, 20)
    state = json.loads(json.dumps(first.state()))
    expected = first.batch(shares, 6, 20)
    second = data.Mixture(("text", "tasks"), 99)
    second.restore(state)
    found = second.batch(shares, 6, 20)
    assert found[2] == expected[2]
    assert np.array_equal(found[0], expected[0])


@pytest.mark.parametrize("corners", [settings.BASE_SHARES, settings.INSTRUCT_SHARES])
def test_shares_fill_the_whole_mixture_at_every_moment(corners: settings.Corners) -> None:
    for step in range(101):
        shares = settings.shares_at(corners, step / 100)
        assert sum(shares.values()) == pytest.approx(1.0)
        assert min(shares.values()) >= 0.0


def test_look_up_tasks_fall_from_half_of_the_mixture_to_a_tenth() -> None:
    assert settings.shares_at(settings.BASE_SHARES, 0.0)["lookup"] == pytest.approx(0.5)
    assert 0.05 <= settings.shares_at(settings.BASE_SHARES, 1.0)["lookup"] <= 0.1


def test_the_last_rows_are_as_long_as_the_context() -> None:
    assert settings.length_at(settings.BASE_LENGTHS, 1.0) == settings.CONTEXT


@pytest.mark.parametrize("group", settings.GROUPS)
def test_every_group_yields_the_same_documents_for_the_same_seed(group: str) -> None:
    first, second = ([sources.document_source(group)(random.Random(3)) for _ in range(2)] for _ in range(2))
    assert first == second


def test_every_named_share_belongs_to_a_generator_that_exists() -> None:
    from starter import corpus

    assert set(settings.DOMAIN_SHARES) <= set(corpus.domains())
    assert set(settings.CHAT_SHARES) <= set(corpus.chat_generators())


def test_examples_show_all_labels_as_evenly_as_they_can() -> None:
    pool = sets.load("topic", "examples")
    chosen = examples.mixed_examples(pool, 8, random.Random(1))
    labels = [row["label"] for row in chosen]
    assert sorted(labels.count(label) for label in set(labels)) == [2, 2, 2, 2]
    assert len({row["input"] for row in chosen}) == 8


def test_worse_models_are_not_shipped_over_better_ones() -> None:
    reason = steps.refusal([figure("a", 0.4)], [figure("a", 0.9)])
    assert reason is not None
    assert "0.9000 against 0.4000" in reason


def test_better_models_and_first_models_may_be_shipped() -> None:
    assert steps.refusal([figure("a", 0.9)], [figure("a", 0.4)]) is None
    assert steps.refusal([figure("a", 0.1)], None) is None


def test_models_without_figures_are_not_shipped() -> None:
    assert steps.refusal(None, None) is not None


@pytest.mark.parametrize("content", ["", "{", "[]", '{"figures": [{"key": 1}]}', '{"figures": 3}'])
def test_damaged_figures_count_as_none(tmp_path: Path, content: str) -> None:
    (tmp_path / figures.FILE).write_text(content, encoding="utf-8")
    assert figures.load(tmp_path) is None


def test_shipping_copies_models_and_figures_and_then_guards_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work, models = tmp_path / "work", tmp_path / "models"
    work.mkdir()
    monkeypatch.setattr(settings, "WORK", work)
    monkeypatch.setattr(settings, "MODELS", models)
    for name in ("nextword-starter-base.gguf", "nextword-starter-instruct.gguf"):
        (work / name).write_bytes(b"good")
    figures.save([figure("a", 0.8)], work)
    steps.ship(force=False)
    (work / "nextword-starter-base.gguf").write_bytes(b"bad")
    figures.save([figure("a", 0.2)], work)
    with pytest.raises(PipelineError, match="nothing was replaced"):
        steps.ship(force=False)
    assert (models / "nextword-starter-base.gguf").read_bytes() == b"good"
    steps.ship(force=True)
    assert (models / "nextword-starter-base.gguf").read_bytes() == b"bad"
    assert figures.load(models) == [figure("a", 0.2)]


if importlib.util.find_spec("torch"):
    from tests.starter import torch_checks

    test_resumed_training_equals_training_in_one_go = torch_checks.resumed_training_equals_training_in_one_go
    test_chunked_loss_equals_plain_cross_entropy = torch_checks.chunked_loss_equals_plain_cross_entropy
