/** Bounds of what the server takes on. */
export interface ServeLimits {
  /** Bytes of the body of a question in words, and of one in tensors. */
  readonly textBody: number;
  readonly tensorBody: number;
  /** Requests that may wait while one runs a model. */
  readonly waiting: number;
  /** Seconds that a model may work at one request, its wait not counted. */
  readonly seconds: number;
  /** Results that are kept to be looked at again. */
  readonly results: number;
}
