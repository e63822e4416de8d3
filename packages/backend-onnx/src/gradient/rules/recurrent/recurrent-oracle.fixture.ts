/** Settings of a recurrent layer, as its node has them. */
export interface LayerSettings {
  readonly op: "RNN" | "GRU" | "LSTM";
  readonly direction: "forward" | "reverse" | "bidirectional";
  readonly hidden: number;
  readonly activations: readonly string[];
  readonly alpha: readonly number[];
  readonly beta: readonly number[];
  readonly clip?: number | undefined;
  readonly late?: boolean | undefined;
  readonly coupled?: boolean | undefined;
}

/** What a layer is given, each `[directions, …]` or time first, in rows of plain numbers. */
export interface LayerInputs {
  /** `[steps][batch][input]` */
  readonly x: readonly (readonly (readonly number[])[])[];
  readonly w: readonly (readonly (readonly number[])[])[];
  readonly r: readonly (readonly (readonly number[])[])[];
  readonly b: readonly (readonly number[])[];
  readonly lengths: readonly number[];
  readonly h: readonly (readonly (readonly number[])[])[];
  readonly c: readonly (readonly (readonly number[])[])[];
  readonly p: readonly (readonly number[])[];
}

/** Results of a layer: states `[steps][directions][batch][hidden]`, last states and cells `[directions][batch][hidden]`. */
export interface LayerResults {
  readonly y: number[][][][];
  readonly last: number[][][];
  readonly cell: number[][][];
}

/** A recurrent layer as its specification says it, element by element. */
export function recurrentLayer(settings: LayerSettings, inputs: LayerInputs): LayerResults {
  const { x, lengths } = inputs;
  const directions = settings.direction === "bidirectional" ? 2 : 1;
  const { hidden } = settings;
  const zeros = (): number[] => new Array<number>(hidden).fill(0);
  const batch = lengths.length;
  const y = x.map(() => Array.from({ length: directions }, () => Array.from({ length: batch }, zeros)));
  const last: number[][][] = [];
  const cell: number[][][] = [];
  for (let d = 0; d < directions; d++) {
    const functions = activationsOf(settings).slice(
      d * (settings.activations.length / directions),
      (d + 1) * (settings.activations.length / directions),
    );
    const reverse = settings.direction === "reverse" || d === 1;
    last.push([]);
    cell.push([]);
    for (let row = 0; row < batch; row++) {
      let state = [...inputs.h[d]![row]!];
      let memory = [...inputs.c[d]![row]!];
      for (let i = 0; i < lengths[row]!; i++) {
        const t = reverse ? lengths[row]! - 1 - i : i;
        [state, memory] = step(settings, functions, inputs, d, x[t]![row]!, state, memory);
        y[t]![d]![row] = state;
      }
      // Of a row without elements the runtime hands out zeros.
      last[d]!.push(lengths[row] === 0 ? zeros() : state);
      cell[d]!.push(lengths[row] === 0 ? zeros() : memory);
    }
  }
  return { y, last, cell };
}

type Activation = (x: number) => number;

function activationsOf({ activations, alpha, beta }: LayerSettings): readonly Activation[] {
  const [alphas, betas] = [[...alpha], [...beta]];
  const withAlpha = new Set(["Affine", "Elu", "HardSigmoid", "LeakyRelu", "ScaledTanh", "ThresholdedRelu"]);
  const withBeta = new Set(["Affine", "HardSigmoid", "ScaledTanh"]);
  return activations.map((name): Activation => {
    const a = withAlpha.has(name) ? alphas.shift()! : 0;
    const b = withBeta.has(name) ? betas.shift()! : 0;
    switch (name) {
      case "Affine":
        return (v) => a * v + b;
      case "Elu":
        return (v) => (v > 0 ? v : a * Math.expm1(v));
      case "HardSigmoid":
        return (v) => Math.min(1, Math.max(0, a * v + b));
      case "LeakyRelu":
        return (v) => (v > 0 ? v : a * v);
      case "Relu":
        return (v) => Math.max(0, v);
      case "ScaledTanh":
        return (v) => a * Math.tanh(b * v);
      case "Sigmoid":
        return (v) => 1 / (1 + Math.exp(-v));
      case "Softplus":
        return (v) => Math.log1p(Math.exp(v));
      case "Softsign":
        return (v) => v / (1 + Math.abs(v));
      case "Tanh":
        return Math.tanh;
      default:
        return (v) => (v > a ? v : 0);
    }
  });
}

function step(
  { op, hidden, clip, late, coupled }: LayerSettings,
  functions: readonly Activation[],
  { w, r, b, p }: LayerInputs,
  d: number,
  x: readonly number[],
  h: readonly number[],
  c: readonly number[],
): [number[], number[]] {
  const gates = { RNN: 1, GRU: 3, LSTM: 4 }[op];
  const cut = (v: number): number => (clip === undefined ? v : Math.min(clip, Math.max(-clip, v)));
  const dot = (row: readonly number[], v: readonly number[]): number => row.reduce((sum, weight, i) => sum + weight * v[i]!, 0);
  const fromX = (at: number, k: number): number => dot(w[d]![at * hidden + k]!, x) + b[d]![at * hidden + k]!;
  const bias = (at: number, k: number): number => b[d]![(gates + at) * hidden + k]!;
  const fromState = (at: number, k: number, state: readonly number[] = h): number =>
    dot(r[d]![at * hidden + k]!, state) + bias(at, k);
  const units = [...Array(hidden).keys()];
  const [f, g, show] = functions;
  if (op === "RNN") return [units.map((k) => f!(cut(fromX(0, k) + fromState(0, k)))), [...c]];
  if (op === "GRU") {
    const z = units.map((k) => f!(cut(fromX(0, k) + fromState(0, k))));
    const reset = units.map((k) => f!(cut(fromX(1, k) + fromState(1, k))));
    const held = h.map((v, k) => v * reset[k]!);
    const n = units.map((k) => g!(cut(fromX(2, k) + (late === true ? reset[k]! * fromState(2, k) : fromState(2, k, held)))));
    return [units.map((k) => (1 - z[k]!) * n[k]! + z[k]! * h[k]!), [...c]];
  }
  const peep = (at: number, k: number): number => p[d]![at * hidden + k]!;
  const input = units.map((k) => f!(cut(fromX(0, k) + fromState(0, k) + peep(0, k) * c[k]!)));
  const forget = units.map((k) =>
    coupled === true ? 1 - input[k]! : f!(cut(fromX(2, k) + fromState(2, k) + peep(2, k) * c[k]!)),
  );
  const candidate = units.map((k) => g!(cut(fromX(3, k) + fromState(3, k))));
  const cell = units.map((k) => forget[k]! * c[k]! + input[k]! * candidate[k]!);
  const output = units.map((k) => f!(cut(fromX(1, k) + fromState(1, k) + peep(1, k) * cell[k]!)));
  return [units.map((k) => output[k]! * show!(cell[k]!)), cell];
}
