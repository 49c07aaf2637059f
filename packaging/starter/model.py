"""A llama-architecture language model in PyTorch, small enough to be trained on a laptop."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F


@dataclass(frozen=True, slots=True)
class Shape:
    """The sizes of the model; every row length is a multiple of 32, as Q8_0 needs."""

    vocab: int = 4096
    width: int = 256
    layers: int = 5
    heads: int = 4
    feed_forward: int = 704
    context: int = 1024
    rope_base: float = 10_000.0
    norm_epsilon: float = 1e-5

    @property
    def head_width(self) -> int:
        return self.width // self.heads

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def rotary_tables(shape: Shape, device: torch.device | str = "cpu") -> tuple[Tensor, Tensor]:
    """Return cosines and sines, (context, head_width) each, for pairs of neighbouring values.

    Neighbouring pairs (2i, 2i+1) are llama.cpp's "norm" rotary layout, so the weights need no
    permutation when they are exported. Su et al. 2021, RoFormer, equation 34.
    """
    frequency = shape.rope_base ** (-torch.arange(0, shape.head_width, 2, dtype=torch.float64) / shape.head_width)
    angle = torch.outer(torch.arange(shape.context, dtype=torch.float64), frequency)
    angle = angle.repeat_interleave(2, dim=1)
    return angle.cos().float().to(device), angle.sin().float().to(device)


def rotate(values: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
    """Turn each neighbouring pair of `values` (..., length, head_width) by its position's angle."""
    pairs = values.unflatten(-1, (-1, 2))
    turned = torch.stack((-pairs[..., 1], pairs[..., 0]), dim=-1).flatten(-2)
    return (values * cosine + turned * sine).to(values.dtype)


