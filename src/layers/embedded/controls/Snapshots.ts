import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { AccountControl } from "./Controls.js"
export interface SnapshotsService extends Pick<AccountControl, "snapshot" | "restore" | "reset" | "fork"> {
  readonly remember: (accountId: string) => Effect.Effect<void>
}
export class Snapshots extends Context.Tag("effect-dintero/embedded/Snapshots")<Snapshots, SnapshotsService>() {}
export const layer = Layer.succeed(Snapshots, {
  snapshot: () => Effect.dieMessage("x"),
  restore: () => Effect.void,
  reset: () => Effect.void,
  fork: () => Effect.void,
  remember: () => Effect.void
})
