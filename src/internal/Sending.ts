/**
 * Callbacks for a transport with a queue of its own. It reports that a request waits for a connection, and when the request is written.
 */
export interface Sending {
  /** Called when the request begins to wait for a connection. A call of `leaves` follows. */
  readonly waits: () => void
  /** Called when the request is about to be written. It must not be written if this returns false: nobody waits for the answer any more. */
  readonly leaves: () => boolean
}
