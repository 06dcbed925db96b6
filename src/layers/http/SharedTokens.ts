/**
 * A client's token that several processes share through a store.
 *
 * Unlike a session it is not precious: one token more costs a request and nothing else. So the lease only saves requests, nobody waits for
 * it for long, and whoever finds the store slow, down or in disorder can ask for a token of its own.
 */
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { identity } from "effect/Function"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { lazily } from "../../internal/Lazily.js"
import * as TokenMetrics from "../../policies/TokenMetrics.js"
import type { AccessToken } from "../../schemas/AccessToken.js"
import { type CallError, TransportError } from "../../schemas/DinteroError.js"
import { bearerToken } from "../../schemas/Fields.js"
import type { TokenKey } from "../../services/AccessTokens.js"
import { type Lease, TokenStoreError, type TokenStoreService } from "../../services/TokenStore.js"
import { entryKeyOf } from "../stores/EntryKey.js"
import { isForeign } from "../stores/EntryText.js"
import * as Deadlines from "./Deadlines.js"
import * as StoredTokens from "./StoredTokens.js"
import type { Acquired, Options as CellOptions, Demand, TokenCell } from "./TokenCell.js"
import { acquiredOf } from "./TokenCell.js"
import { infoOf } from "./TokenRequestInfo.js"

export interface Sharing {
  readonly store: TokenStoreService
  readonly onStoreFailure: "request" | "fail"
  readonly lease: Duration.Duration
}

export interface SharedTokens {
  /** The stored token where it meets the demand, else what the request gets, for all who share it. */
  readonly acquire: (demand: Demand, request: Effect.Effect<AccessToken, CallError>) => Effect.Effect<Acquired, CallError>
  /** Gives the token up in this process and in the store. */
  readonly revoke: (cell: Pick<TokenCell<CallError>, "forget" | "peek">) => Effect.Effect<void, CallError>
}

/** One operation of a store that takes longer is as good as none: a token is asked for in that time. */
const longestOperation = Duration.seconds(2)

/** Of the lease. So long somebody waits for another's token: until a killed process has lost its lease, and a little for whoever got it then. */
const patience = 1.2

/** ms. How often a lease is asked for that somebody else has. */
const pollMillis = 50

const format = "effect-dintero client token 1"

/** Times are the server's, in ms since 1970, since those who share a token do not share a clock. */
const Stored = Schema.parseJson(
  Schema.Struct({
    format: Schema.Literal(format),
    access_token: bearerToken,
    issued_at: Schema.Finite,
    expires_at: Schema.Finite
  })
)

type Stored = typeof Stored.Type

const decode = lazily(() => Schema.decodeUnknownOption(Stored))
const encode = lazily(() => Schema.encodeSync(Stored))

/** `expected` is what a write has to name. What is damaged is as good as none. */
interface Entry {
  readonly expected: Option.Option<number>
  readonly stored: Option.Option<Stored>
}

const foreign = new TokenStoreError({
  reason: "foreign",
  message: "The stored token is of another release, or of another program. It was left as it is: use a store of its own."
})

const ofStore = new WeakSet<object>()

/** Whether a store has caused the error, and not the token endpoint. */
export const isOfStore = (error: CallError): boolean => ofStore.has(error)

const broken = new TokenStoreError({
  reason: "unavailable",
  message: "The store failed in a way that no store should: see that it is one of TokenStores, or does what TokenStore says."
})

