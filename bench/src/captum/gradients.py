"""Times torch's gradient and Captum's integrated gradients on the networks of gradients.ts; writes medians in ms as JSON.

Usage: gradients.py NAMES ROUNDS THREADS STEPS BATCH
"""

import json
import statistics
import sys
import time

import torch
from captum.attr import IntegratedGradients
from torch import nn

names, rounds, threads, steps, batch = sys.argv[1].split(","), *map(int, sys.argv[2:6])
torch.set_num_threads(threads)
torch.manual_seed(1)


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


def gpt(width=256, heads=4, vocabulary=512):
    layers = []
    for _ in range(4):
        layers.append(Residual(nn.Sequential(nn.LayerNorm(width), Attention(width, heads))))
        feed_forward = [nn.LayerNorm(width), nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width)]
        layers.append(Residual(nn.Sequential(*feed_forward)))
    return nn.Sequential(*layers, nn.LayerNorm(width), nn.Linear(width, vocabulary))


networks = {
    "resnet-18": (resnet, (3, 224, 224), (7,)),
    "mobilenet-v2": (mobilenet, (3, 224, 224), (7,)),
    "gpt-4x256": (gpt, (64, 256), (63, 7)),
}


def median(work):
    times = []
    for turn in range(rounds + 1):
        start = time.perf_counter()
        work()
        if turn > 0:
            times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times)


results = {}
for name in names:
    make, sizes, index = networks[name]
    model = make().eval().requires_grad_(False)
    x = torch.randn(1, *sizes)

    def gradient():
        leaf = x.detach().requires_grad_(True)
        return torch.autograd.grad(model(leaf)[(0, *index)], leaf)[0]

    method = IntegratedGradients(model)
    target = index[0] if len(index) == 1 else index

    def integrated():
        return method.attribute(x, target=target, n_steps=steps, internal_batch_size=batch, return_convergence_delta=True)

    results[name] = {"gradient": median(gradient), "integratedGradients": median(integrated)}
print(json.dumps(results))
