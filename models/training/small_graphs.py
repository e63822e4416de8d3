"""What the two small classifiers share: a graph written node by node, so that every value has a name a person would give it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

OPSET = 17
TOLERANCE = 1e-4
Node = tuple[str, list[str], str, dict]  # operator, inputs, the value it makes, attributes


def write_graph(path: Path, name: str, given: tuple[str, list], nodes: list[Node], weights: dict[str, np.ndarray], classes: int) -> None:
    """One input `[n, …]`, one output `logits` `[n, classes]`; a node has the name of the value it makes."""
    graph = helper.make_graph(
        [helper.make_node(operator, inputs, [value], name=value, **attributes) for operator, inputs, value, attributes in nodes],
        name,
        [helper.make_tensor_value_info(given[0], TensorProto.FLOAT, ["n", *given[1]])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", classes])],
        [numpy_helper.from_array(value.astype(np.float32), key) for key, value in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8,
                              producer_name="attr", producer_version="1")
    onnx.checker.check_model(model, full_check=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, str(path))


def answers(path: Path, name: str, rows: np.ndarray) -> np.ndarray:
    """The logits of the file, by onnxruntime."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"]).run(["logits"], {name: rows})[0]


def accuracy(logits: np.ndarray, labels: np.ndarray) -> str:
    right = int((logits.argmax(1) == labels).sum())
    return f"{right}/{len(labels)} = {100 * right / len(labels):.1f} %"


def write_json(path: Path, data: dict) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(data, indent=2) + "\n")
