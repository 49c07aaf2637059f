"""One stage of training: batches in, a checkpoint that can be resumed out."""

from __future__ import annotations

import json
import signal
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from starter import settings
from starter.data import Mixture
from starter.model import Shape, StarterModel, parameter_count
from starter.optimiser import Muon

Corners = dict[str, tuple[tuple[float, float], ...]]
Lengths = tuple[tuple[float, int], ...]
Report = Callable[[StarterModel], str]

ADAM_BETAS = (0.9, 0.98)
CLIP_NORM = 1.0
SAFE_COMPILER = "inductor"


def device_name() -> str:
    """Return "cuda" where there is such a GPU, else "cpu"."""
    return "cuda" if torch.cuda.is_available() else "cpu"


def rate_at(stage: settings.Stage, step: int, progress: float) -> float:
    """Return the learning rate: a short rise, a plateau, a straight fall (warm-up, stable, decay)."""
    rise = min(1.0, (step + 1) / stage.warmup_steps)
    fall = min(1.0, (1.0 - progress) / (1.0 - stage.decay_from))
    return stage.peak_rate * rise * max(fall, stage.last_rate)


def save_checkpoint(path: Path, content: dict[str, Any]) -> None:
    """Write a checkpoint so that a kill at any moment leaves the old one or the new one whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    torch.save(content, partial)
    partial.replace(path)


def load_model(path: Path) -> StarterModel:
    """Return the model of a checkpoint, on the processor."""
    content = torch.load(path, map_location="cpu", weights_only=True)
    model = StarterModel(Shape(**content["shape"]))
    model.load_state_dict(content["model"])
    return model


class Training:
    """The state of one stage: model, optimisers, position in the data, time spent."""

    def __init__(
        self, stage: settings.Stage, model: StarterModel, *, shares: Corners, lengths: Lengths, report: Report
    ) -> None:
        self.stage, self.shares, self.lengths, self.report = stage, shares, lengths, report
        self.device = device_name()
        self.model = model.to(self.device)
        inside = [pair for pair in model.named_parameters() if pair[0].startswith("blk.") and pair[1].dim() == 2]
        names = {name for name, _ in inside}
        rest = [weight for name, weight in model.named_parameters() if name not in names]
        self.optimisers: tuple[torch.optim.Optimizer, ...] = (
            Muon(inside, decay=stage.weight_decay),
            torch.optim.AdamW(rest, lr=0.0, betas=ADAM_BETAS, weight_decay=0.0, fused=True),
        )
        self.mixture = Mixture((*shares, "text"), settings.SEED)
        self.tokens, self.step, self.seconds = 0, 0, 0.0
        self.stopping = False
        self._sums: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])

    @property
    def path(self) -> Path:
        return settings.WORK / self.stage.name / "checkpoint.pt"

    @property
    def progress(self) -> float:
        """How much of the budget is spent, 0 to 1: tokens or time, whichever is further."""
        return min(1.0, max(self.tokens / self.stage.tokens, self.seconds / (60 * self.stage.minutes)))

    def save(self) -> None:
        """Write the checkpoint."""
        content = {
            "shape": self.model.shape.as_dict(),
            "model": self.model.state_dict(),
            "optimisers": [one.state_dict() for one in self.optimisers],
            "counters": {"tokens": self.tokens, "step": self.step, "seconds": self.seconds},
            "data": json.dumps(self.mixture.state()),
            "torch_random": torch.get_rng_state(),
        }
        save_checkpoint(self.path, content)

    def resume(self) -> bool:
        """Continue from the checkpoint, if there is one; say whether there was."""
        if not self.path.exists():
            return False
        content = torch.load(self.path, map_location=self.device, weights_only=True)
        self.model.load_state_dict(content["model"])
        for one, state in zip(self.optimisers, content["optimisers"], strict=True):
            one.load_state_dict(state)
        for name, value in content["counters"].items():
            setattr(self, name, value)
        self.mixture.restore(json.loads(content["data"]))
        torch.set_rng_state(content["torch_random"].cpu())
        return True

    def _counted(self, weights: Tensor) -> Tensor:
        """Keep a token of weight w < 1 with probability w and weight 1: the same gradient on average, less work."""
        drawn = (torch.rand(weights.shape, device=weights.device) < weights).float()
        return torch.where(weights < 1.0, drawn, weights)

    def advance(self) -> None:
        """Train on one batch."""
        length = settings.length_at(self.lengths, self.progress)
        rows = max(1, self.stage.batch_tokens // length)
        shares = settings.shares_at(self.shares, self.progress)
        batch, raw_weights, groups = self.mixture.batch(shares, rows, length)
        tokens = torch.from_numpy(batch).to(self.device)
        weights = self._counted(torch.from_numpy(raw_weights).to(self.device)[:, 1:])
        inputs, targets = tokens[:, :-1].contiguous(), tokens[:, 1:].contiguous()
        with torch.autocast(self.device, torch.bfloat16):
            total, losses = self.model.loss_sum(inputs, targets, weights)
        (total / weights.sum().clamp(min=1.0)).backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), CLIP_NORM)
        rate = rate_at(self.stage, self.step, self.progress)
        for one in self.optimisers:
            for group in one.param_groups:
                group["lr"] = rate
            one.step()
            one.zero_grad(set_to_none=True)
        self._note(groups, losses, weights)
        self.tokens += inputs.numel()
        self.step += 1

    def _note(self, groups: list[str], losses: Tensor, weights: Tensor) -> None:
        """Add up losses by group; the answers of in-context tasks (weight above 1) also on their own."""
        answers = weights > 1.0
        columns = [losses, weights, losses * answers, weights * answers]
        for group, *sums in zip(groups, *(column.sum(1).tolist() for column in columns), strict=True):
            for name, loss, count in ((group, *sums[:2]), (group + ":answers", *sums[2:])):
                self._sums[name][0] += loss
                self._sums[name][1] += count

    def _describe(self, started: float, tokens_before: int) -> str:
        losses = " ".join(
            f"{group} {loss / max(count, 1.0):.3f}" for group, (loss, count) in sorted(self._sums.items()) if count
        )
        speed = (self.tokens - tokens_before) / max(time.monotonic() - started, 1e-9)
        return (
            f"[{time.strftime('%H:%M:%S')}] {self.stage.name} step {self.step} {self.tokens / 1e6:.2f}M tokens "
            f"{self.progress:.1%} {speed:.0f} tok/s | loss {losses}"
        )

    def run(self) -> None:
        """Train until the budget is spent or a signal asks to stop; checkpoint either way."""
        signal.signal(signal.SIGTERM, lambda *_: setattr(self, "stopping", True))
        print(f"{self.stage.name}: {parameter_count(self.model):,} parameters, {self.stage}", flush=True)
        last_save = last_report = clock = time.monotonic()
        tokens_before, first_step = self.tokens, self.step
        while self.progress < 1.0 and not self.stopping:
            self.advance()
            now = time.monotonic()
            self.seconds += now - clock
            clock = now
            if self.step - first_step in (5, 30) or self.step % 100 == 0:
                print(self._describe(last_report, tokens_before), flush=True)
            if now - last_save > self.stage.checkpoint_seconds:
                self.save()
                last_save = now
            if self.tokens // self.stage.report_tokens > tokens_before // self.stage.report_tokens:
                print(self._describe(last_report, tokens_before), self.report(self.model), flush=True)
                self._sums.clear()
                tokens_before, last_report = self.tokens, time.monotonic()
        self.save()
        print(self._describe(last_report, tokens_before), self.report(self.model), flush=True)


def compiled(model: StarterModel) -> StarterModel:
    """Compile the blocks where a C++ compiler allows it (a third faster); say so where it does not."""
    try:
        for block in model.blk:
            block.compile(dynamic=False)
        with torch.autocast(device_name(), torch.bfloat16):
            sample = torch.from_numpy(np.zeros((1, 64), np.int64))
            model.hidden(sample.to(next(model.parameters()).device))
    except Exception as error:  # noqa: BLE001 - whatever the compiler does, plain PyTorch still trains
        print(f"training without compilation: {type(error).__name__}: {error}"[:300], flush=True)
        for block in model.blk:
            block._compiled_call_impl = None
    return model
