"""tales-choice: an encoder for multiple choice. It is made of tales-lm's layers and starts from its weights, but every token sees
every other, the option's tokens are marked by their type, and what comes out is one number for each option."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from lm_model import CONFIG as LM_CONFIG
from lm_model import MASKED, Decoder

SIZES = ("hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "num_key_value_heads", "head_dim",
         "vocab_size", "max_position_embeddings", "rms_norm_eps", "rope_theta", "hidden_act", "pad_token_id", "torch_dtype")
CONFIG = {"architectures": ["TalesForMultipleChoice"], "model_type": "tales-choice", "is_decoder": False, "type_vocab_size": 2,
          "bos_token_id": 1, "sep_token_id": 2, **{name: LM_CONFIG[name] for name in SIZES}}


class TalesChoice(nn.Module):
    def __init__(self, c: dict = CONFIG) -> None:
        super().__init__()
        self.config = c
        self.model = Decoder(c)
        self.token_types = nn.Embedding(c["type_vocab_size"], c["hidden_size"])
        self.classifier = nn.Linear(c["hidden_size"], 1)
        nn.init.zeros_(self.token_types.weight)

    def start_from(self, lm: dict[str, Tensor]) -> None:
        """Takes over the layers of a trained tales-lm."""
        self.model.load_state_dict({name.removeprefix("model."): weight for name, weight in lm.items()})

    def read(self, ids: Tensor, types: Tensor, mask: Tensor) -> Tensor:
        """What the layers make of every token of `[rows, length]`."""
        bias = ((1.0 - mask[:, None, None, :].float()) * MASKED).expand(-1, -1, ids.shape[1], -1)
        positions = torch.arange(ids.shape[1]).expand_as(ids)
        hidden, _ = self.model.transform(self.model.embed_tokens(ids) + self.token_types(types), positions, bias, None)
        return hidden.float()

    def score(self, hidden: Tensor, types: Tensor, mask: Tensor) -> Tensor:
        """One number for each row: read at the option's tokens, averaged."""
        option = (types * mask).float()[..., None]
        return self.classifier((hidden * option).sum(1) / option.sum(1).clamp_min(1.0))[:, 0]

    def forward(self, ids: Tensor, types: Tensor, mask: Tensor) -> Tensor:
        """Logits `[n, choices]` of three inputs `[n, choices, length]`."""
        length = ids.shape[2]
        row_ids, row_types, row_mask = (x.reshape(-1, length) for x in (ids, types, mask))
        return self.score(self.read(row_ids, row_types, row_mask), row_types, row_mask).reshape(ids.shape[0], ids.shape[1])
