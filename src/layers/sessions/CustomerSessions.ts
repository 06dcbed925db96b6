/**
 * Which sessions a customer has: one entry of the store for each customer, with the handles of the sessions.
 *
 * A handle is added before its session is stored, and removed after its session. So each stored session of a customer is listed. A handle without a
 * session is left by a killed process, or by a session that has expired, and is dropped when it is found.
 *
 * A damaged entry must not stop logins, so the next login replaces it. The other sessions of the customer are listed again when their tokens are
 * renewed.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { lazily } from "../../internal/Lazily.js"
import type { TokenKey } from "../../services/AccessTokens.js"
import { TokenStoreError, type TokenStoreService, type WriteOptions } from "../../services/TokenStore.js"
import { entryKeyOf } from "../stores/EntryKey.js"
import { isForeign } from "../stores/EntryText.js"
import type { SessionRecord } from "./SessionRecord.js"

const format = "effect-dintero sessions of a customer 1"

/**
 * Times are in ms since 1970 on the clock of the server.
 *
 * - `started_at`: that of the session. With an id that the program has chosen, it tells a session from the one that has replaced it
 * - `until`: the session disappears from the store before this time, if its token is not renewed until then. `null` if it can stay for ever
 */
const Listed = Schema.Struct({
  handle: Schema.String,
  started_at: Schema.Finite,
  until: Schema.NullOr(Schema.Finite)
})

export type Listed = typeof Listed.Type

export type Named = Pick<Listed, "handle" | "started_at">

const Text = Schema.parseJson(Schema.Struct({ format: Schema.Literal(format), sessions: Schema.Array(Listed) }))
const decode = lazily(() => Schema.decodeUnknownEither(Text))
const encode = lazily(() => Schema.encodeSync(Text))

export interface Limits {
  readonly unusedFor: Duration.Duration
  readonly maxSessionAge: Duration.Duration
}

export interface Options {
  readonly store: TokenStoreService
  readonly client: TokenKey
  readonly limits: Limits
  /** The time of the server. */
  readonly now: Effect.Effect<number>
}

type Session = Pick<SessionRecord, "customer_id" | "expires_at" | "issued_at" | "refresh_token" | "started_at">

export interface CustomerSessions {
  /** Lists a session of a customer, and returns all that are listed then. A session without a customer is not listed. */
  readonly add: (handle: string, session: Session) => Effect.Effect<ReadonlyArray<Listed>, TokenStoreError>
  readonly remove: (customerId: string, gone: ReadonlyArray<Named>) => Effect.Effect<void, TokenStoreError>
  /** In the order in which they were added. */
  readonly list: (customerId: string) => Effect.Effect<ReadonlyArray<Listed>, TokenStoreError>
}

/** A try fails only because another process has written in between. */
const maximumTries = 100

/** ms. A listed time is later by this than it has to be, so that not every renewal has to write the entry. */
const reserve = Duration.toMillis("1 day")

/** The earliest time after which a session is certainly not in the store any more, unless its token is renewed before. */
const endOf = ({ expires_at, issued_at, refresh_token }: Session, now: number, { unusedFor }: Limits): number =>
  refresh_token === null
    ? expires_at
    : // Without a renewal it can be used for as long as its token is good. The next token may be good for as long as this one.
      Math.max(now, expires_at) + Math.max(0, expires_at - issued_at) + Duration.toMillis(unusedFor)

const listedOf = (handle: string, session: Session, now: number, limits: Limits): Listed => {
  const { started_at } = session
  const until = Math.min(started_at + Duration.toMillis(limits.maxSessionAge), endOf(session, now, limits) + reserve)
  return { handle, started_at, until: Number.isFinite(until) ? until : null }
}

/** An entry stays for as long as any of its sessions can. */
const lifeOf = (sessions: ReadonlyArray<Listed>, now: number): WriteOptions => {
  const until = Math.max(...sessions.map(({ until }) => until ?? Number.POSITIVE_INFINITY))
  return Number.isFinite(until) ? { timeToLive: Duration.millis(Math.max(1, until - now)) } : {}
}

const damaged = new TokenStoreError({
  reason: "unreadable",
  message:
    "The list of a customer's sessions is damaged. The next login of the customer replaces it. Other sessions are listed again when their tokens are renewed."
})

