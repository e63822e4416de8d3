"""tales-choice: a small BERT for multiple choice. One number for each option, read at `[CLS]` of prompt and option."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lm_model import MASKED

CONFIG = {
    "architectures": ["BertForMultipleChoice"], "model_type": "bert", "hidden_size": 128, "intermediate_size": 384,
    "num_hidden_layers": 6, "num_attention_heads": 4, "vocab_size": 400, "max_position_embeddings": 128,
    "type_vocab_size": 2, "hidden_act": "gelu", "layer_norm_eps": 1e-12, "pad_token_id": 0, "classifier_dropout": None,
    "hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0, "position_embedding_type": "absolute",
    "initializer_range": 0.02, "torch_dtype": "float32",
}


class Embeddings(nn.Module):
    def __init__(self, c: dict) -> None:
        super().__init__()
        self.word_embeddings = nn.Embedding(c["vocab_size"], c["hidden_size"])
        self.position_embeddings = nn.Embedding(c["max_position_embeddings"], c["hidden_size"])
        self.token_type_embeddings = nn.Embedding(c["type_vocab_size"], c["hidden_size"])
        self.LayerNorm = nn.LayerNorm(c["hidden_size"], c["layer_norm_eps"])

    def forward(self, ids: Tensor, types: Tensor) -> Tensor:
        positions = torch.arange(ids.shape[1])[None]
        return self.LayerNorm(self.word_embeddings(ids) + self.token_type_embeddings(types) + self.position_embeddings(positions))


class SelfAttention(nn.Module):
    def __init__(self, c: dict) -> None:
        super().__init__()
        self.heads, self.size = c["num_attention_heads"], c["hidden_size"] // c["num_attention_heads"]
        self.query, self.key, self.value = (nn.Linear(c["hidden_size"], c["hidden_size"]) for _ in range(3))
        self.seen: tuple[Tensor, Tensor] | None = None  # queries and keys of the last call, for `pointing.py`

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        q, k, v = (layer(x).reshape(*x.shape[:2], self.heads, self.size).transpose(1, 2) for layer in (self.query, self.key, self.value))
        if torch.onnx.is_in_onnx_export():
            out = (q @ k.transpose(-1, -2) * self.size ** -0.5 + bias).softmax(-1) @ v
        else:
            self.seen = q, k
            with torch.autocast("cpu", enabled=False):
                out = F.scaled_dot_product_attention(q.float(), k.float(), v.float(), attn_mask=bias)
        return out.transpose(1, 2).reshape(*x.shape[:2], self.heads * self.size)


class Output(nn.Module):
    """A linear layer, the residual, and the norm after them: BERT's order."""

    def __init__(self, inner: int, c: dict) -> None:
        super().__init__()
        self.dense = nn.Linear(inner, c["hidden_size"])
        self.LayerNorm = nn.LayerNorm(c["hidden_size"], c["layer_norm_eps"])

    def forward(self, x: Tensor, residual: Tensor) -> Tensor:
        return self.LayerNorm(self.dense(x).to(residual.dtype) + residual)


class Layer(nn.Module):
    def __init__(self, c: dict) -> None:
        super().__init__()
        self.attention = nn.ModuleDict({"self": SelfAttention(c), "output": Output(c["hidden_size"], c)})
        self.intermediate = nn.ModuleDict({"dense": nn.Linear(c["hidden_size"], c["intermediate_size"])})
        self.output = Output(c["intermediate_size"], c)

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        low = x.bfloat16() if torch.is_autocast_enabled("cpu") else x  # once, not in each of the products that follow
        x = self.attention["output"](self.attention["self"](low, bias), x)
        return self.output(F.gelu(self.intermediate["dense"](x)), x)


class TalesChoice(nn.Module):
    def __init__(self, c: dict = CONFIG) -> None:
        super().__init__()
        self.config = c
        self.bert = nn.ModuleDict({
            "embeddings": Embeddings(c),
            "encoder": nn.ModuleDict({"layer": nn.ModuleList(Layer(c) for _ in range(c["num_hidden_layers"]))}),
            "pooler": nn.ModuleDict({"dense": nn.Linear(c["hidden_size"], c["hidden_size"])}),
        })
        self.classifier = nn.Linear(c["hidden_size"], 1)
        self._initialise()

    def _initialise(self) -> None:
        for name, p in self.named_parameters():
            if p.dim() > 1:
                nn.init.normal_(p, std=0.5 if "embeddings" in name else 0.09 if "query" in name or "key" in name else 0.05)
            elif name.endswith("bias"):
                nn.init.zeros_(p)
        # Positions start as sines, so that "the word before" is a rotation from the first step on; they are learned from there.
        table = self.bert["embeddings"].position_embeddings.weight
        size = table.shape[1]
        angle = torch.arange(table.shape[0])[:, None] * torch.exp(torch.arange(0, size, 2) * (-math.log(1000.0) / size))
        table.data = 0.5 * torch.cat((angle.sin(), angle.cos()), 1)

    @torch.no_grad()
    def grow_from(self, weights: dict[str, Tensor]) -> None:
        """Takes over a shallower network; the layers it lacks begin as doing nothing."""
        missing = self.load_state_dict(weights, strict=False).missing_keys
        for name in missing:
            if "output.dense" in name:
                nn.init.zeros_(self.get_parameter(name))

    def hidden(self, ids: Tensor, types: Tensor, mask: Tensor) -> Tensor:
        bias = (1.0 - mask[:, None, None, :].float()) * MASKED
        x = self.bert["embeddings"](ids, types)
        for layer in self.bert["encoder"]["layer"]:
            x = layer(x, bias)
        return x

    def score(self, hidden: Tensor) -> Tensor:
        return self.classifier(torch.tanh(self.bert["pooler"]["dense"](hidden[:, 0])))[:, 0]

    def forward(self, ids: Tensor, types: Tensor, mask: Tensor) -> Tensor:
        """`[n, choices, length]` three times → `[n, choices]`."""
        rows = [x.reshape(-1, x.shape[2]) for x in (ids, types, mask)]
        return self.score(self.hidden(*rows)).reshape(ids.shape[0], ids.shape[1])
