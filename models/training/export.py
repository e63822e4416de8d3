"""Writes both models as `onnx/model.onnx` with their `config.json`, and compares each file with the network it came from."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import onnx
import onnx.numpy_helper
import onnxruntime
import torch
from torch import Tensor, nn

from choice_model import CONFIG as CHOICE_CONFIG
from choice_model import TalesChoice
from lm_model import CONFIG as LM_CONFIG
from lm_model import TalesLm, causal_bias

HERE = Path(__file__).parent
MODELS = HERE.parent
OPSET = 17
TOLERANCE = 1e-4


class CachedLm(nn.Module):
    """tales-lm as Optimum and transformers.js call it."""

    def __init__(self, lm: TalesLm) -> None:
        super().__init__()
        self.lm = lm

    def forward(self, ids: Tensor, mask: Tensor, positions: Tensor, *past: Tensor):
        pairs = [(past[i], past[i + 1]) for i in range(0, len(past), 2)]
        logits, presents = self.lm(ids, positions, causal_bias(mask, ids.shape[1]), pairs)
        return (logits, *(x for pair in presents for x in pair))


def export_lm(lm: TalesLm, path: Path) -> None:
    c = lm.config
    layers = range(c["num_hidden_layers"])
    past = [f"past_key_values.{i}.{name}" for i in layers for name in ("key", "value")]
    present = [f"present.{i}.{name}" for i in layers for name in ("key", "value")]
    cache = [torch.zeros(2, c["num_key_value_heads"], 3, c["head_dim"]) for _ in past]
    ids, mask = torch.ones(2, 5, dtype=torch.long), torch.ones(2, 8, dtype=torch.long)
    positions = torch.arange(3, 8).expand(2, 5)
    whole = "past_sequence_length + sequence_length"
    axes = {name: {0: "batch_size", 1: "sequence_length"} for name in ("input_ids", "position_ids", "logits")}
    axes["attention_mask"] = {0: "batch_size", 1: whole}
    axes |= {name: {0: "batch_size", 2: "past_sequence_length"} for name in past}
    axes |= {name: {0: "batch_size", 2: whole} for name in present}
    _export(CachedLm(lm), (ids, mask, positions, *cache), path, ["input_ids", "attention_mask", "position_ids", *past],
            ["logits", *present], axes)


def export_choice(model: TalesChoice, path: Path) -> None:
    names = ["input_ids", "token_type_ids", "attention_mask"]
    example = tuple(torch.ones(2, 3, 7, dtype=torch.long) for _ in names)
    axes = {name: {0: "batch_size", 1: "num_choices", 2: "sequence_length"} for name in names}
    _export(model, example, path, names, ["logits"], axes | {"logits": {0: "batch_size", 1: "num_choices"}})


def _export(module: nn.Module, example: tuple, path: Path, inputs: list[str], outputs: list[str], axes: dict) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.onnx.export(module.eval(), example, str(path), input_names=inputs, output_names=outputs, dynamic_axes=axes,
                      opset_version=OPSET, do_constant_folding=True, dynamo=False)
    graph = onnx.load(str(path))
    _name_weights(graph, module)
    for value in graph.graph.output:  # the tracer cannot always tell which axes follow the inputs
        for axis, dim in enumerate(value.type.tensor_type.shape.dim):
            name = axes.get(value.name, {}).get(axis)
            if name:
                dim.dim_param = name
    graph.producer_name, graph.producer_version = "attr", "1"
    onnx.checker.check_model(graph, full_check=True)
    onnx.save(graph, str(path))


def _name_weights(graph: onnx.ModelProto, module: nn.Module) -> None:
    """`onnx::MatMul_123` becomes the parameter's own name; a matrix product holds it transposed."""
    known = {p.detach().numpy().T.tobytes(): name for name, p in module.named_parameters() if p.dim() == 2}
    renamed: dict[str, str] = {}
    for tensor in graph.graph.initializer:
        name = known.get(onnx.numpy_helper.to_array(tensor).tobytes()) if tensor.name.startswith("onnx::") else None
        name = (name or tensor.name).removeprefix("lm.")
        if name == "model.embed_tokens.weight" and tensor.name.startswith("onnx::"):
            name = "lm_head.weight"
        renamed[tensor.name] = tensor.name = name
    for node in graph.graph.node:
        for i, name in enumerate(node.input):
            node.input[i] = renamed.get(name, name)


