import { InvalidArgumentError } from "@attr/core";

/** Features tied into players, numbered in the order in which they first appear. */
export interface Players {
  readonly players: number;
  /** The player of every feature. */
  readonly playerOf: readonly number[];
}

/** Every feature is a player of its own. */
export function onePlayerEach(features: number): Players {
  return { players: features, playerOf: Array.from({ length: features }, (_, feature) => feature) };
}

/**
 * Features with equal ids are one player.
 *
 * @param name The argument the ids come from, for messages.
 */
export function playersByMask(mask: readonly (number | string)[], features: number, name: string): Players {
  if (mask.length !== features)
    throw new InvalidArgumentError(`${name} must hold one id a feature: ${features} features, got ${mask.length} ids`);
  const numbers = new Map<number | string, number>();
  const playerOf = mask.map((id) => {
    if (typeof id !== "string" && !(typeof id === "number" && !Number.isNaN(id)))
      throw new InvalidArgumentError(`${name} must hold numbers or strings, got ${String(id)}`);
    const player = numbers.get(id) ?? numbers.size;
    numbers.set(id, player);
    return player;
  });
  return { players: numbers.size, playerOf };
}

/** Every `size` features in a row are one player; the last may have fewer. */
export function playersInRow(features: number, size: number, name: string): Players {
  if (!Number.isInteger(size) || size < 1) throw new InvalidArgumentError(`${name} must be a whole number from 1, got ${size}`);
  return {
    players: Math.ceil(features / size),
    playerOf: Array.from({ length: features }, (_, feature) => Math.floor(feature / size)),
  };
}
