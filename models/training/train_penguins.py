"""Trains penguins, a small network that tells three species of penguin by what was measured, and writes its folder.

The rows are in `../penguins/penguins.csv`. `--rows` writes that file first, from `data/penguins.json` of the npm package
`vega-datasets` (`npm pack vega-datasets@3.2.1`, unpacked): rows without measurements are left out, and every fifth row of each
species is held out. The network takes raw units: standardising them is its first step.
"""

from __future__ import annotations

import argparse
import csv
import json
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from small_graphs import TOLERANCE, accuracy, answers, write_graph, write_json

FOLDER = Path(__file__).parent.parent / "penguins"
TABLE = FOLDER / "penguins.csv"
HOLD_OUT = 5
SPECIES = ["Adelie", "Chinstrap", "Gentoo"]
MEASURED = {"bill_length_mm": "mm", "bill_depth_mm": "mm", "flipper_length_mm": "mm", "body_mass_g": "g"}
SOURCE = ["Beak Length (mm)", "Beak Depth (mm)", "Flipper Length (mm)", "Body Mass (g)"]
CATEGORIES = {"island": ["Biscoe", "Dream", "Torgersen"], "sex": ["female", "male"]}
FEATURES = [*MEASURED, *(f"{column}={value}" for column, values in CATEGORIES.items() for value in values)]


class Penguins(nn.Module):
    def __init__(self, mean: Tensor, scale: Tensor) -> None:
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("scale", scale)
        self.dense1 = nn.Linear(len(FEATURES), 16)
        self.dense2 = nn.Linear(16, 16)
        self.dense3 = nn.Linear(16, len(SPECIES))

    def forward(self, x: Tensor) -> Tensor:
        x = (x - self.mean) / self.scale
        return self.dense3(torch.tanh(self.dense2(torch.tanh(self.dense1(x)))))


def write_table(source: Path) -> None:
    seen = dict.fromkeys(SPECIES, 0)
    with TABLE.open("w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["species", *MEASURED, *CATEGORIES, "split"])
        for row in json.loads(source.read_text()):
            if any(row[name] is None for name in SOURCE):
                continue
            seen[row["Species"]] += 1
            split = "held-out" if seen[row["Species"]] % HOLD_OUT == 0 else "train"
            sex = (row["Sex"] or "").lower()
            out.writerow([row["Species"], *(row[name] for name in SOURCE), row["Island"], sex if sex in CATEGORIES["sex"] else "", split])


def read_table() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows `[n, features]`, the index of each row's species, and whether it is held out; an unknown sex is neither."""
    with TABLE.open(newline="") as file:
        rows = list(csv.DictReader(file))
    numbers = [[float(row[name]) for name in MEASURED]
               + [float(row[column] == value) for column, values in CATEGORIES.items() for value in values] for row in rows]
    labels = [SPECIES.index(row["species"]) for row in rows]
    return np.array(numbers, np.float32), np.array(labels), np.array([row["split"] == "held-out" for row in rows])


def export(model: Penguins, path: Path) -> None:
    nodes = [
        ("Sub", ["x", "mean"], "centred", {}),
        ("Div", ["centred", "scale"], "standardised", {}),
        ("Gemm", ["standardised", "dense1.weight", "dense1.bias"], "dense1", {"transB": 1}),
        ("Tanh", ["dense1"], "tanh1", {}),
        ("Gemm", ["tanh1", "dense2.weight", "dense2.bias"], "dense2", {"transB": 1}),
        ("Tanh", ["dense2"], "tanh2", {}),
        ("Gemm", ["tanh2", "dense3.weight", "dense3.bias"], "logits", {"transB": 1}),
    ]
    weights = {name: tensor.detach().numpy() for name, tensor in model.state_dict().items()}
    write_graph(path, "penguins", ("x", [len(FEATURES)]), nodes, weights, len(SPECIES))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=Path, help="data/penguins.json of the npm package vega-datasets: writes penguins.csv anew")
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument("--rate", type=float, default=1e-2)
    parser.add_argument("--decay", type=float, default=0.05)
    parser.add_argument("--seed", type=int, default=3)
    args = parser.parse_args()
    FOLDER.mkdir(exist_ok=True)
    if args.rows is not None:
        write_table(args.rows)
    torch.set_num_threads(1)  # the sums are taken in one order, so the weights are the same on every run
    torch.manual_seed(args.seed)
    torch.use_deterministic_algorithms(True)
    rows, labels, held = read_table()
    known = torch.from_numpy(rows[~held])
    mean, scale = known.mean(0), known.std(0)
    mean[len(MEASURED):], scale[len(MEASURED):] = 0, 1  # what is 0 or 1 stays so
    model, wanted = Penguins(mean, scale), torch.from_numpy(labels[~held])
    optimizer = torch.optim.AdamW(model.parameters(), lr=args.rate, weight_decay=args.decay)
    for step in range(args.steps):
        # A penguin in five has its sex hidden, as a few in the table have: neither column is 1.
        hidden = (torch.rand(len(known), 1) < 0.2) & torch.tensor([name.startswith("sex=") for name in FEATURES])
        loss = F.cross_entropy(model(known.masked_fill(hidden, 0.0)), wanted, label_smoothing=0.02)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        if (step + 1) % 100 == 0:
            print(step + 1, f"{float(loss.detach()):.4f}", flush=True)
    model.eval()

    path = FOLDER / "onnx" / "model.onnx"
    export(model, path)
    write_json(FOLDER / "config.json", {
        "architectures": ["PenguinsForTabularClassification"], "model_type": "penguins", "hidden_sizes": [16, 16],
        "hidden_act": "tanh", "feature_names": FEATURES,
        "feature_units": [MEASURED.get(name) for name in FEATURES],
        "id2label": {str(k): name for k, name in enumerate(SPECIES)}, "label2id": {name: k for k, name in enumerate(SPECIES)},
        "table": {"file": "penguins.csv", "label": "species", "split": "split"}})
    with torch.no_grad():
        logits = model(torch.from_numpy(rows)).numpy()
    got = answers(path, "x", rows)
    print("parameters", sum(p.numel() for p in model.parameters()), "bytes", path.stat().st_size)
    print("rows", len(rows), "difference from torch", f"{np.abs(got - logits).max():.2g}")
    print("trained on", accuracy(got[~held], labels[~held]))
    print("held out", accuracy(got[held], labels[held]))
    for k in np.flatnonzero(got.argmax(1) != labels):
        print("  line", k + 2, SPECIES[labels[k]], "answered", SPECIES[got[k].argmax()], "held out" if held[k] else "")
    for column in FEATURES:
        print("  mean", column, f"{rows[~held][:, FEATURES.index(column)].mean():.4g}")
    assert np.abs(got - logits).max() < TOLERANCE


if __name__ == "__main__":
    main()
