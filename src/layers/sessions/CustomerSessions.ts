/**
 * Which sessions a customer has: one entry of the store for each customer, with the handles of the sessions.
 *
 * A handle is added before its session is stored, and removed after its session. So each stored session of a customer is listed. A handle without a
 * session is left by a killed process, or by a session that ended elsewhere, and is dropped when it is found.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type { TokenKey } from "../../services/AccessTokens.js"
import { TokenStoreError, type TokenStoreService } from "../../services/TokenStore.js"
import { entryKeyOf } from "../stores/EntryKey.js"

const format = "effect-dintero sessions of a customer 1"

const Entry = Schema.parseJson(
  Schema.Struct({
    format: Schema.Literal(format),
    sessions: Schema.Array(Schema.Struct({ handle: Schema.String }))
  })
)

export interface CustomerSessions {
  readonly add: (customerId: string, handle: string) => Effect.Effect<void, TokenStoreError>
  readonly remove: (customerId: string, handle: string) => Effect.Effect<void, TokenStoreError>
  /** The handles, in the order in which they were added. */
  readonly list: (customerId: string) => Effect.Effect<ReadonlyArray<string>, TokenStoreError>
}

const maximumTries = 100

export const make = (store: TokenStoreService, client: TokenKey): CustomerSessions => {
  const keyOf = (customerId: string) => entryKeyOf("customer", { ...client, grant: "session", subject: customerId })

  const read = (key: string) =>
    Effect.flatMap(
      store.read(key),
      Option.match({
        onNone: () => Effect.succeed({ version: Option.none<number>(), handles: [] as ReadonlyArray<string> }),
        onSome: ({ value, version }) =>
          Schema.decodeUnknown(Entry)(Redacted.value(value)).pipe(
            Effect.mapBoth({
              onFailure: () =>
                new TokenStoreError({ reason: "unreadable", message: "The list of a customer's sessions is damaged." }),
              onSuccess: ({ sessions }) => ({ version: Option.some(version), handles: sessions.map(({ handle }) => handle) })
            })
          )
      })
    )

  const change = (customerId: string, next: (handles: ReadonlyArray<string>) => ReadonlyArray<string>) =>
    Effect.gen(function* () {
      const key = yield* keyOf(customerId)
      for (let tries = 0; tries < maximumTries; tries++) {
        const { handles, version } = yield* read(key)
        const changed = next(handles)
        const text = JSON.stringify({ format, sessions: changed.map((handle) => ({ handle })) })
        const isDone =
          changed.length === 0
            ? yield* store.remove(key, { expected: version })
            : Option.isSome(yield* store.write(key, Redacted.make(text), { expected: version }))
        if (isDone) return
      }
      return yield* new TokenStoreError({
        reason: "unavailable",
        message: `Other processes changed the list of a customer's sessions ${maximumTries} times: try again.`
      })
    })

  return {
    add: (customerId, handle) => change(customerId, (handles) => [...handles.filter((other) => other !== handle), handle]),
    remove: (customerId, handle) => change(customerId, (handles) => handles.filter((other) => other !== handle)),
    list: (customerId) => Effect.flatMap(keyOf(customerId), (key) => Effect.map(read(key), ({ handles }) => handles))
  }
}
