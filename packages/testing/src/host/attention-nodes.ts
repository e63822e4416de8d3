import { type HostTensor, hostBackend, tensor } from "@attr/core";
import type { HostNode } from "./host-graph.ts";
import { stabilised } from "./reverse-mode.ts";

/* What transformers are made of, for host graphs: with float64 inputs the oracle of relevance through attention. */

const { add, sub, mul, div, matMul, exp, sum } = hostBackend;

function turned(x: HostTensor): HostTensor {
  const rank = x.shape.length;
  return hostBackend.transpose(x, [...Array(rank - 2).keys(), rank - 1, rank - 2]);
}

const number = (value: number, like: HostTensor): HostTensor => tensor(value, like.dtype);

/** `a · b`, or `a · bᵀ`; of two values, both of which may vary. `attends`: `a` are weights of attention. */
export function pairProduct(
  name: string,
  a: string,
  b: string,
  options: { readonly transposed?: boolean; readonly attends?: boolean } = {},
): HostNode {
  const { transposed = false, attends = false } = options;
  const back = (given: HostTensor, x: HostTensor, y: HostTensor): readonly [HostTensor, HostTensor] => [
    matMul(given, transposed ? y : turned(y)),
    transposed ? matMul(turned(given), x) : matMul(turned(x), given),
  ];
  return {
    name,
    inputs: [a, b],
    compute: (x, y) => matMul(x, transposed ? turned(y) : y),
    backward: {
      kind: "own",
      cotangents: (given, [x, y]) => [...back(given, x!, y!)],
      relevances: (given, [x, y], z, attention) => {
        const [toX, toY] = back(div(given, stabilised(z)), x!, y!);
        const [first, second] = attends && attention === "cpLrp" ? [0, 1] : [0.5, 0.5];
        return [mul(number(first!, x!), mul(x!, toX)), mul(number(second!, y!), mul(y!, toY))];
      },
    },
  };
}

/** Over the last axis. */
export function softmax(name: string, input: string): HostNode {
  const total = (x: HostTensor): HostTensor => sum(x, [x.shape.length - 1], true);
  return {
    name,
    inputs: [input],
    compute: (x) => {
      const powers = exp(x);
      return div(powers, total(powers));
    },
    backward: {
      kind: "own",
      cotangents: (given, _, y) => [mul(y, sub(given, total(mul(given, y))))],
      relevances: (given, [x], y) => [mul(x!, sub(given, mul(y, total(given))))],
    },
  };
}

/** `x / √(mean(x²) + 10⁻⁵)` over the last axis; `centred`: of `x` less its mean. */
export function normalisation(name: string, input: string, centred = false): HostNode {
  const mean = (x: HostTensor): HostTensor => hostBackend.mean(x, [x.shape.length - 1], true);
  const middle = (x: HostTensor): HostTensor => (centred ? sub(x, mean(x)) : x);
  const scale = (x: HostTensor): HostTensor => hostBackend.sqrt(add(mean(mul(x, x)), number(1e-5, x)));
  return {
    name,
    inputs: [input],
    compute: (x) => div(middle(x), scale(middle(x))),
    backward: {
      kind: "own",
      cotangents: (given, [x], y) => [div(sub(middle(given), mul(y, mean(mul(given, y)))), scale(middle(x!)))],
      relevances: (given) => [given],
    },
  };
}

/** `x · σ(x)`. */
export function silu(name: string, input: string): HostNode {
  const gate = (x: HostTensor): HostTensor => div(number(1, x), add(number(1, x), exp(mul(number(-1, x), x))));
  return {
    name,
    inputs: [input],
    compute: (x) => mul(x, gate(x)),
    backward: {
      kind: "activation",
      slope: (x, y) => add(gate(x), mul(y, sub(number(1, x), gate(x)))),
    },
  };
}
