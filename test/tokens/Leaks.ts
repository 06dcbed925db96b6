// @effect-diagnostics anyUnknownInErrorContext:off
// Whatever fails is looked at, whatever it is.
/**
 * Failures at random, by a server that repeats what it was sent and a store that breaks, in which the client's own token is too: what of a
 * secret comes out anywhere?
 */

import { inspect } from "node:util"
import { HttpClient, HttpClientResponse } from "@effect/platform"
import { Cause, Context, Effect, Exit, Layer, Logger, Metric, Option, Random, Redacted, Schema, Stream } from "effect"
import {
  AccessToken,
  AccessTokens,
  Account,
  AccountId,
  Auth,
  Customers,
  Grant,
  Mfa,
  MfaRequired,
  Partner,
  Passwordless,
  type PendingLogins,
  RetryPolicy,
  Session,
  Sessions,
  TokenStore,
  TokenStoreError,
  TokenStores
} from "effect-dintero"
import { audience } from "../utils/Account.js"
import * as ManualClock from "../utils/ManualClock.js"
import * as Spans from "../utils/Spans.js"

/** In every secret there is. */
const mark = "zq9SECRETx"
const clientSecret = `${mark}-of-the-client`
const basic = Buffer.from(`shop:${clientSecret}`).toString("base64")

const pick = <A>(all: readonly [A, ...Array<A>]): Effect.Effect<A> =>
  Effect.map(Random.nextIntBetween(0, all.length), (index) => all[index] ?? all[0])

interface Sent {
  readonly header: string
  readonly body: string
}

let made = 0
const fresh = (): string => `${mark}-token-${++made}`

const granted = () => ({ access_token: fresh(), token_type: "Bearer", expires_in: 60, refresh_token: fresh() })

/** Answers of a server that reveal too much. */
const badAnswer = ({ body, header }: Sent): Effect.Effect<Response> =>
  Effect.gen(function* () {
    const credential = header.replace(/^\w+ /, "")
    const values = body === "" ? [] : Object.values(JSON.parse(body) as Record<string, unknown>)
    const echo = yield* pick<unknown>([
      credential,
      header,
      body,
      header.startsWith("Basic ") ? clientSecret : credential,
      ...values
    ])
    const status = yield* pick([200, 200, 400, 401, 401, 403, 404, 418, 429, 500, 502, 503])
    const answer = yield* pick<unknown>([
      { error: { code: "REFUSED", message: `said ${typeof echo === "string" ? echo : JSON.stringify(echo)}`, errors: [echo] } },
      { error: "invalid_token", error_description: echo },
      { error: { message: echo } },
      { ...granted(), expires_in: "soon" },
      { ...granted(), expires_in: -1 },
      { ...granted(), access_token: `${fresh()}\nx: y` },
      { access_token: [fresh()], echo },
      { mfa_token: fresh(), error: { code: "mfa_required", message: String(echo) } },
      `<html>${typeof echo === "string" ? echo : JSON.stringify(echo)}</html>`,
      echo
    ])
    const safe = typeof echo === "string" && /^[\x21-\x7e]+$/.test(echo) ? echo : "none"
    return new Response(typeof answer === "string" ? answer : JSON.stringify(answer), {
      status,
      headers: { "request-id": safe, "www-authenticate": `Bearer error="invalid_token", error_description="${safe}"` }
    })
  })

/** A store that is down, or has something else in it than was put there. */
const brokenStore = Effect.map(TokenStores.memory, (store) => ({
  ...store,
  read: (key: string) =>
    Effect.gen(function* () {
      const entry = yield* store.read(key)
      const luck = yield* Random.next
      if (luck < 0.1) return yield* new TokenStoreError({ reason: "unavailable", message: "down" })
      if (luck < 0.2) {
        return Option.map(entry, ({ value, version }) => ({
          version,
          value: Redacted.make(Redacted.value(value).slice(0, luck < 0.15 ? 100 : -1))
        }))
      }
      return entry
    }),
  write: (...args: Parameters<typeof store.write>) =>
    Effect.flatMap(
      Random.next,
      (luck): ReturnType<typeof store.write> =>
        luck < 0.1 ? Effect.fail(new TokenStoreError({ reason: "unavailable", message: "down" })) : store.write(...args)
    )
}))

