import { hostBackend } from "../tensor/host-backend.ts";
import type { HostTensor } from "../tensor/host-tensor.ts";
import type { DType, Scope, Shape, Tensor, TensorBackend, TensorData, TensorLike } from "../tensor/tensor.ts";

/** A tensor that shows nothing of its elements, as one on a device. */
class OpaqueTensor implements Tensor {
  readonly shape: Shape;
  readonly dtype: DType;
  #host: HostTensor | undefined;

  constructor(host: HostTensor) {
    this.shape = host.shape;
    this.dtype = host.dtype;
    this.#host = host;
  }

  static open(tensor: Tensor): HostTensor {
    if (!(tensor instanceof OpaqueTensor)) throw new Error("a tensor of another backend");
    if (tensor.#host === undefined) throw new Error("a tensor that was freed");
    return tensor.#host;
  }

  free(): void {
    this.#host = undefined;
  }
}

export interface OpaqueBackend extends TensorBackend {
  /** Tensors made and not freed. */
  readonly live: number;
  /** Elements handed over from the host so far. */
  readonly uploaded: number;
}

/**
 * The host backend behind tensors that cannot be looked into and that scopes do free: using a freed one throws.
 *
 * @param settings.inHostMemory what it says of itself; it copies what it is given then.
 */
export function opaqueBackend({ inHostMemory = false }: { readonly inHostMemory?: boolean } = {}): OpaqueBackend {
  const scopes: Set<OpaqueTensor>[] = [];
  const alive = new Set<OpaqueTensor>();
  let uploaded = 0;
  const wrap = (host: HostTensor): OpaqueTensor => {
    const tensor = new OpaqueTensor(host);
    alive.add(tensor);
    scopes.at(-1)?.add(tensor);
    return tensor;
  };
  const { open } = OpaqueTensor;
  const two =
    (operation: (a: Tensor, b: Tensor) => HostTensor) =>
    (a: Tensor, b: Tensor): Tensor =>
      wrap(operation(open(a), open(b)));
  const one =
    (operation: (x: Tensor) => HostTensor) =>
    (x: Tensor): Tensor =>
      wrap(operation(open(x)));
  return {
    name: "opaque",
    inHostMemory,
    get live() {
      return alive.size;
    },
    get uploaded() {
      return uploaded;
    },
    from: (value: TensorLike, dtype?: DType) => wrap(hostBackend.from(value, dtype)),
    fromData(data: TensorData, shape: Shape, dtype: DType) {
      uploaded += data.length;
      return wrap(hostBackend.fromData(inHostMemory ? data.slice() : data, shape, dtype));
    },
    read: async (x) => hostBackend.read(open(x)),
    scope(): Scope {
      const own = new Set<OpaqueTensor>();
      scopes.push(own);
      return {
        keep(tensor) {
          if (tensor instanceof OpaqueTensor && own.delete(tensor)) scopes[scopes.indexOf(own) - 1]?.add(tensor);
          return tensor;
        },
        [Symbol.dispose]() {
          scopes.splice(scopes.indexOf(own), 1);
          for (const tensor of own) {
            tensor.free();
            alive.delete(tensor);
          }
        },
      };
    },
    cast: (x, dtype) => wrap(hostBackend.cast(open(x), dtype)),
    add: two(hostBackend.add),
    sub: two(hostBackend.sub),
    mul: two(hostBackend.mul),
    div: two(hostBackend.div),
    maximum: two(hostBackend.maximum),
    minimum: two(hostBackend.minimum),
    equal: two(hostBackend.equal),
    less: two(hostBackend.less),
    neg: one(hostBackend.neg),
    abs: one(hostBackend.abs),
    exp: one(hostBackend.exp),
    log: one(hostBackend.log),
    sqrt: one(hostBackend.sqrt),
    where: (condition, a, b) => wrap(hostBackend.where(open(condition), open(a), open(b))),
    sum: (x, axes, keep) => wrap(hostBackend.sum(open(x), axes, keep)),
    mean: (x, axes, keep) => wrap(hostBackend.mean(open(x), axes, keep)),
    max: (x, axes, keep) => wrap(hostBackend.max(open(x), axes, keep)),
    reshape: (x, shape) => wrap(hostBackend.reshape(open(x), shape)),
    transpose: (x, order) => wrap(hostBackend.transpose(open(x), order)),
    broadcastTo: (x, shape) => wrap(hostBackend.broadcastTo(open(x), shape)),
    slice: (x, begin, end) => wrap(hostBackend.slice(open(x), begin, end)),
    concat: (tensors, axis) => wrap(hostBackend.concat(tensors.map(open), axis)),
    gather: (x, indices, axis) => wrap(hostBackend.gather(open(x), open(indices), axis)),
    matMul: two(hostBackend.matMul),
  };
}
