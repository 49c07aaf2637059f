"""Checks of the training itself; test_pipeline.py takes them up where PyTorch is installed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from starter import data, settings

SMALL = settings.Stage(name="base", minutes=60.0, tokens=32 * 12, batch_tokens=32, checkpoint_seconds=1e9)


def _put_shards(folder: Path) -> None:
    source = np.random.default_rng(1)
    (folder / "shards").mkdir(parents=True)
    for index in range(4):
        tokens = source.integers(0, 64, 400).astype(np.uint16)
        np.savez(data.shard_path("text", index), tokens=tokens, weights=np.full(400, 16, np.uint8))


def _train(stage: settings.Stage, *, stop_at: int) -> dict[str, np.ndarray]:
    import torch

    from starter import train
    from starter.model import Shape, StarterModel

    torch.manual_seed(3)
    shape = Shape(vocab=64, width=32, layers=1, heads=1, feed_forward=32, context=16)
    run = train.Training(stage, StarterModel(shape, 5), shares={}, lengths=((0.0, 16),), report=lambda _: "")
    run.resume()
    while run.step < stop_at:
        run.advance()
    run.save()
    return {name: value.numpy().copy() for name, value in run.model.state_dict().items()}


def resumed_training_equals_training_in_one_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "WORK", tmp_path / "whole")
    _put_shards(tmp_path / "whole")
    whole = _train(SMALL, stop_at=10)
    monkeypatch.setattr(settings, "WORK", tmp_path / "parts")
    _put_shards(tmp_path / "parts")
    _train(SMALL, stop_at=6)
    parts = _train(SMALL, stop_at=10)
    assert all(np.array_equal(whole[name], parts[name]) for name in whole)


def chunked_loss_equals_plain_cross_entropy() -> None:
    import torch
    from torch.nn import functional

    from starter.model import Shape, StarterModel

    model = StarterModel(Shape(vocab=64, width=32, layers=1, heads=1, feed_forward=32, context=16), 5)
    tokens = torch.randint(0, 64, (3, 16))
    targets = torch.randint(0, 64, (3, 16))
    weights = torch.rand(3, 16).round()
    total, _ = model.loss_sum(tokens, targets, weights)
    total.backward()
    found = {name: weight.grad.clone() for name, weight in model.named_parameters() if weight.grad is not None}
    model.zero_grad()
    losses = functional.cross_entropy(model(tokens).flatten(0, 1), targets.flatten(), reduction="none")
    plain = (losses * weights.flatten()).sum()
    plain.backward()
    assert total.item() == pytest.approx(plain.item(), rel=1e-4)
    for name, weight in model.named_parameters():
        assert weight.grad is not None
        assert torch.allclose(found[name], weight.grad, atol=1e-4)
