"""tales-lm: a small Llama (RMSNorm, rotary positions, SwiGLU, tied head) that takes and gives a key/value cache."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

CONFIG = {
    "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": 128, "intermediate_size": 256,
    "num_hidden_layers": 5, "num_attention_heads": 4, "num_key_value_heads": 4, "head_dim": 32, "vocab_size": 560,
    "max_position_embeddings": 256, "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "hidden_act": "silu",
    "tie_word_embeddings": True, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "attention_bias": False,
    "mlp_bias": False, "attention_dropout": 0.0, "initializer_range": 0.02, "torch_dtype": "float32", "use_cache": True,
}
MASKED = -1e9  # added to the score of what must not be seen; finite, so that a row with nothing to see is no NaN
Cache = list[tuple[Tensor, Tensor]]


class RmsNorm(nn.Module):
    def __init__(self, size: int, eps: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        if not torch.is_autocast_enabled("cpu"):
            return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.eps) * self.weight
        # The same in one fused operator: beside its negative x has mean 0, and their variance is the mean square of x.
        both = F.layer_norm(torch.cat((x, -x), -1), (2 * x.shape[-1],), eps=self.eps)
        return both[..., : x.shape[-1]].bfloat16() * self.weight.bfloat16()


class Attention(nn.Module):
    def __init__(self, c: dict) -> None:
        super().__init__()
        self.heads, self.size = c["num_attention_heads"], c["head_dim"]
        width = self.heads * self.size
        self.q_proj = nn.Linear(c["hidden_size"], width, bias=False)
        self.k_proj = nn.Linear(c["hidden_size"], width, bias=False)
        self.v_proj = nn.Linear(c["hidden_size"], width, bias=False)
        self.o_proj = nn.Linear(width, c["hidden_size"], bias=False)
        self.seen: tuple[Tensor, Tensor] | None = None  # queries and keys of the last call, for `pointing.py`

    def _split(self, x: Tensor) -> Tensor:
        return x.reshape(*x.shape[:2], self.heads, self.size).transpose(1, 2)

    def _rotate(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        half = self.size // 2
        one, two = x[..., :half], x[..., half:]
        return x * cos + torch.cat((-two, one), -1) * sin

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor, bias: Tensor, past: tuple[Tensor, Tensor] | None):
        cos, sin = cos.to(x.dtype), sin.to(x.dtype)
        q = self._rotate(self._split(self.q_proj(x)), cos, sin)
        k = self._rotate(self._split(self.k_proj(x)), cos, sin)
        v = self._split(self.v_proj(x))
        if past is not None:
            k, v = torch.cat((past[0], k), 2), torch.cat((past[1], v), 2)
        if torch.onnx.is_in_onnx_export():
            scores = q @ k.transpose(-1, -2) * self.size ** -0.5 + bias
            out = scores.softmax(-1) @ v
        else:
            self.seen = q, k
            with torch.autocast("cpu", enabled=False):  # three times as fast in float32 as in bfloat16
                out = F.scaled_dot_product_attention(q.float(), k.float(), v.float(), attn_mask=bias)
        return self.o_proj(out.transpose(1, 2).reshape(*x.shape[:2], self.heads * self.size)), (k, v)


class Mlp(nn.Module):
    def __init__(self, c: dict) -> None:
        super().__init__()
        self.gate_proj = nn.Linear(c["hidden_size"], c["intermediate_size"], bias=False)
        self.up_proj = nn.Linear(c["hidden_size"], c["intermediate_size"], bias=False)
        self.down_proj = nn.Linear(c["intermediate_size"], c["hidden_size"], bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class Layer(nn.Module):
    def __init__(self, c: dict) -> None:
        super().__init__()
        self.self_attn, self.mlp = Attention(c), Mlp(c)
        self.input_layernorm = RmsNorm(c["hidden_size"], c["rms_norm_eps"])
        self.post_attention_layernorm = RmsNorm(c["hidden_size"], c["rms_norm_eps"])

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor, bias: Tensor, past: tuple[Tensor, Tensor] | None):
        y, present = self.self_attn(self.input_layernorm(x), cos, sin, bias, past)
        x = x + y.to(x.dtype)
        return x + self.mlp(self.post_attention_layernorm(x)).to(x.dtype), present


class Decoder(nn.Module):
    def __init__(self, c: dict) -> None:
        super().__init__()
        self.embed_tokens = nn.Embedding(c["vocab_size"], c["hidden_size"])
        self.layers = nn.ModuleList(Layer(c) for _ in range(c["num_hidden_layers"]))
        self.norm = RmsNorm(c["hidden_size"], c["rms_norm_eps"])
        half = torch.arange(0, c["head_dim"], 2).float() / c["head_dim"]
        self.register_buffer("frequencies", c["rope_theta"] ** -half, persistent=False)

    def forward(self, ids: Tensor, positions: Tensor, bias: Tensor, past: Cache | None) -> tuple[Tensor, Cache]:
        return self.transform(self.embed_tokens(ids), positions, bias, past)

    def transform(self, x: Tensor, positions: Tensor, bias: Tensor, past: Cache | None) -> tuple[Tensor, Cache]:
        angles = positions[:, None, :, None].float() * self.frequencies
        angles = torch.cat((angles, angles), -1)
        cos, sin = angles.cos(), angles.sin()
        presents: Cache = []
        for i, layer in enumerate(self.layers):
            x, present = layer(x, cos, sin, bias, past[i] if past else None)
            presents.append(present)
        return self.norm(x), presents


class TalesLm(nn.Module):
    def __init__(self, c: dict = CONFIG) -> None:
        super().__init__()
        self.config = c
        self.model = Decoder(c)
        self._initialise()

    @torch.no_grad()
    def _initialise(self) -> None:
        # Words begin large and what layers add to them small; the last norm makes up for the size in the tied head.
        for name, p in self.named_parameters():
            if p.dim() > 1:
                std = 0.7 if "embed" in name else 0.03 if name.endswith(("o_proj.weight", "down_proj.weight")) else 0.09
                nn.init.normal_(p, std=std)
        nn.init.constant_(self.model.norm.weight, 0.12)
        # The first layer's heads 0, 1, 2 begin by looking 1, 2, 3 tokens back: they read a number all words share and turn
        # it so that the rotary scores peak there. Rotary positions alone leave a model this small long without such heads.
        self.model.embed_tokens.weight[:, 0] = 1.5
        attention, frequencies = self.model.layers[0].self_attn, self.model.frequencies
        half = attention.size // 2
        sharp = 3.2 * (frequencies > 0.3)
        for head in range(3):
            row = head * attention.size
            for weight in (attention.q_proj.weight, attention.k_proj.weight):
                weight[row: row + attention.size] *= 0.1
            turn = -(head + 1) * frequencies
            attention.k_proj.weight[row: row + half, 0] = sharp
            attention.k_proj.weight[row + half: row + 2 * half, 0] = 0.0
            attention.q_proj.weight[row: row + half, 0] = sharp * turn.cos()
            attention.q_proj.weight[row + half: row + 2 * half, 0] = sharp * turn.sin()

    @torch.no_grad()
    def grow_from(self, weights: dict[str, Tensor]) -> None:
        """Takes over a shallower network; the layers it lacks begin as doing nothing."""
        for name in self.load_state_dict(weights, strict=False).missing_keys:
            if name.endswith(("o_proj.weight", "down_proj.weight")):
                nn.init.zeros_(self.get_parameter(name))

    def forward(self, ids: Tensor, positions: Tensor, bias: Tensor, past: Cache | None = None) -> tuple[Tensor, Cache]:
        """Logits `[batch, sequence, vocabulary]` and the cache, given what is added to attention scores."""
        x, presents = self.model(ids, positions, bias, past)
        return x @ self.model.embed_tokens.weight.T, presents


def causal_bias(attention_mask: Tensor, sequence: int) -> Tensor:
    """`[batch, 1, sequence, past + sequence]`: 0 where a token may look, `MASKED` at later tokens and at padding."""
    total = attention_mask.shape[1]
    columns = torch.arange(total)
    rows = columns[total - sequence:]
    seen = (columns[None, :] <= rows[:, None])[None] & (attention_mask[:, None, :] > 0)
    return (1.0 - seen[:, None].float()) * MASKED