def session(path: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 2
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def feeds(c: dict, ids: np.ndarray, mask: np.ndarray, positions: np.ndarray, past: list[np.ndarray] | None = None) -> dict:
    names = [f"past_key_values.{i}.{name}" for i in range(c["num_hidden_layers"]) for name in ("key", "value")]
    empty = np.zeros((len(ids), c["num_key_value_heads"], 0, c["head_dim"]), np.float32)
    return {"input_ids": ids, "attention_mask": mask, "position_ids": positions,
            **{name: past[k] if past else empty for k, name in enumerate(names)}}


@torch.no_grad()
def check_lm(lm: TalesLm, path: Path) -> dict[str, float]:
    """The largest difference of logits between the file and torch, in each way of calling it."""
    run, c = session(path), lm.config
    random = np.random.default_rng(0)
    ids = random.integers(5, c["vocab_size"], (3, 24))
    ones, positions = np.ones_like(ids), np.broadcast_to(np.arange(24), ids.shape).copy()
    t = torch.from_numpy(ids)
    want = lm(t, torch.from_numpy(positions), causal_bias(torch.ones_like(t), 24))[0].numpy()
    out: dict[str, float] = {}
    out["whole"] = _gap(run.run(["logits"], feeds(c, ids, ones, positions))[0], want)
    out["one row"] = _gap(run.run(["logits"], feeds(c, ids[:1], ones[:1], positions[:1]))[0], want[:1])
    past, rows = None, []
    for k in range(24):
        logits, *past = run.run(None, feeds(c, ids[:, k:k + 1], ones[:, :k + 1], positions[:, k:k + 1], past))
        rows.append(logits)
    out["token by token"] = _gap(np.concatenate(rows, 1), want)
    _, *past = run.run(None, feeds(c, ids[:, :10], ones[:, :10], positions[:, :10]))
    out["cache, then the rest"] = _gap(run.run(["logits"], feeds(c, ids[:, 10:], ones, positions[:, 10:], past))[0], want[:, 10:])
    for side in ("left", "right"):
        width = [(0, 0), (6, 0) if side == "left" else (0, 6)]
        keep = slice(6, None) if side == "left" else slice(0, 24)
        got = run.run(["logits"], feeds(c, np.pad(ids, width), np.pad(ones, width), np.pad(positions, width)))[0]
        assert np.isfinite(got).all()
        out[f"padded {side}"] = _gap(got[:, keep], want)
    return out


@torch.no_grad()
def check_choice(model: TalesChoice, path: Path) -> dict[str, float]:
    run = session(path)
    random = np.random.default_rng(0)
    out: dict[str, float] = {}
    for n, choices, length in ((1, 2, 9), (3, 4, 40), (2, 5, 64), (1, 1, 5)):
        ids = random.integers(5, model.config["vocab_size"], (n, choices, length))
        types, mask = (ids % 2), np.ones_like(ids)
        want = model(*map(torch.from_numpy, (ids, types, mask))).numpy()
        names = ("input_ids", "token_type_ids", "attention_mask")
        out[f"{n}×{choices}×{length}"] = _gap(run.run(None, dict(zip(names, (ids, types, mask))))[0], want)
        padded = [np.pad(x, [(0, 0), (0, 0), (0, 7)]) for x in (ids, types, mask)]
        out[f"{n}×{choices}×{length} padded"] = _gap(run.run(None, dict(zip(names, padded)))[0], want)
    return out


def _gap(a: np.ndarray, b: np.ndarray) -> float:
    assert a.shape == b.shape, (a.shape, b.shape)
    return float(np.abs(a - b).max())


def write_json(path: Path, data: dict) -> None:
    path.write_text(json.dumps(data, indent=2) + "\n")


def report(name: str, gaps: dict[str, float]) -> None:
    print(name, json.dumps({key: float(f"{gap:.2g}") for key, gap in gaps.items()}))
    assert max(gaps.values()) < TOLERANCE


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lm", type=Path, default=HERE / ".cache" / "lm.pt")
    parser.add_argument("--choice", type=Path, default=HERE / ".cache" / "choice.pt")
    args = parser.parse_args()
    if args.lm.exists():
        lm = TalesLm().eval()
        lm.load_state_dict(torch.load(args.lm, weights_only=True)["model"])
        folder = MODELS / "tales-lm"
        export_lm(lm, folder / "onnx" / "model.onnx")
        write_json(folder / "config.json", LM_CONFIG)
        write_json(folder / "generation_config.json", {"bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0,
                                                       "do_sample": False, "max_new_tokens": 80})
        report("tales-lm", check_lm(lm, folder / "onnx" / "model.onnx"))
    if args.choice.exists():
        choice = TalesChoice().eval()
        choice.load_state_dict(torch.load(args.choice, weights_only=True)["model"])
        folder = MODELS / "tales-choice"
        export_choice(choice, folder / "onnx" / "model.onnx")
        write_json(folder / "config.json", CHOICE_CONFIG)
        report("tales-choice", check_choice(choice, folder / "onnx" / "model.onnx"))


if __name__ == "__main__":
    main()
