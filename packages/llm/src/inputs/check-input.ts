import { InvalidArgumentError } from "@attr/core";
import type { InterpretableInput } from "./interpretable-input.ts";

/** Refuses what is no input of this library. */
export function checkInput(input: unknown): InterpretableInput {
  if (
    typeof input === "object" &&
    input !== null &&
    "prompt" in input &&
    typeof input.prompt === "function" &&
    "playerOf" in input
  )
    // The two members no other kind of object has.
    return input as InterpretableInput;
  throw new InvalidArgumentError(
    `input must be a text or an input (TextTokenInput, TextSegmentInput, TextTemplateInput, ChatInput), got ${input === null ? "null" : Array.isArray(input) ? "an array" : typeof input}`,
  );
}
