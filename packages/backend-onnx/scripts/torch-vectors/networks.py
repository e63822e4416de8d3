"""Small whole networks of many kinds. Each class is a module; `networks` lists them with inputs, opsets and what is explained."""

import math
from dataclasses import dataclass, field
from typing import Callable

import onnx
import torch
from decoder_opset23 import decoder_opset23
from torch import nn
from torch.nn import functional as F

rows = 3


@dataclass(frozen=True)
class Network:
    """One network: how it is made, what it is fed, and what is differentiated besides its inputs."""

    make: Callable[[], nn.Module]
    inputs: Callable[[], dict[str, torch.Tensor]]
    # Dotted name of the module whose result is differentiated by as well.
    layer: str
    opsets: tuple[int, ...]
    # Axes whose length the file leaves open, beside the batch.
    free: dict[str, dict[int, str]] = field(default_factory=dict)
    # Exports batch normalisation as it is, not folded into the convolution before it.
    unfolded: tuple[int, ...] = ()
    # Has the runtime fuse operators in these, with those of its own.
    fused: tuple[int, ...] = ()
    # Files that torch's exporter cannot write, by opset.
    written: dict[int, Callable[[nn.Module], onnx.ModelProto]] = field(default_factory=dict)
    # Answers of Captum on it, by name.
    captum: tuple[str, ...] = ()


class Residual(nn.Module):
    """A block with a shortcut of its own, between pooled convolutions, with batch normalisation throughout."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 6, 3, padding=1, bias=False)
        self.stem_norm = nn.BatchNorm2d(6)
        self.stem_relu = nn.ReLU()
        self.pool = nn.MaxPool2d(3, 2, 1)
        self.conv1 = nn.Conv2d(6, 8, 3, 2, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(8)
        self.relu1 = nn.ReLU()
        self.conv2 = nn.Conv2d(8, 8, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(8)
        self.shortcut = nn.Conv2d(6, 8, 1, 2, bias=False)
        self.shortcut_norm = nn.BatchNorm2d(8)
        self.relu2 = nn.ReLU()
        self.mean = nn.AdaptiveAvgPool2d(1)
        self.head = nn.Linear(8, 5)

    def forward(self, x):
        x = self.pool(self.stem_relu(self.stem_norm(self.stem(x))))
        y = self.relu1(self.norm1(self.conv1(x)))
        y = self.norm2(self.conv2(y))
        y = self.relu2(y + self.shortcut_norm(self.shortcut(x)))
        return self.head(self.mean(y).flatten(1))


class InvertedResidual(nn.Module):
    """Depthwise convolutions between wide and narrow ones, with a gate of its channels' means."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 6, 3, 2, 1, bias=False), nn.BatchNorm2d(6), nn.Hardswish())
        self.widen = nn.Sequential(nn.Conv2d(6, 12, 1, bias=False), nn.BatchNorm2d(12), nn.ReLU6())
        self.depthwise = nn.Sequential(nn.Conv2d(12, 12, 3, 1, 1, groups=12, bias=False), nn.BatchNorm2d(12), nn.ReLU6())
        self.squeeze = nn.Sequential(nn.Conv2d(12, 4, 1), nn.SiLU(), nn.Conv2d(4, 12, 1), nn.Hardsigmoid())
        self.narrow = nn.Sequential(nn.Conv2d(12, 6, 1, bias=False), nn.BatchNorm2d(6))
        self.strided = nn.Sequential(nn.Conv2d(6, 6, 5, 2, 2, groups=3, bias=False), nn.BatchNorm2d(6), nn.ReLU6())
        self.head = nn.Linear(6, 4)

    def forward(self, x):
        x = self.stem(x)
        y = self.depthwise(self.widen(x))
        y = y * self.squeeze(F.adaptive_avg_pool2d(y, 1))
        x = x + self.narrow(y)
        return self.head(self.strided(x).mean((2, 3)))


