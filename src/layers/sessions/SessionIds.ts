/**
 * The ids of sessions and pending logins, and the store keys that are made from them. An id is a secret, so the store has only its hash.
 */
import * as Effect from "effect/Effect"
import * as Encoding from "effect/Encoding"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { TokenKey } from "../../services/AccessTokens.js"
import { entryKeyOf } from "../stores/EntryKey.js"

/** An id of 256 random bits, in 43 characters of `A-Z a-z 0-9 - _`. */
export const make: Effect.Effect<Redacted.Redacted> = Effect.sync(() =>
  Redacted.make(Encoding.encodeBase64Url(crypto.getRandomValues(new Uint8Array(32))))
)

export const textOf = (id: string | Redacted.Redacted): string => (Redacted.isRedacted(id) ? Redacted.value(id) : id)

const prefix = "session-"

/** The handle of a session is the hash in its store key. */
export const handleOf = (client: TokenKey, id: string | Redacted.Redacted): Effect.Effect<string> =>
  Effect.map(entryKeyOf("session", { ...client, grant: "session", subject: textOf(id) }), (key) => key.slice(prefix.length))

export const storeKeyOf = (handle: string): string => `${prefix}${handle}`

const replacedPrefix = "replaced-"

/** The key of an entry whose removal tells other processes that the session was replaced. */
export const replacedKeyOf = (handle: string): string => `${replacedPrefix}${handle}`

/** The handle in a key of `storeKeyOf` or `replacedKeyOf`. */
export const handleInKey = (key: string): Option.Option<string> =>
  Option.map(Option.fromNullable([prefix, replacedPrefix].find((start) => key.startsWith(start))), (start) =>
    key.slice(start.length)
  )

const handles = /^[0-9a-f]{64}$/

/** Whether a text can be a handle. Other texts are no keys of a store. */
export const isHandle = (text: string): boolean => handles.test(text)
