/**
 * What is stored of a session.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { TokenStoreError, type TokenStoreService } from "../../services/TokenStore.js"
import { isForeign } from "../stores/EntryText.js"

/**
 * Times are the server's, in ms since 1970, since those who share a session do not share a clock.
 *
 * - `predecessor`: the refresh token before, until the present one has been used
 * - `access_token`: with `issued_at` and `expires_at`; none when only a refresh token is known
 */
export const SessionRecord = Schema.Struct({
  format: Schema.Literal("effect-dintero session 1"),
  refresh_token: Schema.NullOr(Schema.Redacted(Schema.NonEmptyString)),
  predecessor: Schema.NullOr(Schema.Redacted(Schema.NonEmptyString)),
  access_token: Schema.NullOr(Schema.Redacted(Schema.String.pipe(Schema.pattern(/^[\x21-\x7e]+$/)))),
  issued_at: Schema.Finite,
  expires_at: Schema.Finite,
  started_at: Schema.Finite
})

export type SessionRecord = typeof SessionRecord.Type

export const format = "effect-dintero session 1"

export interface StoredSession {
  readonly version: number
  readonly record: SessionRecord
}

const Text = Schema.parseJson(SessionRecord)
const decode = Schema.decodeUnknown(Text)
const encode = Schema.encodeOption(Text)

/** Tokens that no server has given are a mistake of the program. It is not shown them: their place is no log. */
export const toText = (record: SessionRecord): Redacted.Redacted =>
  Redacted.make(
    Option.getOrThrowWith(
      encode(record),
      () => new RangeError("A session's access token is visible ASCII, its refresh token is not empty, and its life is finite")
    )
  )

/** Fails with what is another's, and may be good there. */
export const notForeign = (text: Redacted.Redacted): Effect.Effect<void, TokenStoreError> =>
  isForeign(Redacted.value(text), format)
    ? Effect.fail(
        new TokenStoreError({
          reason: "foreign",
          message:
            "The stored session is of another release, or of another program under the same name. It was left as it is: use a store of its own."
        })
      )
    : Effect.void

const unreadable = (text: Redacted.Redacted): Effect.Effect<never, TokenStoreError> =>
  Effect.zipRight(
    notForeign(text),
    Effect.fail(
      new TokenStoreError({
        reason: "unreadable",
        message: "The stored session is damaged: have the customer log in again, which puts a new one in its place."
      })
    )
  )

/** An entry that is no session is told, and left as it is: it may be somebody else's. */
export const read = (store: TokenStoreService, key: string): Effect.Effect<Option.Option<StoredSession>, TokenStoreError> =>
  Effect.flatMap(
    store.read(key),
    Option.match({
      onNone: () => Effect.succeedNone,
      onSome: ({ value, version }) =>
        decode(Redacted.value(value)).pipe(
          // Not the schema's own error: that has the text in it.
          Effect.catchAll(() => unreadable(value)),
          Effect.map((record) => Option.some({ version, record }))
        )
    })
  )
