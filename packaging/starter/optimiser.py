"""Muon for the matrices inside the blocks, AdamW for embeddings, output and norms."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import torch
from torch import Tensor

# Coefficients of the quintic iteration: Jordan et al. 2024, "Muon: an optimizer for hidden layers".
COEFFICIENTS = (3.4445, -4.7750, 2.0315)
ITERATIONS = 5
# A mean step of 0.2 per value resembles AdamW's; twice that learnt to copy sooner here (see README.md).
STEP = 0.4


def orthogonalised(update: Tensor) -> Tensor:
    """Return `update` (matrices, rows <= columns) with all singular values pushed towards 1."""
    first, second, third = COEFFICIENTS
    matrix = update.bfloat16()
    matrix = matrix / (matrix.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(ITERATIONS):
        gram = matrix @ matrix.mT
        matrix = first * matrix + (second * gram + third * gram @ gram) @ matrix
    return matrix.to(update.dtype)


def square_pieces(name: str, weight: Tensor) -> Tensor:
    """Return the joint matrix `name` as a batch of the matrices that it holds, lying (rows <= columns)."""
    if name.endswith("attn_qkv.weight"):
        pieces = weight.view(3, weight.shape[0] // 3, weight.shape[1])
    elif name.endswith("ffn_gate_up.weight"):
        pieces = weight.view(2, weight.shape[0] // 2, weight.shape[1])
    else:
        pieces = weight[None]
    return pieces.mT if pieces.shape[-2] > pieces.shape[-1] else pieces


class Muon(torch.optim.Optimizer):
    """Momentum, orthogonalised; all matrices of one shape are treated in one batched product."""

    def __init__(
        self, named: Iterable[tuple[str, torch.nn.Parameter]], *, momentum: float = 0.95, decay: float = 0.0
    ) -> None:
        pairs = list(named)
        self.names = [name for name, _ in pairs]
        super().__init__([weight for _, weight in pairs], {"lr": 0.0, "momentum": momentum, "decay": decay})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """Move every matrix by lr * STEP * sqrt(longer side) * the orthogonalised momentum."""
        del closure
        group = self.param_groups[0]
        shapes: dict[tuple[int, ...], list[tuple[Tensor, Tensor]]] = defaultdict(list)
        for name, weight in zip(self.names, group["params"], strict=True):
            if weight.grad is None:
                continue
            state = self.state[weight]
            if "momentum" not in state:
                state["momentum"] = torch.zeros_like(weight)
            state["momentum"].lerp_(weight.grad, 1 - group["momentum"])
            blended = torch.lerp(weight.grad, state["momentum"], group["momentum"])
            pieces = square_pieces(name, blended)
            shapes[tuple(pieces.shape[1:])].append((square_pieces(name, weight), pieces))
        for shape, members in shapes.items():
            moves = orthogonalised(torch.cat([pieces for _, pieces in members]))
            size = group["lr"] * STEP * max(shape) ** 0.5
            start = 0
            for view, pieces in members:
                view.mul_(1 - group["lr"] * group["decay"]).add_(moves[start : start + len(pieces)], alpha=-size)
                start += len(pieces)
