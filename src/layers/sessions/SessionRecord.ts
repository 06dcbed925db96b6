/**
 * The stored form of a session.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { lazily } from "../../internal/Lazily.js"
import { TokenStoreError, type TokenStoreService, type WriteOptions } from "../../services/TokenStore.js"
import { isForeign } from "../stores/EntryText.js"

/** ms. The times that a `Date` can have. A number beyond them is damage, and not the time of anything. */
const Time = Schema.Finite.pipe(Schema.between(-8.64e15, 8.64e15))

/**
 * Times are in ms since 1970 on the clock of the server, since processes that share a session may have different clocks.
 *
 * - `predecessor`: the refresh token before the present one, until the present one has been used
 * - `access_token`: `null` when only a refresh token is known. `issued_at` and `expires_at` belong to it
 * - `last_used_at`: as long ago at most as the option `lastUsed` says
 *
 * The fields with a default are missing in entries of an earlier release.
 */
export const SessionRecord = Schema.Struct({
  format: Schema.Literal("effect-dintero session 1"),
  refresh_token: Schema.NullOr(Schema.Redacted(Schema.NonEmptyString)),
  predecessor: Schema.NullOr(Schema.Redacted(Schema.NonEmptyString)),
  access_token: Schema.NullOr(Schema.Redacted(Schema.String.pipe(Schema.pattern(/^[\x21-\x7e]+$/)))),
  issued_at: Schema.Finite,
  expires_at: Schema.Finite,
  started_at: Time,
  last_used_at: Schema.optionalWith(Schema.NullOr(Time), { default: () => null }),
  customer_id: Schema.optionalWith(Schema.NullOr(Schema.String), { default: () => null }),
  label: Schema.optionalWith(Schema.NullOr(Schema.String), { default: () => null })
})

export type SessionRecord = typeof SessionRecord.Type

export const format = "effect-dintero session 1"

export interface StoredSession {
  readonly version: number
  readonly record: SessionRecord
}

const Text = Schema.parseJson(SessionRecord)
const decode = lazily(() => Schema.decodeUnknown(Text))
const encode = lazily(() => Schema.encodeOption(Text))

/** Tokens of a form that no server gives are a mistake of the program. The message does not show them, so that they get into no log. */
export const toText = (record: SessionRecord): Redacted.Redacted =>
  Redacted.make(
    Option.getOrThrowWith(
      encode(record),
      () =>
        new RangeError(
          "A session needs an access token of visible ASCII characters, a refresh token that is not empty, and a finite life"
        )
    )
  )

/** Fails if the text belongs to another program or release, where it may be valid. */
export const notForeign = (text: Redacted.Redacted): Effect.Effect<void, TokenStoreError> =>
  isForeign(Redacted.value(text), format)
    ? Effect.fail(
        new TokenStoreError({
          reason: "foreign",
          message:
            "The stored session was written by another release, or by another program under the same name. It was not changed. Use a separate store."
        })
      )
    : Effect.void

const unreadable = (text: Redacted.Redacted): Effect.Effect<never, TokenStoreError> =>
  Effect.zipRight(
    notForeign(text),
    Effect.fail(
      new TokenStoreError({
        reason: "unreadable",
        message: "The stored session is damaged. Have the customer log in again to replace it."
      })
    )
  )

/** Reads a session. It fails for an entry that is not a session, and does not change the entry, which may belong to another program. */
export const read = (store: TokenStoreService, key: string): Effect.Effect<Option.Option<StoredSession>, TokenStoreError> =>
  Effect.flatMap(
    store.read(key),
    Option.match({
      onNone: () => Effect.succeedNone,
      onSome: ({ value, version }) =>
        decode(Redacted.value(value)).pipe(
          // The error of the schema is dropped, because it contains the text.
          Effect.catchAll(() => unreadable(value)),
          Effect.map((record) => Option.some({ version, record }))
        )
    })
  )

/** Removes an entry that is damaged. An entry that is a session, or that another program wrote, stays. */
export const removeDamaged = (store: TokenStoreService, key: string): Effect.Effect<void, TokenStoreError> =>
  Effect.gen(function* () {
    const entry = yield* Effect.catchIf(
      store.read(key),
      ({ reason }) => reason === "unreadable",
      () => Effect.succeedNone
    )
    if (Option.isSome(entry)) {
      if (Option.isSome(yield* Effect.option(decode(Redacted.value(entry.value.value))))) return
      yield* notForeign(entry.value.value)
    }
    yield* store.remove(key, { expected: Option.map(entry, ({ version }) => version), orUnreadable: Option.isNone(entry) })
  })

/**
 * How long an entry stays in the store when it is written at `now` (ms, the server's clock): until the session was not used for `unusedFor`, has
 * reached its greatest age, or has an access token that expired and no refresh token, whichever comes first.
 */
export const lifeOf = (
  { expires_at, refresh_token, started_at }: SessionRecord,
  now: number,
  limits: { readonly unusedFor: Duration.Duration; readonly maxSessionAge: Duration.Duration }
): WriteOptions => {
  const millis = Math.min(
    Duration.toMillis(limits.unusedFor),
    started_at + Duration.toMillis(limits.maxSessionAge) - now,
    refresh_token === null ? expires_at - now : Number.POSITIVE_INFINITY
  )
  return Number.isFinite(millis) ? { timeToLive: Duration.millis(Math.max(1, millis)) } : {}
}

/**
 * Whether two records are of one login. Under an id that the program chose, a later login replaces the session. A session from a refresh token alone
 * may get to know its customer later.
 */
export const isSameLogin = (one: SessionRecord, other: SessionRecord): boolean =>
  one.started_at === other.started_at &&
  (one.customer_id === other.customer_id || one.customer_id === null || other.customer_id === null) &&
  one.label === other.label

const withoutUse = (record: SessionRecord): string => Redacted.value(toText({ ...record, last_used_at: null }))

/** Whether two records differ in the time of their last use at most. */
export const isSameButUse = (one: SessionRecord, other: SessionRecord): boolean => withoutUse(one) === withoutUse(other)
