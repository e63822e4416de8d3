"""A lesson in where to look: at the place that answers, two heads should look at the sentences the answer needs."""

from __future__ import annotations

import torch
from torch import Tensor

HEADS = 2


def targets(points: list[tuple[int, int, list[int]]], length: int, name: str = "point") -> dict[str, Tensor]:
    """From (row, place, tokens to look at) to tensors; a place with nothing to look at is left out."""
    points = [point for point in points if point[2]]
    wanted = torch.zeros(len(points), length, dtype=torch.bool)
    for n, (_, _, tokens) in enumerate(points):
        wanted[n, tokens] = True
    return {f"{name}_row": torch.tensor([p[0] for p in points], dtype=torch.long),
            f"{name}_at": torch.tensor([p[1] for p in points], dtype=torch.long), f"{name}_to": wanted}


def loss(seen: tuple[Tensor, Tensor], batch: dict[str, Tensor], bias: Tensor, name: str = "point") -> Tensor:
    """Minus the log of the attention on the tokens to look at, averaged over places and heads."""
    row, at = batch[f"{name}_row"], batch[f"{name}_at"]
    if not len(row):
        return torch.zeros(())
    queries, keys = seen[0][row, :HEADS, at].float(), seen[1][row, :HEADS].float()
    scores = (keys @ queries[..., None])[..., 0] * queries.shape[-1] ** -0.5
    scores = scores + (bias[row, 0, at] if bias.shape[2] > 1 else bias[row, 0, 0])[:, None]
    on = scores.log_softmax(-1).masked_fill(~batch[f"{name}_to"][:, None], -torch.inf)
    return -on.logsumexp(-1).mean()
