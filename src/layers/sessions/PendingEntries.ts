/**
 * Pending logins in a token store.
 *
 * A text that cannot be read as a pending login belongs to another release or program, or is damaged. It counts as none and is not changed: nobody can use
 * it here, and it disappears when its time is over.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { lazily } from "../../internal/Lazily.js"
import type { AccessTokensService } from "../../services/AccessTokens.js"
import * as Account from "../../services/Account.js"
import type { PendingLoginsService, StoredLogin } from "../../services/PendingLogins.js"
import { TokenStoreError, type TokenStoreService } from "../../services/TokenStore.js"
import { entryKeyOf } from "../stores/EntryKey.js"
import * as SessionIds from "./SessionIds.js"

const format = "effect-dintero pending login 1"

const Secret = Schema.Redacted(Schema.String)

const Text = Schema.parseJson(
  Schema.Struct({
    format: Schema.Literal(format),
    mfa_token: Secret,
    oob_code: Secret,
    channel: Schema.NullOr(Schema.Literal("sms", "email")),
    tries: Schema.Int.pipe(Schema.positive()),
    tries_left: Schema.NonNegativeInt,
    messages_left: Schema.NonNegativeInt,
    lifetime: Schema.Finite.pipe(Schema.between(1, Duration.toMillis("1 day"))),
    // The greatest time that a `Date` can have.
    expires_at: Schema.Finite.pipe(Schema.between(0, 8.64e15))
  })
)

const decode = lazily(() => Schema.decodeUnknownOption(Text))
const encode = lazily(() => Schema.encodeOption(Text))

const toText = (login: StoredLogin): Redacted.Redacted =>
  Redacted.make(
    Option.getOrThrowWith(
      encode({
        format,
        mfa_token: login.mfaToken,
        oob_code: login.oobCode,
        channel: login.channel,
        tries: login.tries,
        tries_left: login.triesLeft,
        messages_left: login.messagesLeft,
        lifetime: login.lifetime,
        expires_at: login.expiresAt
      }),
      // A mistake of the program. The message does not show the tokens, so that they get into no log.
      () => new RangeError("A pending login needs a channel that is sms, email or not known, and whole numbers of tries")
    )
  )

const ofText = (text: Redacted.Redacted): Option.Option<StoredLogin> =>
  Option.map(decode(Redacted.value(text)), (read) => ({
    mfaToken: read.mfa_token,
    oobCode: read.oob_code,
    channel: read.channel,
    tries: read.tries,
    triesLeft: read.tries_left,
    messagesLeft: read.messages_left,
    lifetime: read.lifetime,
    expiresAt: read.expires_at
  }))

export const make = (
  store: TokenStoreService,
  client: Pick<AccessTokensService, "key" | "serverOffset" | "get">
): PendingLoginsService => {
  // With the account of `Account.with`, so that the login of one merchant cannot be completed at another.
  const keyOf = (id: string | Redacted.Redacted) =>
    Effect.flatMap(Account.Current, (acting) =>
      entryKeyOf("pending", {
        ...client.key,
        account: Option.getOrElse(acting, () => client.key.account),
        grant: "session",
        subject: SessionIds.textOf(id)
      })
    )

  const now = Effect.gen(function* () {
    // A process that has just started learns the time of the server with the token of its client, which the next request needs anyway.
    if (Option.isNone(yield* client.serverOffset)) yield* Effect.ignore(client.get)
    const offset = yield* client.serverOffset
    return (yield* Clock.currentTimeMillis) + Option.getOrElse(offset, () => 0)
  })

  const write = (key: string, login: StoredLogin, expected: Option.Option<number>) =>
    Effect.flatMap(now, (now) =>
      store.write(key, toText(login), { expected }, { timeToLive: Duration.millis(Math.max(1, login.expiresAt - now)) })
    )

  return {
    now,
    add: (login) =>
      Effect.gen(function* () {
        const id = yield* SessionIds.make
        if (Option.isSome(yield* write(yield* keyOf(id), login, Option.none()))) return id
        return yield* new TokenStoreError({ reason: "unavailable", message: "The store has an entry under a new random key." })
      }),
    read: (id) =>
      Effect.gen(function* () {
        const key = yield* keyOf(id)
        const entry = yield* Effect.catchIf(
          store.read(key),
          ({ reason }) => reason === "unreadable" || reason === "foreign",
          () => Effect.succeedNone
        )
        if (Option.isNone(entry)) return Option.none()
        const { value, version } = entry.value
        const login = ofText(value)
        if (Option.isNone(login)) return Option.none()
        if ((yield* now) < login.value.expiresAt) return Option.some({ version, login: login.value })
        // The store should have removed it. A failure is ignored, since the login counts as none in any case.
        yield* Effect.ignore(store.remove(key, { expected: Option.some(version) }))
        return Option.none()
      }),
    replace: (id, version, login) => Effect.flatMap(keyOf(id), (key) => write(key, login, Option.some(version))),
    remove: (id, version) => Effect.flatMap(keyOf(id), (key) => store.remove(key, { expected: Option.some(version) }))
  }
}
