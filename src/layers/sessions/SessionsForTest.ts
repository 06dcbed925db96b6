/**
 * The sessions by functions of a test.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as GivenService from "../../internal/GivenService.js"
import type { PendingLoginsService } from "../../services/PendingLogins.js"
import type { SessionsService } from "../../services/Sessions.js"
import * as MemoryStore from "../stores/MemoryStore.js"
import * as PendingEntries from "./PendingEntries.js"

const shape: { readonly [Name in keyof SessionsService]: "method" | "effect" } = {
  start: "method",
  startFrom: "method",
  resume: "method",
  ofCustomer: "method",
  end: "method",
  endAll: "method",
  health: "effect"
}

export const make = (given: { readonly [Name in keyof SessionsService]?: SessionsService[Name] | undefined }): SessionsService =>
  // Seam: `complete` makes the service from its shape, which the compiler holds against the interface.
  GivenService.complete(shape, given, "sessions", "Sessions.layerTest") as SessionsService

/** In a memory of their own. */
export const pendingLogins: Effect.Effect<PendingLoginsService> = Effect.map(MemoryStore.make, (store) =>
  PendingEntries.make(store, {
    key: { baseUrl: "", account: "", client: "test", grant: "static", subject: "", audience: "" },
    get: Effect.succeed({ value: Redacted.make("access-token-of-a-test"), generation: 1, expiresAt: Option.none() }),
    serverOffset: Effect.succeedNone
  })
)
