"""Writes src/torch-vectors: whole networks as ONNX files, with the gradients that torch's autograd gives them in float64 on the same
weights, and what Captum says of some. How to run it is in README.md beside this file."""

import copy
import json
import pathlib
import sys
import zlib

import captum.attr
import numpy
import onnx
import onnxruntime
import torch
from captum.attr._utils.lrp_rules import Alpha1_Beta0_Rule, EpsilonRule, GammaRule
from networks import Network, networks, rows
from torch import nn

folder = pathlib.Path(__file__).parents[2] / "src" / "torch-vectors"


def seed(name: str) -> None:
    torch.manual_seed(zlib.crc32(name.encode()))


def made(name: str, network: Network) -> nn.Module:
    """The network with weights that no default hides: normalisations scale, shift and have seen data."""
    seed(name)
    model = network.make().eval()
    for module in model.modules():
        for kind in ("weight", "bias"):
            parameter = getattr(module, kind, None)
            if "Norm" in type(module).__name__ and parameter is not None:
                parameter.data = (1 if kind == "weight" else 0) + 0.3 * torch.randn_like(parameter)
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            module.running_mean = 0.3 * torch.randn_like(module.running_mean)
            module.running_var = 0.5 + torch.rand_like(module.running_var)
    return model


def rounded(tensor: torch.Tensor) -> list[float]:
    return [float(f"{value:.7g}") for value in tensor.detach().double().flatten().tolist()]


def exported(model: nn.Module, network: Network, inputs: dict[str, torch.Tensor], opset: int, unfolded: bool) -> bytes:
    path = folder / "exported.tmp"
    axes = {name: {0: "batch", **network.free.get(name, {})} for name in inputs}
    torch.onnx.export(
        model,
        tuple(inputs.values()),
        str(path),
        opset_version=opset,
        input_names=list(inputs),
        output_names=["y"],
        dynamic_axes={**axes, "y": {0: "batch"}},
        training=torch.onnx.TrainingMode.PRESERVE if unfolded else torch.onnx.TrainingMode.EVAL,
        do_constant_folding=not unfolded,
        dynamo=False,
    )
    file = onnx.load(path)
    path.unlink()
    # What only helps to find the source of an operator.
    for node in file.graph.node:
        node.doc_string = ""
    del file.graph.value_info[:]
    onnx.checker.check_model(file)
    return file.SerializeToString()


def fused(content: bytes) -> bytes:
    path = folder / "fused.tmp"
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.optimized_model_filepath = str(path)
    options.log_severity_level = 3
    onnxruntime.InferenceSession(content, options)
    written = path.read_bytes()
    path.unlink()
    return written


def values_of(content: bytes, inputs: dict[str, torch.Tensor]) -> dict[str, numpy.ndarray]:
    """Every value of the file, in the order they are computed."""
    file = onnx.load_from_string(content)
    known = {output.name for output in file.graph.output}
    for node in file.graph.node:
        for name in node.output:
            if name and name not in known:
                file.graph.output.append(onnx.ValueInfoProto(name=name))
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(file.SerializeToString(), options)
    names = [name for node in file.graph.node for name in node.output if name]
    return dict(zip(names, session.run(names, {name: tensor.numpy() for name, tensor in inputs.items()})))


def layer_name(values: dict[str, numpy.ndarray], layer: torch.Tensor) -> str:
    """The first value that is what the layer gave."""
    wanted = layer.detach().numpy()
    for name, value in values.items():
        if value.shape == wanted.shape and numpy.allclose(value, wanted, rtol=1e-4, atol=1e-5):
            return name
    raise SystemExit(f"the layer is none of {list(values)}")


