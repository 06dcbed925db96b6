/**
 * What a transport that has a queue of its own tells about one request: that it waits for a connection, and when it is written.
 *
 * It is in a `FiberRef`, not on the client, so that it arrives through whatever an application has put around its client.
 */
import * as FiberRef from "effect/FiberRef"
import { globalValue } from "effect/GlobalValue"

export interface Sending {
  /** It waits for a connection, and `leaves` will be called. */
  readonly waits: () => void
  /** It is about to be written. False when nobody waits for its answer any more: then it must not be written. */
  readonly leaves: () => boolean
}

/** None where nobody asks. */
export const current: FiberRef.FiberRef<Sending | undefined> = globalValue(Symbol.for("effect-dintero/Sending"), () =>
  FiberRef.unsafeMake<Sending | undefined>(undefined)
)
