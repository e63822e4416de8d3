"""The decoder of networks.py in the operators that opset 23 has for it, which torch's exporter does not write."""

import numpy
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn


def decoder_opset23(model: nn.Module) -> onnx.ModelProto:
    nodes: list[onnx.NodeProto] = []
    weights: dict[str, numpy.ndarray] = {}

    def write(operator: str, inputs: list[str], output: str, **attributes) -> str:
        nodes.append(helper.make_node(operator, inputs, [output], name=output, **attributes))
        return output

    def weight(name: str, value: torch.Tensor) -> str:
        weights[name] = numpy.ascontiguousarray(value.detach().numpy())
        return name

    def linear(x: str, name: str, i: int) -> str:
        return write("MatMul", [x, weight(f"{name}.{i}.weight", getattr(model, name)[i].weight.T)], f"{name}.{i}")

    def norm(x: str, i: int) -> str:
        return write("RMSNormalization", [x, weight(f"norms.{i}.weight", model.norms[i].weight)], f"norms.{i}", epsilon=1e-5)

    angles = torch.arange(16)[:, None] * (1 / 100 ** (torch.arange(0, model.size, 2) / model.size))
    cos, sin = weight("cos", angles.cos()), weight("sin", angles.sin())
    write("Shape", ["ids"], "length", start=1, end=2)
    weights["axis"], weights["zero"], weights["one"] = numpy.array([0]), numpy.array(0), numpy.array(1)
    write("Squeeze", ["length", "axis"], "until")
    write("Range", ["zero", "until", "one"], "positions")
    write("Shape", ["ids"], "batch")
    write("Expand", ["positions", "batch"], "position_ids")

    x = write("Gather", [weight("embedding.weight", model.embedding.weight), "ids"], "embedding")
    for i in range(2):
        y = norm(x, 2 * i)
        turned = []
        for name, heads in (("query", model.heads), ("key", model.key_heads)):
            inputs = [linear(y, name, i), cos, sin, "position_ids"]
            turned.append(write("RotaryEmbedding", inputs, f"{name}.{i}.turned", num_heads=heads))
        heads = {"q_num_heads": model.heads, "kv_num_heads": model.key_heads}
        mixed = write("Attention", [*turned, linear(y, "value", i)], f"attention.{i}", is_causal=1, **heads)
        x = write("Add", [x, linear(mixed, "merge", i)], f"attended.{i}")
        y = norm(x, 2 * i + 1)
        gate = linear(y, "gate", i)
        gated = write("Mul", [gate, write("Sigmoid", [gate], f"sigmoid.{i}")], f"silu.{i}")
        inner = write("Mul", [gated, linear(y, "up", i)], f"inner.{i}")
        x = write("Add", [x, linear(inner, "down", i)], f"layer.{i}")
    write("Transpose", ["embedding.weight"], "head.weight", perm=[1, 0])
    write("MatMul", [norm(x, 4), "head.weight"], "y")

    graph = helper.make_graph(
        nodes,
        "decoder",
        [helper.make_tensor_value_info("ids", TensorProto.INT64, ["batch", "length"])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["batch", "length", model.embedding.num_embeddings])],
        [numpy_helper.from_array(value, name) for name, value in weights.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 23)], ir_version=10)
