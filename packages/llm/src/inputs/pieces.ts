import { InvalidArgumentError } from "@attr/core";
import type { TextDocument } from "@attr/viz";
import type { InterpretableInput } from "./interpretable-input.ts";

/** A part of a prompt as pictures show it. */
export type Piece = TextDocument["pieces"][number];

/** An input as pictures show it: the whole text with its features in it, or the features alone where the text is not known. */
export function piecesOf(input: InterpretableInput): Piece[] {
  const { layout, values } = input;
  if (layout === undefined)
    return values.flatMap((text, feature): Piece[] => (feature === 0 ? [{ text, feature }] : [{ text: " " }, { text, feature }]));
  const order = values
    .map((_, feature) => feature)
    .sort((a, b) => layout.spans[a]![0] - layout.spans[b]![0] || layout.spans[a]![1] - layout.spans[b]![1] || a - b);
  const pieces: Piece[] = [];
  let at = 0;
  for (const feature of order) {
    const [start, end] = layout.spans[feature]!;
    if (start > at) pieces.push({ text: layout.text.slice(at, start) });
    // A token that carries no text of its own (BOS, a further byte of an emoji) is shown by its name.
    pieces.push({ text: layout.text.slice(Math.max(at, start), end) || values[feature]!, feature });
    at = Math.max(at, end);
  }
  if (at < layout.text.length) pieces.push({ text: layout.text.slice(at) });
  return pieces;
}

/** One number a player as one number a feature: features of one player each carry its whole number. */
export function byFeature(players: Float64Array, playerOf: readonly number[]): Float64Array {
  const features = new Float64Array(playerOf.length);
  for (let feature = 0; feature < features.length; feature++) features[feature] = players[playerOf[feature]!]!;
  return features;
}

/**
 * The other way round: one number a player of the input, from a result's numbers.
 *
 * @throws InvalidArgumentError where the result's features, by their groups, are not those of the input.
 */
export function byPlayer(features: Float64Array, input: InterpretableInput, groups: readonly number[]): Float64Array {
  const { players, playerOf } = input;
  if (groups.length !== playerOf.length || groups.some((player, feature) => player !== playerOf[feature]))
    throw new InvalidArgumentError(
      `the result is of ${groups.length} features, and the input has ${playerOf.length}, or groups them otherwise: give the input it was made for`,
    );
  const scores = new Float64Array(players);
  for (let feature = 0; feature < playerOf.length; feature++) scores[playerOf[feature]!] = features[feature]!;
  return scores;
}