export interface Found {
  readonly failures: number
  readonly spans: number
  readonly logs: number
  readonly events: number
  /** Where a secret was seen, with what surrounds it. */
  readonly leaks: ReadonlyArray<string>
}

/** Until so many calls have failed. */
export const look = (wanted: number, seed = 1): Effect.Effect<Found> =>
  Effect.suspend(() => {
    const moved = ManualClock.make()
    const leaks: Array<string> = []
    let failures = 0
    let logs = 0
    let events = 0
    /** Ids that were made at random. The last ones are enough: what shows an id shows it soon. */
    const ids: Array<string> = []
    const see = (where: string, text: string) => {
      for (const secret of [mark, basic, ...ids.slice(-5)]) {
        const at = text.indexOf(secret)
        if (at >= 0 && leaks.length < 20)
          leaks.push(`${where}: …${text.slice(Math.max(0, at - 200), at + 40).replace(/\s+/g, " ")}`)
      }
    }
    const everything = (value: unknown): string => inspect(value, { depth: 12, showHidden: true, getters: true })
    let goodOnes = 0
    const server = HttpClient.make((request, url) =>
      Effect.gen(function* () {
        const body = request.body._tag === "Uint8Array" ? new TextDecoder().decode(request.body.body) : ""
        const isToken = /\/auth\/(exchange_)?token$/.test(url.pathname)
        // Now and then a client gets as far as to have something to lose.
        if (goodOnes > 0 || (isToken && (yield* Random.next) < 0.5)) {
          goodOnes = Math.max(0, goodOnes - 1)
          const good = url.pathname.endsWith("/challenge")
            ? { oob_code: fresh() }
            : isToken || url.pathname.endsWith("/login")
              ? granted()
              : { users: { customer_id_format: "uuid" } }
          return HttpClientResponse.fromWeb(request, Response.json(good))
        }
        return HttpClientResponse.fromWeb(request, yield* badAnswer({ header: request.headers.authorization ?? "", body }))
      })
    )
    const { spans, tracer } = Spans.make({
      end: ({ attributes, name }, exit) => {
        see(`span ${name}`, everything([...attributes]))
        // What a call succeeds with is what the caller asked for; that of an attempt and of a refresh nobody asked for.
        if (Exit.isFailure(exit) || name !== "customers.settings.get") see(`the end of span ${name}`, everything(exit))
        if (Exit.isFailure(exit)) see(`the pretty end of span ${name}`, Cause.pretty(exit.cause, { renderErrorCause: true }))
      },
      event: ({ name }, event, more) => see(`event of span ${name}`, everything([event, more]))
    })
    const logger = Logger.make((entry) => {
      logs++
      see("log", everything([entry.message, entry.annotations, entry.spans]))
      see("the cause in a log", Cause.pretty(entry.cause, { renderErrorCause: true }))
      see("the JSON of a log", JSON.stringify(Logger.structuredLogger.log(entry)))
      see("the line of a log", Logger.logfmtLogger.log(entry))
    })

    const login = Effect.suspend(() => Schema.decodeUnknown(AccessToken)(granted())).pipe(Effect.orDie)
    const attempt = Effect.gen(function* () {
      const customers = yield* Customers
      const auth = yield* Auth
      const client = yield* AccessTokens
      const sessions = yield* Sessions
      const who = `customer-${yield* Random.nextIntBetween(0, 3)}`
      const password = Redacted.make(fresh())
      const asCustomer = Effect.scoped(
        Effect.gen(function* () {
          const session = yield* sessions.start(yield* login, { id: who })
          yield* session.tokens.get
          const what = yield* Random.nextIntBetween(0, 4)
          yield* Session.with(customers.settings.get(), session)
          if (what < 2) yield* session.tokens.forceRefresh
          if (what === 2) yield* session.logout
          return yield* Effect.fail(session)
        })
      )
      const merchant = yield* pick(["T20000001", "T20000002", "T20000003"])
      const passwordless = { email: "ada@example.com", clientId: "shop", audience }
      const code = Redacted.make(fresh())
      const oob = { oobCode: Redacted.make(fresh()), mfaToken: Redacted.make(fresh()), code }
      const required = MfaRequired.forTest({ mfaToken: Redacted.make(fresh()) })
      const overTwoRequests = Effect.gen(function* () {
        goodOnes = 3
        const pending = yield* Mfa.begin(required, { tries: 5 })
        ids.push(Redacted.value(pending.id))
        if (yield* Random.nextBoolean) see("another message", everything(yield* Mfa.resend(pending.id)))
        goodOnes = 0
        const errors = yield* Effect.replicateEffect(Effect.merge(Mfa.confirm(pending.id, code)), 5)
        const wrong = errors.filter((error) => "_tag" in error && error._tag === "WrongCode")
        return yield* Effect.fail(wrong[0] ?? [pending, ...errors.filter((error) => "_tag" in error)])
      })
      const ofMerchant = Effect.gen(function* () {
        const services = yield* Partner.account(merchant)
        const tokens = Context.get(services, AccessTokens)
        yield* Account.with(customers.settings.get(), merchant)
        see("peek at a merchant's token", everything(yield* tokens.peek))
        return yield* Effect.fail([services, yield* tokens.forceRefresh])
      })
      goodOnes = yield* Random.nextIntBetween(0, 5)
      const one = yield* pick<Effect.Effect<unknown, unknown, Auth | Partner.Partner | PendingLogins>>([
        customers.settings.get(),
        client.forceRefresh,
        customers.password.login({ type: "customer", email: "ada@example.com", password, audience }),
        auth.token({ grant_type: "refresh_token", refresh_token: Redacted.make(fresh()) }),
        auth.revoke({ token: Redacted.make(fresh()) }),
        auth.exchangeToken({ account_id: AccountId.make(merchant) }),
        Account.with(auth.token(Grant.clientCredentials(audience)), merchant),
        ofMerchant,
        ofMerchant,
        Mfa.redeem(oob),
        Mfa.complete(required, { askCode: () => Effect.succeed(code) }),
        overTwoRequests,
        Mfa.confirm(Redacted.make(fresh()), code),
        Effect.flatMap(Passwordless.begin({ ...passwordless, connection: "email" }), Effect.fail),
        Passwordless.redeem({ ...passwordless, id: "login" }, code),
        asCustomer,
        asCustomer,
        Effect.scoped(Effect.flatMap(sessions.resume(who), (session) => Effect.fail(session)))
      ])
      const exit = yield* Effect.exit(one)
      if (Exit.isFailure(exit)) {
        failures++
        const { cause } = exit
        see("Cause.pretty", Cause.pretty(cause, { renderErrorCause: true }))
        for (const error of [Cause.squash(cause), ...Cause.failures(cause), ...Cause.defects(cause)]) {
          see("String", String(error))
          see("inspect", everything(error))
          see("JSON", JSON.stringify(error) ?? "")
          if (error instanceof Error) see("stack", `${error.stack} ${error.message}`)
        }
        yield* Effect.logError("a call failed", cause)
        yield* Effect.logInfo("with", Cause.squash(cause))
      }
      see("peek", everything(yield* client.peek))
    })
    const batch = Effect.gen(function* () {
      const client = yield* AccessTokens
      yield* Effect.forkScoped(
        Stream.runForEach(client.events, (event) =>
          Effect.sync(() => {
            events++
            see("event", everything(event))
          })
        )
      )
      for (let index = 0; index < 50 && failures < wanted; index++) {
        yield* attempt
        yield* moved.advance(61_000)
      }
    }).pipe(
      Effect.scoped,
      Effect.provide(
        Sessions.layer().pipe(
          Layer.provideMerge(
            Layer.unwrapEffect(
              Effect.gen(function* () {
                const store = yield* TokenStore
                const onStoreFailure = yield* pick(["request", "fail"] as const)
                return Layer.orDie(
                  Partner.layer({
                    accountId: "T11200000",
                    capacity: 2,
                    clientId: "shop",
                    clientSecret: Redacted.make(clientSecret),
                    retry: RetryPolicy.none,
                    shareTokens: { store, onStoreFailure }
                  })
                )
              })
            )
          ),
          Layer.provide(Layer.effect(TokenStore, brokenStore)),
          Layer.provide(Layer.succeed(HttpClient.HttpClient, server))
        )
      )
    )
    return Effect.gen(function* () {
      while (failures < wanted) yield* batch
      see("metrics", everything(yield* Metric.snapshot))
      return { failures, spans: spans.length, logs, events, leaks }
    }).pipe(
      Effect.withRandom(Random.make(seed)),
      Effect.withTracer(tracer),
      Effect.provide(Logger.replace(Logger.defaultLogger, logger)),
      Effect.withClock(moved.clock)
    )
  })
