import { InvalidArgumentError } from "@attr/core";

/** How a causal model is asked: what is put between the prompt and the answers, and what an answer is. */
export interface ChoiceFormat {
  /**
   * What an answer is: the option itself (`continuation`), or the letter of the option in a list that is put after the prompt (`letters`).
   *
   * @defaultValue "continuation"
   */
  readonly answers?: "continuation" | "letters" | undefined;
  /**
   * Text between the prompt and the answer, never taken away; `{options}` takes the list of the options.
   *
   * @defaultValue "" for continuations, "\n{options}\nAnswer:" for letters
   */
  readonly between?: string | undefined;
  /** A line of the list; `{letter}` and `{option}` take the option's. @defaultValue "{letter}) {option}" */
  readonly listed?: string | undefined;
  /**
   * The answer that is scored; `{letter}` and `{option}` take the option's.
   *
   * @defaultValue "{option}" or "{letter}", after a space where neither what stands before nor the option has one
   */
  readonly answer?: string | undefined;
  /** One letter an option. @defaultValue A, B, C, … */
  readonly letters?: readonly string[] | undefined;
}

/** A format filled with a question's options. */
export interface FormattedChoice {
  readonly between: string;
  /** The text that is scored, one an option. */
  readonly answers: readonly string[];
}

/**
 * @param prompt The whole prompt, where it is known as text: whether it ends with white space decides about the answer's.
 */
export function formatChoice(format: ChoiceFormat, options: readonly string[], prompt: string | undefined): FormattedChoice {
  const kind = format.answers ?? "continuation";
  if (kind !== "continuation" && kind !== "letters")
    throw new InvalidArgumentError(`format.answers must be "continuation" or "letters", got ${JSON.stringify(kind)}`);
  const letters = format.letters ?? options.map((_, index) => letter(index));
  if (letters.length < options.length)
    throw new InvalidArgumentError(
      `format.letters must hold one letter an option: ${options.length} options, got ${letters.length}`,
    );
  if (new Set(letters.slice(0, options.length)).size < options.length)
    throw new InvalidArgumentError(`format.letters must differ, got ${letters.join(", ")}`);
  const fields = (index: number) => ({ letter: letters[index]!, option: options[index]! });
  const list = options.map((_, index) => fill(format.listed ?? "{letter}) {option}", fields(index), "format.listed")).join("\n");
  const between = fill(format.between ?? (kind === "letters" ? "\n{options}\nAnswer:" : ""), { options: list }, "format.between");
  const before = (prompt ?? "") + between;
  const answers = options.map((option, index) => {
    if (format.answer !== undefined) return fill(format.answer, fields(index), "format.answer");
    const answer = kind === "letters" ? letters[index]! : option;
    return /^\s/.test(answer) || /\s$/.test(before) ? answer : ` ${answer}`;
  });
  return { between, answers };
}

function fill(template: string, fields: Readonly<Record<string, string>>, name: string): string {
  return template.replace(/\{(letter|option|options)\}/g, (field, key: string) => {
    const value = fields[key];
    if (value === undefined)
      throw new InvalidArgumentError(`${name} has no field ${field}: it knows {${Object.keys(fields).join("}, {")}}`);
    return value;
  });
}

/** A, B, …, Z, AA, AB, … */
function letter(index: number): string {
  const last = String.fromCharCode(65 + (index % 26));
  return index < 26 ? last : letter(Math.floor(index / 26) - 1) + last;
}