def attention(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """Return causal attention; short rows on a processor are faster with their scores written out."""
    length = query.shape[-2]
    if query.device.type != "cpu" or length > 512:
        return F.scaled_dot_product_attention(query, key, value, is_causal=True)
    scores = query @ (key * key.shape[-1] ** -0.5).transpose(-1, -2)
    hidden = torch.full((length, length), -1e4, dtype=scores.dtype, device=scores.device).triu(1)
    return (scores + hidden).softmax(-1).to(value.dtype) @ value


class Norm(nn.Module):
    """Root-mean-square normalisation with a learned scale."""

    def __init__(self, width: int, epsilon: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.epsilon = epsilon

    def forward(self, values: Tensor) -> Tensor:
        wide = values.float()
        scaled = wide * torch.rsqrt(wide.square().mean(-1, keepdim=True) + self.epsilon)
        return (scaled * self.weight).to(values.dtype)


class Block(nn.Module):
    """One layer: causal self-attention, then a SwiGLU feed-forward network, both with a residual.

    Query, key and value share one matrix, and so do gate and up: fewer, larger products are faster
    on a processor. The export takes them apart.
    """

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        width, wide = shape.width, shape.feed_forward
        self.heads, self.head_width = shape.heads, shape.head_width
        self.attn_norm = Norm(width, shape.norm_epsilon)
        self.attn_qkv = nn.Linear(width, 3 * width, bias=False)
        self.attn_output = nn.Linear(width, width, bias=False)
        self.ffn_norm = Norm(width, shape.norm_epsilon)
        self.ffn_gate_up = nn.Linear(width, 2 * wide, bias=False)
        self.ffn_down = nn.Linear(wide, width, bias=False)

    def forward(self, stream: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
        rows, length, width = stream.shape
        joint = self.attn_qkv(self.attn_norm(stream)).view(rows, length, 3, self.heads, self.head_width)
        query, key, value = joint.permute(2, 0, 3, 1, 4).unbind(0)
        query, key = rotate(query, cosine, sine), rotate(key, cosine, sine)
        mixed = attention(query, key, value)
        stream = stream + self.attn_output(mixed.transpose(1, 2).reshape(rows, length, width))
        gate, up = self.ffn_gate_up(self.ffn_norm(stream)).chunk(2, dim=-1)
        return stream + self.ffn_down(F.silu(gate) * up)


class WeightedCrossEntropy(torch.autograd.Function):
    """Output layer, softmax and loss in one pass over small chunks, gradients included.

    The logits of a whole batch (8,192 x 4,096 floats) never lie in memory at once: on a processor
    that traffic costs more than the arithmetic.
    """

    CHUNK = 1024

    @staticmethod
    def forward(ctx: Any, states: Tensor, output: Tensor, targets: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
        """Return the sum and the weighted losses (nats) for states (tokens, width) and targets (tokens)."""
        matrix = output.to(states.dtype)
        state_slope = torch.empty_like(states)
        output_slope = torch.zeros_like(output)
        losses = torch.empty_like(weights)
        for start in range(0, len(states), WeightedCrossEntropy.CHUNK):
            part = slice(start, start + WeightedCrossEntropy.CHUNK)
            logprobs = (states[part] @ matrix.T).float().log_softmax(-1)
            picked = targets[part, None]
            losses[part] = -logprobs.gather(1, picked).squeeze(1) * weights[part]
            slope = logprobs.exp_()
            slope.scatter_add_(1, picked, -torch.ones_like(picked, dtype=slope.dtype))
            slope = (slope * weights[part, None]).to(states.dtype)
            state_slope[part] = slope @ matrix
            output_slope += slope.T @ states[part]
        ctx.save_for_backward(state_slope, output_slope)
        ctx.mark_non_differentiable(losses)
        return losses.sum(), losses

    @staticmethod
    def backward(ctx: Any, *grad: Tensor) -> tuple[Tensor, Tensor, None, None]:
        state_slope, output_slope = ctx.saved_tensors
        return state_slope * grad[0].to(state_slope.dtype), output_slope * grad[0], None, None


class StarterModel(nn.Module):
    """Embedding, blocks, norm, output: parameter names follow GGUF's tensor names."""

    cosine: Tensor
    sine: Tensor

    def __init__(self, shape: Shape, seed: int = 0) -> None:
        super().__init__()
        self.shape = shape
        self.token_embd = nn.Embedding(shape.vocab, shape.width)
        self.blk = nn.ModuleList(Block(shape) for _ in range(shape.layers))
        self.output_norm = Norm(shape.width, shape.norm_epsilon)
        self.output = nn.Linear(shape.width, shape.vocab, bias=False)
        cosine, sine = rotary_tables(shape)
        self.register_buffer("cosine", cosine, persistent=False)
        self.register_buffer("sine", sine, persistent=False)
        self._start(torch.Generator().manual_seed(seed))

    def _start(self, source: torch.Generator) -> None:
        """Draw the first weights; what writes into the residual stream starts smaller (GPT-2)."""
        residual = (2 * self.shape.layers) ** -0.5
        for name, weight in self.named_parameters():
            if weight.dim() != 2:
                continue
            scale = 0.02 if "embd" in name or name.startswith("output") else weight.shape[1] ** -0.5
            if "attn_output" in name or "ffn_down" in name:
                scale *= residual
            nn.init.normal_(weight, 0.0, scale, generator=source)

    def hidden(self, tokens: Tensor) -> Tensor:
        """Return the normed last states (rows, length, width) of `tokens` (rows, length)."""
        length = tokens.shape[1]
        stream = self.token_embd(tokens)
        if torch.is_autocast_enabled(stream.device.type):
            stream = stream.to(torch.get_autocast_dtype(stream.device.type))
        cosine, sine = self.cosine[:length].to(stream.dtype), self.sine[:length].to(stream.dtype)
        for block in self.blk:
            stream = block(stream, cosine, sine)
        normed: Tensor = self.output_norm(stream)
        return normed

    def forward(self, tokens: Tensor) -> Tensor:
        """Return the logits (rows, length, vocab)."""
        logits: Tensor = self.output(self.hidden(tokens))
        return logits

    def loss_sum(self, tokens: Tensor, targets: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
        """Return the weighted sum of the cross-entropies (nats) of `targets`, and each one (rows, length).

        Positions of weight 0 never reach the output layer.
        """
        states = self.hidden(tokens).flatten(0, 1)
        flat = weights.flatten()
        counted = flat.nonzero().squeeze(1)
        # Whole chunks only (the rest repeats position 0 with weight 0): every new size costs a compiled kernel.
        padding = -len(counted) % WeightedCrossEntropy.CHUNK
        places = torch.cat((counted, counted.new_zeros(padding)))
        kept = torch.cat((flat[counted], flat.new_zeros(padding)))
        total, losses = WeightedCrossEntropy.apply(  # type: ignore[no-untyped-call]
            states[places], self.output.weight, targets.flatten()[places], kept
        )
        return total, torch.zeros_like(flat).index_put((counted,), losses[: len(counted)]).view_as(weights)


def parameter_count(model: nn.Module) -> int:
    """Return the number of trained values."""
    return sum(weight.numel() for weight in model.parameters())
