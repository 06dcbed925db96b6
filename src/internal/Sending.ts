/**
 * Callbacks for a transport with a queue of its own. It reports that a request waits for a connection, and when the request is written.
 *
 * They are in a `FiberRef` and not on the client, so that they reach the transport through any wrapper of an application's client.
 */
import * as FiberRef from "effect/FiberRef"
import { globalValue } from "effect/GlobalValue"

export interface Sending {
  /** Called when the request begins to wait for a connection. A call of `leaves` follows. */
  readonly waits: () => void
  /** Called when the request is about to be written. It must not be written if this returns false: nobody waits for the answer any more. */
  readonly leaves: () => boolean
}

/** `undefined` when the caller needs no report. */
export const current: FiberRef.FiberRef<Sending | undefined> = globalValue(Symbol.for("effect-dintero/Sending"), () =>
  FiberRef.unsafeMake<Sending | undefined>(undefined)
)
