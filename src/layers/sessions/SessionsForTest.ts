/**
 * The sessions by functions of a test.
 */
import * as Effect from "effect/Effect"
import * as GivenService from "../../internal/GivenService.js"
import type { TokenKey } from "../../services/AccessTokens.js"
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

const key: TokenKey = { baseUrl: "", account: "", client: "test", grant: "static", subject: "", audience: "" }

/** In a memory of their own. */
export const pendingLogins: Effect.Effect<PendingLoginsService> = Effect.map(MemoryStore.make, (store) =>
  PendingEntries.make(store, key)
)
