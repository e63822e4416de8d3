"""Torch's gradient and Captum's integrated gradients on a network of gradients.ts: the other side of the comparison.

Usage: gradients.py FOLDER THREADS STEPS BATCH. Every line on the standard input names a piece of work; its time is answered.
"""

import json
import resource
import sys
import time

import numpy
import torch
from captum.attr import IntegratedGradients
from torch import nn

folder, (threads, steps, batch) = sys.argv[1], map(int, sys.argv[2:5])
torch.set_num_threads(threads)


def conv(depth, width, kernel=3, stride=1, groups=1):
    return nn.Conv2d(depth, width, kernel, stride, kernel // 2, groups=groups)


class Residual(nn.Module):
    def __init__(self, body, skip=None, after=None):
        super().__init__()
        self.body, self.skip, self.after = body, skip or nn.Identity(), after or nn.Identity()

    def forward(self, x):
        return self.after(self.body(x) + self.skip(x))


def resnet():
    layers, depth = [conv(3, 64, 7, 2), nn.ReLU(), nn.MaxPool2d(3, 2, 1)], 64
    for width in (64, 128, 256, 512):
        for block in (0, 1):
            stride = 2 if block == 0 and width > 64 else 1
            skip = None if depth == width else conv(depth, width, 1, stride)
            body = nn.Sequential(conv(depth, width, 3, stride), nn.ReLU(), conv(width, width))
            layers.append(Residual(body, skip, nn.ReLU()))
            depth = width
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(depth, 1000))


def mobilenet():
    layers, depth = [conv(3, 32, 3, 2), nn.ReLU6()], 32
    settings = [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]
    for expansion, width, blocks, first in settings:
        for block in range(blocks):
            stride, hidden = first if block == 0 else 1, depth * expansion
            wide = [] if expansion == 1 else [conv(depth, hidden, 1), nn.ReLU6()]
            body = nn.Sequential(*wide, conv(hidden, hidden, 3, stride, hidden), nn.ReLU6(), conv(hidden, width, 1))
            layers.append(Residual(body) if stride == 1 and depth == width else body)
            depth = width
    layers += [conv(depth, 1280, 1), nn.ReLU6(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(1280, 1000)]
    return nn.Sequential(*layers)


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value, self.out = (nn.Linear(width, width) for _ in range(4))

    def forward(self, x):
        rows, length, width = x.shape
        parts = [part(x).view(rows, length, self.heads, -1).transpose(1, 2) for part in (self.query, self.key, self.value)]
        mixed = nn.functional.scaled_dot_product_attention(*parts, is_causal=True)
        return self.out(mixed.transpose(1, 2).reshape(rows, length, width))


def gpt(width, heads, vocabulary, depth):
    layers = []
    for _ in range(depth):
        layers.append(Residual(nn.Sequential(nn.LayerNorm(width), Attention(width, heads))))
        feed_forward = [nn.LayerNorm(width), nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width)]
        layers.append(Residual(nn.Sequential(*feed_forward)))
    return nn.Sequential(*layers, nn.LayerNorm(width), nn.Linear(width, vocabulary))


networks = {
    "resnet-18": resnet,
    "mobilenet-v2": mobilenet,
    "gpt-4x256": lambda: gpt(256, 4, 512, 4),
    "gpt2-size": lambda: gpt(768, 12, 50257, 12),
}


def read(model):
    """The weights that our side has, in the order of the layers."""
    numbers = torch.from_numpy(numpy.fromfile(f"{folder}/weights.bin", dtype=numpy.float32))
    at = 0
    for layer in model.modules():
        if not isinstance(layer, (nn.Conv2d, nn.Linear)):
            continue
        for parameter in (layer.weight, layer.bias):
            part = numbers[at : at + parameter.numel()]
            turned = isinstance(layer, nn.Linear) and parameter is layer.weight
            parameter.data = part.view(parameter.shape[::-1]).T.contiguous() if turned else part.view(parameter.shape).clone()
            at += parameter.numel()
    if at != numbers.numel():
        raise ValueError(f"{numbers.numel()} weights for {at}")


with open(f"{folder}/network.json") as file:
    network = json.load(file)
with torch.device("meta"):
    model = networks[network["name"]]()
model = model.to_empty(device="cpu").eval().requires_grad_(False)
for layer in model.modules():
    if isinstance(layer, nn.LayerNorm):
        layer.reset_parameters()
read(model)
x = torch.from_numpy(numpy.fromfile(f"{folder}/input.bin", dtype=numpy.float32)).view(1, *network["sizes"])
index = tuple(network["index"])
method = IntegratedGradients(model)


def gradient():
    leaf = x.detach().requires_grad_(True)
    return torch.autograd.grad(model(leaf)[(0, *index)], leaf)[0]


def integrated(rows=batch):
    target = index[0] if len(index) == 1 else index
    return method.attribute(
        x, target=target, n_steps=steps, method="gausslegendre", internal_batch_size=rows, return_convergence_delta=True
    )


def save():
    gradient().numpy().astype(numpy.float32).tofile(f"{folder}/torch-gradient.bin")
    integrated()[0].detach().numpy().astype(numpy.float32).tofile(f"{folder}/torch-integrated.bin")


work = {"gradient": gradient, "integratedGradients": integrated, "save": save}
print(json.dumps({"ready": 1}), flush=True)
for line in sys.stdin:
    name, _, argument = line.strip().partition(" ")
    if name == "peak":
        print(json.dumps({"bytes": 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}), flush=True)
        continue
    start, before = time.perf_counter(), time.process_time()
    work[name](int(argument)) if argument else work[name]()
    passed = {"ms": 1000 * (time.perf_counter() - start), "processor": 1000 * (time.process_time() - before)}
    print(json.dumps(passed), flush=True)
