/**
 * Pending logins in a token store.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import type { TokenKey } from "../../services/AccessTokens.js"
import type { PendingLoginsService } from "../../services/PendingLogins.js"
import { TokenStoreError, type TokenStoreService } from "../../services/TokenStore.js"
import { entryKeyOf } from "../stores/EntryKey.js"
import * as SessionIds from "./SessionIds.js"

export const make = (store: TokenStoreService, client: TokenKey): PendingLoginsService => {
  const keyOf = (id: string | Redacted.Redacted) =>
    entryKeyOf("pending", { ...client, grant: "session", subject: SessionIds.textOf(id) })
  return {
    add: (value, timeToLive) =>
      Effect.gen(function* () {
        const id = yield* SessionIds.make
        const written = yield* store.write(yield* keyOf(id), value, { expected: Option.none() }, { timeToLive })
        if (Option.isSome(written)) return id
        return yield* new TokenStoreError({ reason: "unavailable", message: "The store has an entry under a new random key." })
      }),
    read: (id) => Effect.flatMap(keyOf(id), store.read),
    replace: (id, version, value, timeToLive) =>
      Effect.flatMap(keyOf(id), (key) => store.write(key, value, { expected: Option.some(version) }, { timeToLive })),
    remove: (id, version) => Effect.flatMap(keyOf(id), (key) => store.remove(key, { expected: Option.some(version) }))
  }
}
