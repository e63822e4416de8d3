import { extname } from "node:path";
import { type HostTensor, InvalidArgumentError, seededRandom, type TensorLike, tensor, type ValueInfo } from "@attr/core";
import type { TensorModel } from "../models/open-tensor-model.ts";
import { type AskedRange, isPicture, preparedPicture, readingOf } from "../pictures/model-picture.ts";
import { readPicture } from "../pictures/read-picture.ts";
import { readTextFile } from "../read-text-file.ts";
import { readModelTable, rowOf, tableReadingOf } from "../tables/model-table.ts";

/** What is fed for an input may be, in words: for help texts and sentences. */
export const feedForms = "a picture, a .json of nested numbers, a row of a .csv, numbers as in [[1,2]], or zeros, ones, random";

/** How the words of `--input` are read, beside the model. */
export interface FeedReading {
  /** The row of a table, from 0. */
  readonly row: number;
  readonly seed: number;
  /** What colours of a picture become. */
  readonly range: AskedRange;
  /** The option that the words stand behind, for sentences. */
  readonly option: string;
}

/**
 * What a model is fed, from `NAME=VALUE` for each of its inputs, or VALUE alone where it has one. A value is one of {@link feedForms}; a
 * .json may also hold all inputs by name.
 *
 * @throws InvalidArgumentError for a value that is none of these, or does not fit its input.
 */
export async function readFeeds(
  opened: TensorModel,
  words: readonly string[],
  reading: FeedReading,
): Promise<Readonly<Record<string, HostTensor>>> {
  const { inputs } = opened.model;
  const feeds: Record<string, HostTensor> = {};
  const put = (name: string, value: HostTensor): void => {
    if (Object.hasOwn(feeds, name)) throw new InvalidArgumentError(`--${reading.option} gives "${name}" twice`);
    feeds[name] = value;
  };
  for (const word of words) {
    const named = inputs.find(({ name }) => word.startsWith(`${name}=`));
    const text = named === undefined ? word : word.slice(named.name.length + 1);
    const data = extname(text) === ".json" ? await jsonFile(text) : undefined;
    if (named === undefined && isByName(data)) {
      for (const [name, value] of Object.entries(data)) put(name, numbers(inputNamed(inputs, name, reading), value, reading));
      continue;
    }
    const info = named ?? inputs[0];
    if (info === undefined || (named === undefined && inputs.length > 1))
      throw new InvalidArgumentError(
        `--${reading.option} ${JSON.stringify(word)} must say which input it is for, as in ${inputs[0]?.name ?? "NAME"}=VALUE: "${opened.name}" takes ${listed(inputs)}`,
      );
    put(info.name, data === undefined ? await feedOf(opened, info, text, reading) : numbers(info, data, reading));
  }
  return feeds;
}

async function feedOf(opened: TensorModel, info: ValueInfo, text: string, reading: FeedReading): Promise<HostTensor> {
  if (text === "zeros" || text === "ones" || text === "random") return filled(info, text, reading);
  if (isPicture(text)) return preparedPicture(await readPicture(text), await readingOf(opened, reading.range)).tensor;
  if (/\.(csv|tsv)$/i.test(text)) {
    const table = await tableReadingOf(opened);
    return rowOf(await readModelTable(text, table, { columns: table.columns, label: undefined }), reading.row, text);
  }
  if (/^\s*(\[|-?\d)/.test(text)) return numbers(info, parsed(text, `--${reading.option}`), reading);
  throw new InvalidArgumentError(`--${reading.option} ${JSON.stringify(text)} is no value for "${info.name}": give ${feedForms}`);
}

function filled(info: ValueInfo, how: "zeros" | "ones" | "random", { option, seed }: FeedReading): HostTensor {
  const shape = info.shape?.map((size, axis) => (typeof size === "number" ? size : axis === 0 ? 1 : undefined));
  if (shape === undefined || shape.includes(undefined))
    throw new InvalidArgumentError(
      `--${option} ${how}: the shape of "${info.name}" is [${info.shape?.map((size) => size ?? "?").join(", ") ?? "unknown"}], which leaves its size open: give numbers`,
    );
  const sizes = shape as readonly number[]; // none is open
  const length = sizes.reduce((product, size) => product * size, 1);
  const random = seededRandom(seed).fork(info.name);
  const whole = info.dtype === "int32" || info.dtype === "int64" || info.dtype === "bool";
  const number = (): number => (whole ? random.integer(2) : random.next());
  const data = Float64Array.from({ length }, () => (how === "zeros" ? 0 : how === "ones" ? 1 : number()));
  return tensor(tensor({ data, shape: sizes, dtype: "float64" }), info.dtype ?? "float32");
}

/** Nested numbers as the input takes them; an example alone gets its axis of examples. */
function numbers(info: ValueInfo, value: unknown, { option }: FeedReading): HostTensor {
  let given: HostTensor;
  try {
    given = tensor(value as TensorLike, info.dtype ?? "float32"); // what it is not, the tensor says
  } catch (cause) {
    throw new InvalidArgumentError(
      `--${option} of "${info.name}" holds no numbers: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
  const rank = info.shape?.length ?? given.shape.length;
  if (given.shape.length === rank - 1)
    return tensor({ data: given.data, shape: [1, ...given.shape], dtype: given.dtype } as TensorLike);
  if (given.shape.length !== rank)
    throw new InvalidArgumentError(
      `--${option} of "${info.name}" has shape [${given.shape.join(", ")}], and the model takes [${info.shape?.map((size) => size ?? "?").join(", ")}]`,
    );
  return given;
}

async function jsonFile(path: string): Promise<unknown> {
  return parsed(await readTextFile(path, "file"), path);
}

function parsed(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new InvalidArgumentError(`${name} is no JSON: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

function isByName(data: unknown): data is Readonly<Record<string, unknown>> {
  return typeof data === "object" && data !== null && !Array.isArray(data);
}

function inputNamed(inputs: readonly ValueInfo[], name: string, { option }: FeedReading): ValueInfo {
  const info = inputs.find((one) => one.name === name);
  if (info === undefined) throw new InvalidArgumentError(`--${option} gives "${name}", and the model takes ${listed(inputs)}`);
  return info;
}

/** Inputs that a sentence names; of more, the first. */
const mostNamed = 4;

export function listed(inputs: readonly ValueInfo[]): string {
  const named = inputs
    .slice(0, mostNamed)
    .map(({ name, dtype, shape }) => `"${name}" ${dtype ?? ""} [${shape?.map((size) => size ?? "?").join(", ") ?? "?"}]`);
  return `${named.join(", ")}${inputs.length > mostNamed ? ` and ${inputs.length - mostNamed} more` : ""}`;
}
