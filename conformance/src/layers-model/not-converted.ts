/** What has no layers model of TensorFlow.js, with the reason: a case of it is skipped with that. */
export class NotConverted extends Error {
  override readonly name = "NotConverted";
}