class Encoder(nn.Module):
    """Token and position embeddings, two layers of masked attention, and the mean over what the mask keeps."""

    def __init__(self, width: int = 12, activation: str = "gelu") -> None:
        super().__init__()
        self.tokens = nn.Embedding(30, width)
        self.positions = nn.Parameter(torch.randn(10, width) / 4)
        self.embedded = nn.LayerNorm(width)
        self.heads = 3
        self.project = nn.ModuleList(nn.Linear(width, 3 * width) for _ in range(2))
        self.merge = nn.ModuleList(nn.Linear(width, width) for _ in range(2))
        self.inner = nn.ModuleList(nn.Linear(width, 2 * width) for _ in range(2))
        self.outer = nn.ModuleList(nn.Linear(2 * width, width) for _ in range(2))
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(4))
        self.activation = nn.GELU() if activation == "gelu" else nn.GELU(approximate="tanh")
        self.head = nn.Linear(width, 4)

    def forward(self, ids, mask):
        length = ids.shape[1]
        x = self.embedded(self.tokens(ids) + self.positions[:length])
        for i in range(2):
            x = self.norms[2 * i](x + self.attend(x, mask, i))
            x = self.norms[2 * i + 1](x + self.outer[i](self.activation(self.inner[i](x))))
        kept = mask.to(x.dtype).unsqueeze(-1)
        return F.log_softmax(self.head((x * kept).sum(1) / kept.sum(1)), -1)

    def attend(self, x, mask, i):
        rows, length, width = x.shape
        parts = self.project[i](x).view(rows, length, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        scores = parts[0] @ parts[1].transpose(-1, -2) / math.sqrt(width // self.heads)
        scores = scores.masked_fill(mask[:, None, None, :] == 0, -1e4)
        mixed = scores.softmax(-1) @ parts[2]
        return self.merge[i](mixed.transpose(1, 2).reshape(rows, length, width))


class TorchEncoder(nn.Module):
    """torch's own encoder layers, normalising first."""

    def __init__(self) -> None:
        super().__init__()
        layer = nn.TransformerEncoderLayer(8, 2, 16, 0.0, batch_first=True, norm_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.head = nn.Linear(8, 3)

    def forward(self, x):
        return self.head(self.encoder(x)).amax(1)


class RootMeanSquare(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(1 + torch.randn(width) / 10)

    def forward(self, x):
        return self.weight * x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-5)


class Decoder(nn.Module):
    """A causal decoder: rotated queries and keys, fewer keys than queries, gated inner layers, the embedding tied to the head."""

    def __init__(self, width: int = 16) -> None:
        super().__init__()
        self.heads, self.key_heads, self.size = 4, 2, width // 4
        self.embedding = nn.Embedding(24, width)
        self.norms = nn.ModuleList(RootMeanSquare(width) for _ in range(5))
        self.query = nn.ModuleList(nn.Linear(width, width, bias=False) for _ in range(2))
        self.key = nn.ModuleList(nn.Linear(width, width // 2, bias=False) for _ in range(2))
        self.value = nn.ModuleList(nn.Linear(width, width // 2, bias=False) for _ in range(2))
        self.merge = nn.ModuleList(nn.Linear(width, width, bias=False) for _ in range(2))
        self.gate = nn.ModuleList(nn.Linear(width, 24, bias=False) for _ in range(2))
        self.up = nn.ModuleList(nn.Linear(width, 24, bias=False) for _ in range(2))
        self.down = nn.ModuleList(nn.Linear(24, width, bias=False) for _ in range(2))

    def forward(self, ids):
        x = self.embedding(ids)
        length = ids.shape[1]
        position = torch.arange(length, device=ids.device).to(x.dtype)
        speeds = 1 / 100 ** (torch.arange(0, self.size, 2).to(x.dtype) / self.size)
        angles = torch.cat([position[:, None] * speeds] * 2, -1)
        ahead = position[:, None] < position
        for i in range(2):
            x = x + self.attend(self.norms[2 * i](x), angles.cos(), angles.sin(), ahead, i)
            y = self.norms[2 * i + 1](x)
            x = x + self.down[i](F.silu(self.gate[i](y)) * self.up[i](y))
        return self.norms[4](x) @ self.embedding.weight.T

    def attend(self, x, cos, sin, ahead, i):
        rows, length, width = x.shape
        split = lambda y, heads: y.view(rows, length, heads, self.size).transpose(1, 2)
        turn = lambda y: y * cos + torch.cat([-y[..., self.size // 2 :], y[..., : self.size // 2]], -1) * sin
        query = turn(split(self.query[i](x), self.heads))
        repeat = self.heads // self.key_heads
        key = turn(split(self.key[i](x), self.key_heads)).repeat_interleave(repeat, 1)
        value = split(self.value[i](x), self.key_heads).repeat_interleave(repeat, 1)
        scores = (query @ key.transpose(-1, -2) / math.sqrt(self.size)).masked_fill(ahead, float("-inf"))
        return self.merge[i]((scores.softmax(-1) @ value).transpose(1, 2).reshape(rows, length, width))


class Recurrent(nn.Module):
    """Two recurrent layers, in both directions where asked, and a weighted mean over time."""

    def __init__(self, kind: type, bidirectional: bool, **settings) -> None:
        super().__init__()
        directions = 2 if bidirectional else 1
        self.before = nn.Linear(4, 5)
        self.recurrent = kind(5, 4, 2, batch_first=True, bidirectional=bidirectional, **settings)
        self.weight = nn.Linear(4 * directions, 1)
        self.head = nn.Linear(4 * directions, 3)

    def forward(self, x):
        y, state = self.recurrent(self.before(x))
        last = state[0] if isinstance(state, tuple) else state
        weight = torch.softmax(self.weight(y), 1)
        return self.head((weight * y).sum(1)) + last.sum((0, 2)).unsqueeze(1)


class Tabular(nn.Module):
    """Columns of categories and of numbers through one of each activation."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Embedding(5, 3)
        self.second = nn.Embedding(7, 2)
        self.norm = nn.BatchNorm1d(6)
        widths = [11, 10, 9, 8, 8, 8, 8, 8, 8, 8, 8]
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in zip(widths, widths[1:]))
        self.activations = nn.ModuleList(
            [nn.SELU(), nn.ELU(0.7), nn.Softplus(), nn.CELU(1.3), nn.Mish(), nn.SiLU(), nn.LeakyReLU(0.1), nn.Tanh(), nn.Sigmoid()]
        )
        self.norms = nn.LayerNorm(8)
        self.head = nn.Linear(8, 3)

    def forward(self, numbers, categories):
        x = torch.cat([self.norm(numbers), self.first(categories[:, 0]), self.second(categories[:, 1])], 1)
        for layer, activation in zip(self.layers, self.activations):
            x = activation(layer(x))
        x = F.softsign(self.layers[9](x)) + x
        return self.head(self.norms(x))


class Perceptron(nn.Module):
    """Linear layers and activations, one after the other."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(8, 10), nn.Tanh(), nn.Linear(10, 9), nn.Softplus(), nn.Linear(9, 8), nn.Sigmoid(), nn.Linear(8, 3)
        )

    def forward(self, x):
        return self.layers(x)


class Convolutional(nn.Module):
    """Convolutions, rectifiers and averages with nothing beside: what every rule of relevance propagation is defined on."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(2, 5, 3)
        self.relu1 = nn.ReLU()
        self.pool = nn.AvgPool2d(2)
        self.conv2 = nn.Conv2d(5, 6, 2)
        self.relu2 = nn.ReLU()
        self.fc1 = nn.Linear(24, 8)
        self.relu3 = nn.ReLU()
        self.fc2 = nn.Linear(8, 4)

    def forward(self, x):
        x = self.relu2(self.conv2(self.pool(self.relu1(self.conv1(x)))))
        return self.fc2(self.relu3(self.fc1(x.flatten(1))))


class UNet(nn.Module):
    """Down by strides and pools, up by transposed convolutions and resizing, with what was on the way down beside."""

    def __init__(self) -> None:
        super().__init__()
        self.down1 = nn.Conv2d(1, 4, 3, 1, 1, padding_mode="reflect")
        self.down2 = nn.Conv2d(4, 6, 3, 2, 1)
        self.down3 = nn.Conv2d(6, 6, 3, 1, 2, dilation=2, padding_mode="replicate")
        self.up1 = nn.ConvTranspose2d(6, 4, 3, 2, 1, output_padding=1)
        self.grouped = nn.ConvTranspose2d(8, 4, 2, 2, groups=2)
        self.merge = nn.Conv2d(8, 4, 1)
        self.out = nn.Conv2d(7, 2, 3, 1, 1)
        self.pool = nn.MaxPool2d(2)

    def forward(self, x):
        a = F.leaky_relu(self.down1(x), 0.2)
        b = F.softplus(self.down2(a))
        c = torch.tanh(self.down3(b))
        up = torch.cat([F.elu(self.up1(c)), a], 1)
        fine = F.leaky_relu(self.merge(up), 0.05)
        wide = self.pool(torch.sigmoid(self.grouped(up)))
        smooth = F.interpolate(c, scale_factor=2.0, mode="bilinear", align_corners=False)[:, :2]
        coarse = F.interpolate(b, scale_factor=2.0, mode="nearest")[:, :1]
        return self.out(torch.cat([fine * wide, smooth, coarse], 1))


class Indexing(nn.Module):
    """Normalisations over groups and instances, and the operators that move elements."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(2, 8, 3, 1, 1)
        self.groups = nn.GroupNorm(4, 8)
        self.prelu = nn.PReLU(8)
        self.second = nn.Conv2d(8, 8, 1)
        self.instances = nn.InstanceNorm2d(8, affine=True)
        self.shuffle = nn.PixelShuffle(2)
        self.mix = nn.Parameter(torch.randn(4, 5) / 2)
        self.register_buffer("picks", torch.tensor([3, 0, 3, 1, 4]))
        self.register_buffer("places", torch.tensor([1, 0, 2, 2, 4]))
        self.head = nn.Linear(10, 3)

    def forward(self, x):
        x = self.prelu(self.groups(self.conv(x)))
        x = self.instances(self.second(x))
        x = self.shuffle(x)  # [n, 2, 8, 8]
        x = F.pad(x, (1, 0, 0, 2), value=0.3)[:, :, 1::2, :-1]  # [n, 2, 4 or 5, 8]
        x = x[:, :, :4]
        x = torch.einsum("nchw,hk->ncwk", x, self.mix)  # [n, 2, 8, 5]
        x = torch.cumsum(x, 2)[:, :, ::3]  # [n, 2, 3, 5]
        x = x.index_select(3, self.picks)
        places = self.places.expand_as(x)
        spread = torch.zeros_like(x).scatter_add(3, places, torch.tanh(x))
        taken = torch.gather(x, 3, places.flip(3))
        stacked = torch.where(spread > taken, spread, 0.5 * (spread + taken))
        values, _ = torch.topk(stacked, 2, 2)
        lower = torch.tril(torch.einsum("ncik,ncjk->ncij", values, stacked), 1)
        first, second = values.split([1, 1], 2)
        both = torch.cat([first.squeeze(2) * lower.sum((2, 3)).unsqueeze(2), second.squeeze(2)], 1).amax(1)
        return self.head(torch.cat([both, values.flatten(1)[:, :5].clamp(-1, 1.5)], 1))


class Waveform(nn.Module):
    """Dilated convolutions that look back only, gated, with a skip around each, and pooled over time."""

    def __init__(self) -> None:
        super().__init__()
        self.before = nn.Conv1d(2, 6, 1)
        self.filters = nn.ModuleList(nn.Conv1d(6, 6, 2, dilation=2**i) for i in range(3))
        self.gates = nn.ModuleList(nn.Conv1d(6, 6, 2, dilation=2**i, groups=2) for i in range(3))
        self.out = nn.Conv1d(6, 4, 3, stride=2)
        self.up = nn.ConvTranspose1d(4, 3, 4, 2, 1)

    def forward(self, x):
        x = self.before(x)
        for i in range(3):
            padded = F.pad(x, (2**i, 0))
            x = x + torch.tanh(self.filters[i](padded)) * torch.sigmoid(self.gates[i](padded))
        x = F.max_pool1d(x, 2) + F.avg_pool1d(x, 3, 2, 1, count_include_pad=False)
        x = self.up(F.relu(self.out(x)))
        return x.norm(dim=2) + x.logsumexp(2)


class Volume(nn.Module):
    """Three dimensions: convolutions, normalisation, both pools and the way back up."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv3d(1, 4, 3, padding=1)
        self.norm = nn.BatchNorm3d(4)
        self.conv2 = nn.Conv3d(4, 4, (1, 3, 3), groups=2)
        self.up = nn.ConvTranspose3d(4, 2, 2, 2)
        self.head = nn.Conv3d(2, 2, 1)

    def forward(self, x):
        x = F.relu(self.norm(self.conv1(x)))
        x = F.max_pool3d(x, (1, 2, 2))
        x = F.avg_pool3d(self.conv2(x), 2, 1)
        return self.head(torch.tanh(self.up(x))).mean((2, 3, 4))


def normal(*shape: int) -> Callable[[], dict[str, torch.Tensor]]:
    return lambda: {"x": torch.randn(rows, *shape)}


def masked_ids() -> dict[str, torch.Tensor]:
    mask = torch.ones(rows, 6, dtype=torch.int64)
    mask[1, 4:] = 0
    return {"ids": torch.randint(0, 30, (rows, 6)), "mask": mask}


def columns() -> dict[str, torch.Tensor]:
    categories = torch.stack([torch.randint(0, 5, (rows,)), torch.randint(0, 7, (rows,))], 1)
    return {"numbers": torch.randn(rows, 6), "categories": categories}


time = {"x": {1: "time"}}

networks: dict[str, Network] = {
    "residual": Network(
        Residual,
        normal(3, 10, 10),
        "relu1",
        (9, 13, 17),
        unfolded=(17,),
        fused=(13,),
        captum=("integrated-gradients", "input-x-gradient", "guided-backprop", "deconvolution", "grad-cam"),
    ),
    "inverted-residual": Network(InvertedResidual, normal(3, 12, 12), "depthwise", (11, 14), captum=("integrated-gradients",)),
    "encoder": Network(
        Encoder, masked_ids, "tokens", (11, 13, 17, 20), {"ids": {1: "length"}, "mask": {1: "length"}}, fused=(11, 17)
    ),
    "encoder-tanh": Network(lambda: Encoder(9, "tanh"), masked_ids, "embedded", (14, 20), fused=(14,)),
    "torch-encoder": Network(TorchEncoder, normal(5, 8), "encoder.layers.0", (14, 17)),
    "decoder": Network(
        Decoder,
        lambda: {"ids": torch.randint(0, 24, (rows, 7))},
        "embedding",
        (12, 17),
        {"ids": {1: "length"}},
        fused=(17,),
        written={23: decoder_opset23},
    ),
    "lstm": Network(lambda: Recurrent(nn.LSTM, True), normal(5, 4), "before", (9, 14), time),
    "gru": Network(lambda: Recurrent(nn.GRU, True), normal(5, 4), "before", (9, 14), time),
    "rnn": Network(lambda: Recurrent(nn.RNN, True), normal(5, 4), "before", (9, 14), time),
    "rnn-relu": Network(lambda: Recurrent(nn.RNN, False, nonlinearity="relu"), normal(6, 4), "before", (14,)),
    "tabular": Network(Tabular, columns, "layers.3", (12, 17, 18)),
    "perceptron": Network(
        Perceptron,
        normal(8),
        "layers.3",
        (7, 17),
        captum=("integrated-gradients", "input-x-gradient", "deep-lift", "gradient-x-activation"),
    ),
    "convolutional": Network(
        Convolutional,
        normal(2, 8, 8),
        "conv2",
        (7, 17),
        captum=(
            "integrated-gradients",
            "input-x-gradient",
            "deep-lift",
            "guided-backprop",
            "deconvolution",
            "grad-cam",
            "lrp-epsilon",
            "lrp-gamma",
            "lrp-alpha-beta",
        ),
    ),
    "u-net": Network(UNet, normal(1, 8, 8), "down2", (11, 13, 17), {"x": {2: "height", 3: "width"}}),
    "indexing": Network(Indexing, normal(2, 4, 4), "second", (16, 18)),
    "waveform": Network(Waveform, normal(2, 14), "before", (11, 17), captum=("integrated-gradients",)),
    "volume": Network(Volume, normal(1, 3, 8, 8), "conv2", (11, 17)),
}
