/**
 * What a transport that has a queue of its own tells about one request: that it waits for a connection, and when it is written.
 */
export interface Sending {
  /** It waits for a connection, and `leaves` will be called. */
  readonly waits: () => void
  /** It is about to be written. False when nobody waits for its answer any more: then it must not be written. */
  readonly leaves: () => boolean
}
