/**
 * The messages of an ONNX file as plain data, under the names of its specification (onnx.proto), lists in the plural. Fields that
 * nothing here looks at (documentation texts, training information, quantisation notes, whatever a later version adds) are kept as
 * bytes in `unknown` and written back as they were. Nothing is ever changed in place: an edit makes new objects.
 */
export interface ModelProto {
  readonly irVersion: number;
  readonly producerName?: string | undefined;
  readonly producerVersion?: string | undefined;
  readonly opsetImports: readonly OperatorSetId[];
  readonly graph: GraphProto;
  readonly metadataProps: readonly StringStringEntry[];
  readonly functions: readonly FunctionProto[];
  readonly unknown?: readonly Uint8Array[] | undefined;
}

/** The version of a set of operators that a file is written in. */
export interface OperatorSetId {
  /** `""` is the standard set ("ai.onnx"). */
  readonly domain: string;
  readonly version: number;
  readonly unknown?: readonly Uint8Array[] | undefined;
}

/** An entry of free text, as metadata and the places of external data have. */
export interface StringStringEntry {
  readonly key: string;
  readonly value: string;
  readonly unknown?: readonly Uint8Array[] | undefined;
}

/** The nodes of a graph in an order in which they can be computed, with its inputs, outputs and constants. */
export interface GraphProto {
  readonly name: string;
  readonly nodes: readonly NodeProto[];
  readonly initializers: readonly TensorProto[];
  readonly sparseInitializers: readonly SparseTensorProto[];
  readonly inputs: readonly ValueInfoProto[];
  readonly outputs: readonly ValueInfoProto[];
  readonly valueInfos: readonly ValueInfoProto[];
  readonly unknown?: readonly Uint8Array[] | undefined;
}

/** One operation: its operator, the names of the values it takes and gives, and its settings. */
export interface NodeProto {
  /** Value names; `""` is an optional input left out. */
  readonly inputs: readonly string[];
  /** Value names; `""` is an optional output nobody wants. */
  readonly outputs: readonly string[];
  readonly name: string;
  readonly opType: string;
  /** `""` is the standard set. */
  readonly domain: string;
  readonly attributes: readonly AttributeProto[];
  readonly unknown?: readonly Uint8Array[] | undefined;
}

/** A node's setting. Which field holds it is told by `type` ({@link attributeType}); old files leave `type` 0. */
export interface AttributeProto {
  readonly name: string;
  readonly type: number;
  /** Inside a function: the function's attribute that this one takes its value from. */
  readonly refAttrName?: string | undefined;
  readonly f?: number | undefined;
  readonly i?: bigint | undefined;
  readonly s?: Uint8Array | undefined;
  readonly t?: TensorProto | undefined;
  readonly g?: GraphProto | undefined;
  readonly floats?: Float32Array | undefined;
  readonly ints?: BigInt64Array | undefined;
  readonly strings?: readonly Uint8Array[] | undefined;
  readonly tensors?: readonly TensorProto[] | undefined;
  readonly graphs?: readonly GraphProto[] | undefined;
  readonly sparseTensor?: SparseTensorProto | undefined;
  readonly unknown?: readonly Uint8Array[] | undefined;
}

/** Numbers that `AttributeProto.type` can hold. */
export const attributeType: {
  readonly float: 1;
  readonly int: 2;
  readonly string: 3;
  readonly tensor: 4;
  readonly graph: 5;
  readonly floats: 6;
  readonly ints: 7;
  readonly strings: 8;
  readonly tensors: 9;
  readonly graphs: 10;
} = { float: 1, int: 2, string: 3, tensor: 4, graph: 5, floats: 6, ints: 7, strings: 8, tensors: 9, graphs: 10 };

/** A constant. Its elements are in exactly one place: `rawData` (little-endian), one of the typed arrays, or another file. */
export interface TensorProto {
  readonly name: string;
  readonly dims: readonly number[];
  /** Number of the element type: see `elementTypes`. */
  readonly dataType: number;
  readonly rawData?: Uint8Array | undefined;
  readonly floatData?: Float32Array | undefined;
  readonly int32Data?: Int32Array | undefined;
  readonly int64Data?: BigInt64Array | undefined;
  readonly doubleData?: Float64Array | undefined;
  readonly uint64Data?: BigUint64Array | undefined;
  readonly stringData?: readonly Uint8Array[] | undefined;
  /** `location`, `offset` and `length` of the elements in another file, where `dataLocation` is 1. */
  readonly externalData?: readonly StringStringEntry[] | undefined;
  readonly dataLocation?: number | undefined;
  readonly unknown?: readonly Uint8Array[] | undefined;
}

/** A constant of which only the elements that are not 0 are written. */
export interface SparseTensorProto {
  /** The non-zero elements; its name is the value's name. */
  readonly values: TensorProto;
  readonly indices: TensorProto;
  readonly dims: readonly number[];
  readonly unknown?: readonly Uint8Array[] | undefined;
}

/** What a graph says of a value: its name and type. */
export interface ValueInfoProto {
  readonly name: string;
  readonly type?: TypeProto | undefined;
  readonly unknown?: readonly Uint8Array[] | undefined;
}

/** A value's type. Sequences, maps, optionals and sparse tensors are kept in `unknown`. */
export interface TypeProto {
  readonly tensorType?: TensorTypeProto | undefined;
  readonly unknown?: readonly Uint8Array[] | undefined;
}

/** The type of a value that is a tensor: the number of its element type, and its shape. */
export interface TensorTypeProto {
  readonly elemType: number;
  /** Absent where the rank is unknown. */
  readonly shape?: TensorShapeProto | undefined;
  readonly unknown?: readonly Uint8Array[] | undefined;
}

/** The sizes of a value, axis by axis. */
export interface TensorShapeProto {
  readonly dims: readonly DimensionProto[];
  readonly unknown?: readonly Uint8Array[] | undefined;
}

/** A fixed size (`value`), a named free one (`param`), or neither. */
export interface DimensionProto {
  readonly value?: number | undefined;
  readonly param?: string | undefined;
  readonly unknown?: readonly Uint8Array[] | undefined;
}

/** An operator defined in the file itself by other operators. */
export interface FunctionProto {
  readonly name: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Names of attributes without a default. */
  readonly attributes: readonly string[];
  readonly attributeProtos: readonly AttributeProto[];
  readonly nodes: readonly NodeProto[];
  readonly opsetImports: readonly OperatorSetId[];
  readonly unknown?: readonly Uint8Array[] | undefined;
}
