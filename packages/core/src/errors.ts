/** What every error of this library is: the sentence names the argument, what is wrong and what was got. */
export class AttributionError extends Error {
  override readonly name: string = "AttributionError";
}

/** An argument that cannot be used: wrong shape, range, type or combination. */
export class InvalidArgumentError extends AttributionError {
  override readonly name: string = "InvalidArgumentError";
}

/** Something asked of a model, method or runtime that cannot do it; the sentence says what to do instead. */
export class UnsupportedError extends AttributionError {
  override readonly name: string = "UnsupportedError";
}

/** An operator of a model that has no rule; names the operator and its node. */
export class UnsupportedOpError extends UnsupportedError {
  override readonly name: string = "UnsupportedOpError";
}

/** Text or ids that a tokenizer cannot turn into each other as asked. */
export class TokenizationError extends AttributionError {
  override readonly name: string = "TokenizationError";
}

/** A remote model that did not answer, or answered something else. */
export class RemoteError extends AttributionError {
  override readonly name: string = "RemoteError";
}