export const make = ({
  isolated,
  key,
  policy,
  serverOffset,
  sharing: { lease, onStoreFailure, store }
}: Pick<CellOptions<CallError>, "policy" | "serverOffset" | "isolated"> & {
  readonly key: TokenKey
  readonly sharing: Sharing
}): Effect.Effect<SharedTokens> =>
  Effect.gen(function* () {
    const entryKey = yield* entryKeyOf("client", key)
    const turn = yield* Effect.makeSemaphore(1)
    const time = Duration.min(lease, longestOperation)
    const slow = new TokenStoreError({
      reason: "unavailable",
      message: `The store did not answer within ${Duration.format(time)}: see that it runs and can be reached.`
    })
    const monotonic = Effect.clockWith((clock) => Effect.sync(() => Deadlines.now(clock)))
    const serverNow = Effect.clockWith((clock) =>
      Effect.sync(() => clock.unsafeCurrentTimeMillis() + Option.getOrElse(serverOffset(clock), () => 0))
    )

    const tokens = StoredTokens.make(policy)
    /** That was revoked here, in case the store could not be told. */
    let revoked: Redacted.Redacted | undefined
    let revocations = 0

    /**
     * Whatever a store does ends in time, and as an error of a store: in no defect, in no interruption that is nobody's, and wherever it is
     * called, also where nothing can be interrupted. One at a time, so that what is decided before a write still holds when it is made, unless
     * isolated: then nobody may wait for a turn.
     */
    const guarded = <A>(operation: () => Effect.Effect<A, TokenStoreError>): Effect.Effect<A, TokenStoreError> =>
      Effect.suspend(operation).pipe(
        Effect.disconnect,
        Effect.interruptible,
        Effect.timeoutFail({ duration: time, onTimeout: () => slow }),
        Effect.catchAllCause((cause) =>
          Effect.fail(
            Cause.failureOption(cause).pipe(
              Option.filter((error) => error instanceof TokenStoreError),
              Option.getOrElse(() => broken)
            )
          )
        ),
        isolated ? identity : turn.withPermits(1)
      )

    const failed = (what: string, { message, reason }: TokenStoreError, sent: "no" | "maybe"): TransportError => {
      const error = new TransportError({
        request: infoOf(key.account),
        message: `auth.token: ${what} (${reason}). ${message}`,
        reason: "unknown",
        sent
      })
      ofStore.add(error)
      return error
    }

    /** A store that cannot be used is the end of it, or as if there were none. */
    const tolerated = (error: TokenStoreError, sent: "no" | "maybe"): Effect.Effect<void, TransportError> =>
      Effect.zipRight(
        Metric.increment(Metric.tagged(TokenMetrics.storeFailures, "reason", error.reason)),
        onStoreFailure === "fail" ? Effect.fail(failed("the store of the shared token cannot be used", error, sent)) : Effect.void
      )

    const countDamaged = Metric.increment(Metric.tagged(TokenMetrics.storeFailures, "reason", "unreadable"))

    const look: Effect.Effect<Entry, TokenStoreError> = Effect.flatMap(
      Effect.suspend(() => store.read(entryKey)),
      Option.match({
        onNone: () => Effect.succeed({ expected: Option.none(), stored: Option.none() }),
        onSome: ({ value, version }) => {
          const text = Redacted.value(value)
          return isForeign(text, format)
            ? Effect.fail(foreign)
            : Effect.succeed({ expected: Option.some(version), stored: decode(text) })
        }
      })
    ).pipe(
      // No token is lost with it that could not be asked for again, and a lease could not be had while it is there.
      Effect.catchIf(
        ({ reason }) => reason === "unreadable",
        () =>
          Effect.as(Effect.zipRight(countDamaged, store.remove(entryKey, { expected: Option.none(), orUnreadable: true })), {
            expected: Option.none(),
            stored: Option.none()
          })
      )
    )

    const read = guarded(() => look)

    /** The stored token, if it is another one than the one that was refused, and need not be renewed yet. */
    const usable = ({ stored }: Entry, demand: Demand): Effect.Effect<Option.Option<Acquired>> =>
      Effect.clockWith((clock) =>
        Effect.sync(() =>
          Option.flatMap(stored, ({ access_token: value, ...times }) =>
            StoredTokens.isSame(revoked, value)
              ? Option.none()
              : tokens.usable({ value, ...times }, demand, serverOffset(clock), clock)
          )
        )
      )

    /** With the lease; what was stored before we had it may be old. */
    const renew = (demand: Demand, request: Effect.Effect<AccessToken, CallError>, held: Lease, began: number) =>
      Effect.gen(function* () {
        const entry = yield* read
        const found = yield* usable(entry, demand)
        if (Option.isSome(found)) return found.value
        const sentAt = yield* monotonic
        const token = yield* request
        // From when it was asked for: whoever takes it over knows nothing of how long it was on the way.
        const issued_at = (yield* serverNow) - ((yield* monotonic) - sentAt)
        const text = encode({
          format,
          access_token: token.access_token,
          issued_at,
          expires_at: issued_at + token.expires_in * 1000
        })
        yield* guarded(() =>
          // What was asked for before a revocation is for nobody.
          revocations === began
            ? Effect.flatMap(
                store.write(entryKey, Redacted.make(text), { expected: entry.expected, fence: held.fence }),
                (written) =>
                  // Without turns there may have been one during the write.
                  Option.isSome(written) && revocations !== began
                    ? Effect.asVoid(store.remove(entryKey, { expected: written }))
                    : Effect.void
              )
            : Effect.void
        ).pipe(Effect.catchAll((error) => tolerated(error, "maybe")))
        // Also when somebody was faster, since we were too slow for our lease: it is as good as theirs.
        return acquiredOf(token)
      })

    /** None while somebody else has the lease. */
    const renewAlone = (demand: Demand, request: Effect.Effect<AccessToken, CallError>, began: number) =>
      Effect.acquireUseRelease(
        guarded(() => store.lease(entryKey, lease)),
        Option.match({
          onNone: () => Effect.succeedNone,
          onSome: (held) => Effect.asSome(renew(demand, request, held, began))
        }),
        Option.match({
          onNone: () => Effect.void,
          onSome: (held) => Effect.ignore(guarded(() => store.release(entryKey, held)))
        })
      )

    const fromStore = (demand: Demand, request: Effect.Effect<AccessToken, CallError>) =>
      Effect.gen(function* () {
        const began = revocations
        const entry = yield* read
        // The write that comes puts a whole one in its place.
        if (Option.isSome(entry.expected) && Option.isNone(entry.stored)) yield* countDamaged
        // Whoever insists wants another one than there is, also if it was not read before.
        const wanted =
          demand.reason === "forced" && Option.isNone(demand.instead)
            ? { ...demand, instead: Option.map(entry.stored, ({ access_token }) => access_token) }
            : demand
        const found = yield* usable(entry, wanted)
        if (Option.isSome(found)) return found.value
        const until = (yield* monotonic) + Duration.toMillis(lease) * patience
        while (true) {
          const own = yield* renewAlone(wanted, request, began)
          if (Option.isSome(own)) return own.value
          // Somebody else asks for it: theirs will be ours, unless they never finish.
          if ((yield* monotonic) >= until) return acquiredOf(yield* request)
          yield* Effect.sleep(Duration.millis(pollMillis))
          const theirs = yield* usable(yield* read, wanted)
          if (Option.isSome(theirs)) {
            yield* Metric.increment(TokenMetrics.storeConflicts)
            return theirs.value
          }
        }
      })

    return {
      acquire: (demand, request) =>
        Effect.catchTag(fromStore(demand, request), "TokenStoreError", (error) =>
          Effect.zipRight(tolerated(error, "no"), Effect.map(request, acquiredOf))
        ),
      revoke: ({ forget, peek }) =>
        Effect.gen(function* () {
          revoked = Option.match(yield* peek, { onNone: () => revoked, onSome: ({ value }) => value })
          revocations++
          yield* forget
          // Whatever is stored, for it was asked for before; but no token that somebody stores meanwhile, nor what is not ours.
          yield* guarded(() =>
            Effect.flatMap(look, ({ expected }) =>
              Option.isSome(expected) ? store.remove(entryKey, { expected }) : Effect.succeed(false)
            )
          ).pipe(
            Effect.catchAll((error) =>
              error.reason === "foreign"
                ? Effect.void
                : Effect.fail(
                    failed("the token is given up here, but could not be taken out of its store: revoke it again", error, "no")
                  )
            )
          )
        })
    }
  })