const foreign = new TokenStoreError({
  reason: "foreign",
  message:
    "The list of a customer's sessions was written by another release, or by another program under the same name. It was not changed. Use a separate store."
})

interface Entry {
  /** None if there is no entry, or the store cannot read it. */
  readonly version: Option.Option<number>
  /** None if they are damaged. */
  readonly sessions: Option.Option<ReadonlyArray<Listed>>
}

const isSame = (one: Named, other: Named): boolean => one.handle === other.handle && one.started_at === other.started_at

export const make = ({ client, limits, now, store }: Options): CustomerSessions => {
  const keyOf = (customerId: string) => entryKeyOf("customer", { ...client, grant: "session", subject: customerId })

  const read = (key: string): Effect.Effect<Entry, TokenStoreError> =>
    store.read(key).pipe(
      Effect.flatMap(
        Option.match({
          onNone: () => Effect.succeed<Entry>({ version: Option.none(), sessions: Option.some([]) }),
          onSome: ({ value, version }) => {
            const text = Redacted.value(value)
            const found = decode(text)
            if (Either.isRight(found)) {
              return Effect.succeed<Entry>({ version: Option.some(version), sessions: Option.some(found.right.sessions) })
            }
            return isForeign(text, format)
              ? Effect.fail(foreign)
              : Effect.succeed<Entry>({ version: Option.some(version), sessions: Option.none() })
          }
        })
      ),
      Effect.catchIf(
        ({ reason }) => reason === "unreadable",
        () => Effect.succeed<Entry>({ version: Option.none(), sessions: Option.none() })
      )
    )

  /** `next` returns none when there is nothing to change. */
  const change = (
    customerId: string,
    next: (sessions: Entry["sessions"], now: number) => Option.Option<ReadonlyArray<Listed>>
  ): Effect.Effect<ReadonlyArray<Listed>, TokenStoreError> =>
    Effect.gen(function* () {
      const key = yield* keyOf(customerId)
      for (let tries = 0; tries < maximumTries; tries++) {
        const { sessions, version } = yield* read(key)
        const at = yield* now
        const changed = next(sessions, at)
        if (Option.isNone(changed)) return Option.getOrElse(sessions, () => [])
        const condition = { expected: version, orUnreadable: Option.isNone(sessions) }
        const isDone =
          changed.value.length === 0
            ? yield* store.remove(key, condition)
            : Option.isSome(
                yield* store.write(
                  key,
                  Redacted.make(encode({ format, sessions: changed.value })),
                  condition,
                  lifeOf(changed.value, at)
                )
              )
        if (isDone) return changed.value
      }
      return yield* new TokenStoreError({
        reason: "unavailable",
        message: `Other processes changed the list of a customer's sessions ${maximumTries} times: try again.`
      })
    })

  return {
    add: (handle, session) =>
      session.customer_id === null
        ? Effect.succeed([])
        : change(session.customer_id, (found, now) => {
            const sessions = Option.getOrElse(found, (): ReadonlyArray<Listed> => [])
            const added = listedOf(handle, session, now, limits)
            const isLongEnough = ({ until }: Listed) =>
              until === null || (added.until !== null && until >= Math.min(added.until, endOf(session, now, limits)))
            if (sessions.some((listed) => isSame(listed, added) && isLongEnough(listed))) return Option.none()
            return Option.some([
              ...sessions.filter((listed) => listed.handle !== handle && (listed.until === null || listed.until > now)),
              added
            ])
          }),
    remove: (customerId, gone) =>
      gone.length === 0
        ? Effect.void
        : Effect.asVoid(
            // A damaged entry stays. Without it, sessions would be missing in a list that looks complete.
            change(customerId, (found) =>
              Option.filterMap(found, (sessions) => {
                const left = sessions.filter((listed) => !gone.some((session) => isSame(listed, session)))
                return left.length === sessions.length ? Option.none() : Option.some(left)
              })
            )
          ),
    list: (customerId) =>
      Effect.flatMap(Effect.flatMap(keyOf(customerId), read), ({ sessions }) =>
        Option.match(sessions, { onNone: () => Effect.fail(damaged), onSome: Effect.succeed })
      )
  }
}
