"""Writes src/gradient/propagation/relevance-vectors.fixture.json: relevance of the transformers of ../torch-vectors by AttnLRP and by its
variant with constant attention, in float64. How to run it is in README.md beside this file.

Nothing is handed back operation by operation here. With stabilisers of 0 every rule is what input times gradient gives in a network that
computes the same numbers by other operations: what a rule takes for a constant is detached from the gradient. That is this file."""

import json
import math
import pathlib
import sys

import torch

here = pathlib.Path(__file__).parent
sys.path.insert(0, str(here.parent / "torch-vectors"))

from make import made, rounded  # noqa: E402
from networks import networks  # noqa: E402


def identity(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """`y`, an element of which comes from the same element of `x`, with all of its relevance."""
    return x * (y / x).detach()


def half(product, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """A product that hands half of its relevance to each factor."""
    return (product(a, b.detach()) + product(a.detach(), b)) / 2


class Rules:
    def __init__(self, attention: str) -> None:
        self.constant = attention == "cpLrp"

    def attend(self, scores: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
        weights = scores.softmax(-1)
        return weights.detach() @ value if self.constant else half(torch.matmul, weights, value)

    def layer_norm(self, norm, x: torch.Tensor) -> torch.Tensor:
        plain = torch.nn.functional.layer_norm(x, norm.normalized_shape, eps=norm.eps)
        return identity(x, plain) * norm.weight + norm.bias


def encoder(model, rules: Rules, inputs: dict[str, torch.Tensor], tokens: torch.Tensor) -> torch.Tensor:
    return normalised_encoder(model, rules, inputs, rules.layer_norm(model.embedded, tokens + model.positions[: tokens.shape[1]]))


def normalised_encoder(model, rules: Rules, inputs: dict[str, torch.Tensor], x: torch.Tensor) -> torch.Tensor:
    mask = inputs["mask"]
    rows, length, width = x.shape
    for i in range(2):
        parts = model.project[i](x).view(rows, length, 3, model.heads, -1).permute(2, 0, 3, 1, 4)
        scores = half(torch.matmul, parts[0], parts[1].transpose(-1, -2)) / math.sqrt(width // model.heads)
        scores = scores.masked_fill(mask[:, None, None, :] == 0, -1e4)
        mixed = rules.attend(scores, parts[2]).transpose(1, 2).reshape(rows, length, width)
        x = rules.layer_norm(model.norms[2 * i], x + model.merge[i](mixed))
        inner = model.inner[i](x)
        x = rules.layer_norm(model.norms[2 * i + 1], x + model.outer[i](identity(inner, model.activation(inner))))
    kept = mask.to(x.dtype).unsqueeze(-1)
    return model.head((x * kept).sum(1) / kept.sum(1))


def decoder(model, rules: Rules, _: dict[str, torch.Tensor], embedded: torch.Tensor) -> torch.Tensor:
    def scaled(norm, x: torch.Tensor) -> torch.Tensor:
        return norm.weight * x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-5).detach()

    def split(y: torch.Tensor, heads: int) -> torch.Tensor:
        return y.view(*y.shape[:2], heads, model.size).transpose(1, 2)

    def turn(y: torch.Tensor) -> torch.Tensor:
        first, second = y.split(model.size // 2, -1)
        return y * angles.cos() + torch.cat([-second, first], -1) * angles.sin()

    x = embedded
    length = x.shape[1]
    position = torch.arange(length).to(x.dtype)
    speeds = 1 / 100 ** (torch.arange(0, model.size, 2).to(x.dtype) / model.size)
    angles = torch.cat([position[:, None] * speeds] * 2, -1)
    repeat = model.heads // model.key_heads
    for i in range(2):
        y = scaled(model.norms[2 * i], x)
        query = turn(split(model.query[i](y), model.heads))
        key = turn(split(model.key[i](y), model.key_heads)).repeat_interleave(repeat, 1)
        value = split(model.value[i](y), model.key_heads).repeat_interleave(repeat, 1)
        scores = half(torch.matmul, query, key.transpose(-1, -2)) / math.sqrt(model.size)
        scores = scores.masked_fill(position[:, None] < position, float("-inf"))
        x = x + model.merge[i](rules.attend(scores, value).transpose(1, 2).reshape(x.shape))
        y = scaled(model.norms[2 * i + 1], x)
        gate = model.gate[i](y)
        silu = identity(gate, gate * gate.sigmoid())
        x = x + model.down[i](half(torch.mul, silu, model.up[i](y)))
    return scaled(model.norms[4], x) @ model.embedding.weight.T


# What is explained: an index path into each row of the result.
targets = {"decoder": lambda row: [6 - row, (5 * row + 3) % 24], "encoder": lambda row: [row], "encoder-tanh": lambda row: [row]}
# From the layer that the networks are differentiated at.
forwards = {"decoder": decoder, "encoder": encoder, "encoder-tanh": normalised_encoder}


def relevances(name: str) -> dict:
    model = made(name, networks[name])
    inputs = networks[name].inputs()
    model = model.double()
    ids = inputs["ids"]
    seen: list[torch.Tensor] = []
    hook = model.get_submodule(networks[name].layer).register_forward_hook(lambda _, __, result: seen.append(result))
    plain = model(*inputs.values())
    hook.remove()
    paths = [targets[name](row) for row in range(ids.shape[0])]
    answers = {}
    for attention in ("attnLrp", "cpLrp"):
        embedded = seen[0].detach().requires_grad_()
        y = forwards[name](model, Rules(attention), inputs, embedded)
        assert torch.allclose(y if name == "decoder" else y.log_softmax(-1), plain), f"{name} computes other numbers"
        explained = torch.stack([y[(row, *path)] for row, path in enumerate(paths)])
        (gradient,) = torch.autograd.grad(explained.sum(), embedded)
        answers[attention] = rounded(embedded * gradient)
    return {
        "inputs": {key: {"shape": list(value.shape), "data": value.flatten().tolist()} for key, value in inputs.items()},
        "targets": paths,
        "values": rounded(explained),
        "relevances": answers,
    }


if __name__ == "__main__":
    torch.set_num_threads(1)
    file = here.parents[1] / "src" / "gradient" / "propagation" / "relevance-vectors.fixture.json"
    file.write_text(json.dumps({name: relevances(name) for name in forwards}) + "\n")