def captum_answers(model: nn.Module, network: Network, inputs: dict[str, torch.Tensor]) -> dict:
    (x,) = inputs.values()
    targets = [row % model(x).shape[-1] for row in range(rows)]
    baselines = (0.5 * torch.randn(1, *x.shape[1:])).float().double()
    layer = model.get_submodule(network.layer)

    def with_rules(rule) -> torch.Tensor:
        copied = copy.deepcopy(model)
        for module in copied.modules():
            if isinstance(module, (nn.Linear, nn.Conv2d)):
                module.rule = rule()
        return captum.attr.LRP(copied).attribute(x, target=targets)

    def deep_lift() -> torch.Tensor:
        method = captum.attr.DeepLift(copy.deepcopy(model))
        result, delta = method.attribute(x, baselines, target=targets, return_convergence_delta=True)
        assert delta.abs().max() < 1e-9, "Captum's own sum is off"
        return result

    methods = {
        "integrated-gradients": lambda: captum.attr.IntegratedGradients(model).attribute(x, baselines, target=targets),
        "input-x-gradient": lambda: captum.attr.InputXGradient(model).attribute(x, target=targets),
        "deep-lift": deep_lift,
        "guided-backprop": lambda: captum.attr.GuidedBackprop(copy.deepcopy(model)).attribute(x, target=targets),
        "deconvolution": lambda: captum.attr.Deconvolution(copy.deepcopy(model)).attribute(x, target=targets),
        "grad-cam": lambda: captum.attr.LayerGradCam(model, layer).attribute(x, target=targets),
        "gradient-x-activation": lambda: captum.attr.LayerGradientXActivation(model, layer).attribute(x, target=targets),
        "lrp-epsilon": lambda: with_rules(EpsilonRule),
        "lrp-gamma": lambda: with_rules(lambda: GammaRule(0.25)),
        "lrp-alpha-beta": lambda: with_rules(Alpha1_Beta0_Rule),
    }
    return {
        "targets": targets,
        "baselines": rounded(baselines),
        "answers": {method: rounded(methods[method]()) for method in network.captum},
    }


def write(name: str, network: Network) -> None:
    model = made(name, network)
    inputs = network.inputs()
    double = copy.deepcopy(model).double()
    fed = {key: value.double() if value.is_floating_point() else value for key, value in inputs.items()}
    floats = [key for key, value in fed.items() if value.is_floating_point()]
    for key in floats:
        fed[key].requires_grad_()
    seen: list[torch.Tensor] = []
    hook = double.get_submodule(network.layer).register_forward_hook(lambda _, __, result: seen.append(result))
    y = double(*fed.values())
    hook.remove()
    cotangent = torch.randn(y.shape)
    gradients = torch.autograd.grad((y * cotangent.double()).sum(), [fed[key] for key in floats] + seen)
    contents = {
        **{f"opset{opset}": exported(model, network, inputs, opset, False) for opset in network.opsets},
        **{f"opset{opset}-unfolded": exported(model, network, inputs, opset, True) for opset in network.unfolded},
        **{f"opset{opset}": make(model).SerializeToString() for opset, make in network.written.items()},
    }
    contents |= {f"opset{opset}-fused": fused(contents[f"opset{opset}"]) for opset in network.fused}
    files = {}
    for form, content in contents.items():
        values = values_of(content, inputs)
        assert numpy.allclose(values["y"], y.detach().numpy(), rtol=1e-4, atol=1e-5), f"{name} differs at {form}"
        file = f"{name}-{form}.fixture.onnx"
        (folder / file).write_bytes(content)
        files[file] = layer_name(values, seen[0])
    vectors = {
        "inputs": {
            key: {
                "shape": list(value.shape),
                "dtype": "float32" if value.is_floating_point() else "int64",
                "data": rounded(value) if value.is_floating_point() else value.flatten().tolist(),
            }
            for key, value in inputs.items()
        },
        "files": files,
        "y": {"shape": list(y.shape), "data": rounded(y)},
        "cotangent": rounded(cotangent),
        "gradients": {key: rounded(gradient) for key, gradient in zip(floats, gradients)},
        "layer": {"shape": list(seen[0].shape), "gradient": rounded(gradients[-1])},
    }
    if network.captum:
        plain = {key: value.detach() for key, value in fed.items()}
        vectors["captum"] = captum_answers(double, network, plain)
    (folder / f"{name}.fixture.json").write_text(json.dumps(vectors) + "\n")
    print(f"{name}: {', '.join(files)}")


if __name__ == "__main__":
    folder.mkdir(exist_ok=True)
    torch.set_num_threads(1)
    torch.backends.mha.set_fastpath_enabled(False)
    for name in sys.argv[1:] or networks:
        write(name, networks[name])
