/**
 * The controls of a system on a port.
 *
 * @since 0.1.0
 */
import * as Sse from "@effect/experimental/Sse"
import * as HttpApiClient from "@effect/platform/HttpApiClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { AccountId } from "../../../../schemas/AccountId.js"
import * as Snapshot from "../accounts/Snapshot.js"
import { UnknownAccount } from "../ControlErrors.js"
import type { Controls } from "../Controls.js"
import { distance, instant } from "../clock/EmbeddedClock.js"
import { JournalEntry, type JournalMatch } from "../journal/JournalEntry.js"
import { Message } from "../outbox/Message.js"
import { maximumMillis } from "../outbox/Outbox.js"
import { inParts } from "../Page.js"
import { ControlApi, mostInPage, prefix } from "./ControlApi.js"

/**
 * The system did not respond, refused the admin token, or sent a response that this release does not know.
 *
 * @since 0.1.0
 * @category errors
 */
export class ControlsUnavailable extends Schema.TaggedError<ControlsUnavailable>("effect-dintero/ControlsUnavailable")(
  "ControlsUnavailable",
  { message: Schema.String }
) {}

/**
 * - `url`: the origin of the system, as `serve` prints it
 * - `adminToken`: the token that `serve` prints
 *
 * @since 0.1.0
 * @category models
 */
export interface ConnectOptions {
  readonly url: string
  readonly adminToken: Redacted.Redacted
}

const unavailable = (url: string, why: string): ControlsUnavailable =>
  new ControlsUnavailable({ message: `The controls of ${url} cannot be used: ${why}.` })

/** The errors of a call that its endpoint does not declare. */
type Undeclared =
  | { readonly _tag: "RequestError" | "ParseError" | "HttpApiDecodeError" | "ControlRefused" }
  | { readonly _tag: "ResponseError"; readonly response: { readonly status: number } }

const reasons: { readonly [Tag in Undeclared["_tag"]]: string } = {
  RequestError: "it does not respond; check that it runs and that this is its address",
  ResponseError: "its response is not from the controls of an embedded system",
  ParseError: "it is of another release than this one",
  HttpApiDecodeError: "it is of another release than this one",
  ControlRefused: "the admin token is not the one that it printed when it started"
}

const notFromHere = "it answers its own machine alone, unless it is started with remote controls allowed"

/** The reason for a status that no control returns. */
const reasonOf = (status: number): string =>
  status === 401 ? reasons.ControlRefused : status === 403 ? notFromHere : reasons.ResponseError

/** The same for the stream of events. */
const reasonOfEvents = (status: number): string =>
  status === 503 ? "as many listeners follow its events as it allows (maximumListeners), or it is closing" : reasonOf(status)

const whyOf = (error: Undeclared): string =>
  error._tag === "ResponseError" ? reasonOf(error.response.status) : reasons[error._tag]

const isUndeclared = (error: { readonly _tag: string }): error is Undeclared => error._tag in reasons

const isAccountId = Schema.is(AccountId)

/** Another text could change the path, and so call another control. No system has such an account. */
const anAccountId = (account_id: string): Effect.Effect<string, UnknownAccount> =>
  isAccountId(account_id)
    ? Effect.succeed(account_id)
    : new UnknownAccount({ message: `The system has no account ${account_id}.`, account_id })

/** A field that is `undefined` is left out, as in process. */
const given = <Match extends object>(match: Match): Match =>
  // Seam: a field that is left out is optional in the type.
  Object.fromEntries(Object.entries(match).filter(([, value]) => value !== undefined)) as Match

/** The query of a part of a list. */
const partOf = <Match extends object>(match: Match, before: number | undefined, limit: number) => ({
  ...given(match),
  ...(before === undefined ? {} : { before }),
  limit
})

const decodeEntry = Schema.decode(Schema.parseJson(JournalEntry))
const decodeMessage = Schema.decode(Schema.parseJson(Message))

const decodeDropped = Schema.decode(Schema.parseJson(Schema.Struct({ message: Schema.String })))

/** The events that the server sends, until it ends. */
const eventsIn = (chunks: Stream.Stream<string, ControlsUnavailable>): Stream.Stream<Sse.Event, ControlsUnavailable> =>
  Stream.suspend(() => {
    const pending: Array<Sse.Event> = []
    const parser = Sse.makeParser((event) => {
      if (event._tag === "Event") pending.push(event)
    })
    return Stream.mapConcat(chunks, (chunk) => {
      parser.feed(chunk)
      return pending.splice(0)
    })
  })

/**
 * The controls of a system that `serve` has started, in this process or another one. They work as in process, except that each call can also
 * fail with `ControlsUnavailable`.
 *
 * @example
 * ```ts
 * import { NodeHttpClient } from "@effect/platform-node"
 * import { DinteroEmbedded } from "effect-dintero/embedded"
 * import { Config, Effect } from "effect"
 *
 * const tomorrow = Effect.gen(function*() {
 *   const adminToken = yield* Config.redacted("EFFECT_DINTERO_ADMIN_TOKEN")
 *   const controls = yield* DinteroEmbedded.connect({ url: "http://127.0.0.1:4711", adminToken })
 *   return yield* controls.clock.advance("24 hours")
 * }).pipe(Effect.provide(NodeHttpClient.layerUndici))
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const connect = ({
  adminToken,
  url: address
}: ConnectOptions): Effect.Effect<Controls<ControlsUnavailable>, never, HttpClient.HttpClient> =>
  Effect.gen(function* () {
    const url = address.replace(/\/+$/, "")
    const http = HttpClient.mapRequest(yield* HttpClient.HttpClient, HttpClientRequest.bearerToken(adminToken))
    const api = yield* HttpApiClient.makeWith(ControlApi, { httpClient: http, baseUrl: url })

    /** Turns every error that the endpoint does not declare into `ControlsUnavailable`. */
    const orUnavailable = <A, E extends { readonly _tag: string }>(
      call: Effect.Effect<A, E>
    ): Effect.Effect<A, Exclude<E, Undeclared> | ControlsUnavailable> =>
      Effect.catchAll(call, (error) =>
        // Seam: `isUndeclared` does not narrow what remains of a generic union.
        Effect.fail(isUndeclared(error) ? unavailable(url, whyOf(error)) : (error as Exclude<E, Undeclared>))
      )

    const events = (match: JournalMatch = {}) =>
      HttpClientRequest.get(`${url}${prefix}/events`, { urlParams: given(match) }).pipe(
        http.execute,
        Effect.flatMap((response) =>
          response.status === 200 ? Effect.succeed(response) : unavailable(url, reasonOfEvents(response.status))
        ),
        Effect.map((response) => response.stream),
        Stream.unwrap,
        Stream.decodeText(),
        Stream.mapError((error) => (error._tag === "ControlsUnavailable" ? error : unavailable(url, whyOf(error)))),
        eventsIn,
        // The last event of a listener that was too slow.
        Stream.mapEffect((event) =>
          event.event === "dropped"
            ? Effect.flatMap(
                Effect.orElseSucceed(decodeDropped(event.data), () => ({ message: "this listener was dropped" })),
                ({ message }) => unavailable(url, message.replace(/\.$/, ""))
              )
            : Effect.succeed(event)
        )
      )

    return {
      clock: {
        state: orUnavailable(api.clock.state()),
        // An invalid duration or time is refused here, with the message of the system in process.
        advance: (by) => Effect.flatMap(distance(by), (millis) => orUnavailable(api.clock.advance({ payload: { millis } }))),
        set: (to) =>
          Effect.flatMap(instant(to), (millis) => orUnavailable(api.clock.set({ payload: { to: DateTime.unsafeMake(millis) } }))),
        freeze: orUnavailable(api.clock.freeze()),
        resume: orUnavailable(api.clock.resume()),
        reset: orUnavailable(api.clock.reset())
      },
      outbox: {
        list: (match = {}, page = {}) =>
          inParts(
            (before, limit) => orUnavailable(api.outbox.list({ urlParams: partOf(match, before, limit) })),
            page,
            mostInPage.outbox
          ),
        awaitNext: (match = {}, timeout = Duration.seconds(5)) =>
          orUnavailable(
            api.outbox.awaitNext({
              // JSON has no infinity. In process, the wait is limited in the same way.
              payload: { match: given(match), timeout_millis: Math.min(Duration.toMillis(timeout), maximumMillis) }
            })
          ),
        changes: events().pipe(
          Stream.filter(({ event }) => event === "message"),
          Stream.mapEffect(({ data }) => Effect.mapError(decodeMessage(data), () => unavailable(url, reasons.ParseError)))
        ),
        clear: (accountId) =>
          orUnavailable(api.outbox.clear({ urlParams: accountId === undefined ? {} : { account_id: accountId } }))
      },
      faults: {
        list: orUnavailable(api.faults.list()),
        script: (script) => orUnavailable(api.faults.script({ payload: script })),
        add: (rule) => orUnavailable(api.faults.add({ payload: rule })),
        remove: (rule) => Effect.map(orUnavailable(api.faults.remove({ path: { rule } })), ({ removed }) => removed),
        clear: orUnavailable(api.faults.clear())
      },
      journal: {
        list: (match = {}, page = {}) =>
          inParts(
            (before, limit) => orUnavailable(api.journal.list({ urlParams: partOf(match, before, limit) })),
            page,
            mostInPage.journal
          ),
        changes: (match) =>
          events(match).pipe(
            Stream.filter(({ event }) => event === "request"),
            Stream.mapEffect(({ data }) => Effect.mapError(decodeEntry(data), () => unavailable(url, reasons.ParseError)))
          ),
        verify: orUnavailable(api.journal.verify()),
        clear: orUnavailable(api.journal.clear())
      },
      accounts: {
        list: orUnavailable(api.accounts.list()),
        customers: (id, match = {}) =>
          Effect.flatMap(anAccountId(id), (account_id) =>
            orUnavailable(api.accounts.customers({ path: { account_id }, urlParams: given(match) }))
          ),
        customer: (id, customer_id) =>
          Effect.flatMap(anAccountId(id), (account_id) =>
            orUnavailable(api.accounts.customer({ path: { account_id }, urlParams: { customer_id } }))
          ),
        tags: (id) => Effect.flatMap(anAccountId(id), (account_id) => orUnavailable(api.accounts.tags({ path: { account_id } }))),
        auditEvents: (id, match = {}) =>
          Effect.flatMap(anAccountId(id), (account_id) =>
            orUnavailable(api.accounts.auditEvents({ path: { account_id }, urlParams: given(match) }))
          ),
        seed: (seed, { replace = false } = {}) =>
          orUnavailable(api.accounts.seed({ urlParams: { replace: replace ? "true" : "false" }, payload: seed })),
        snapshot: (id) =>
          anAccountId(id).pipe(
            Effect.flatMap((account_id) => orUnavailable(api.accounts.snapshot({ path: { account_id } }))),
            Effect.flatMap((json) => Effect.mapError(Snapshot.decode(json), () => unavailable(url, reasons.ParseError)))
          ),
        restore: (snapshot) => orUnavailable(api.accounts.restore({ payload: snapshot.toJSON() })),
        reset: (id) =>
          Effect.flatMap(anAccountId(id), (account_id) => orUnavailable(api.accounts.reset({ path: { account_id } }))),
        fork: (id, as) =>
          Effect.flatMap(anAccountId(id), (account_id) =>
            orUnavailable(api.accounts.fork({ path: { account_id }, payload: { as } }))
          ),
        unblock: (id, customer_id) =>
          Effect.flatMap(anAccountId(id), (account_id) =>
            orUnavailable(api.accounts.unblock({ path: { account_id }, payload: { customer_id } }))
          )
      },
      keys: {
        rotate: Effect.map(orUnavailable(api.keys.rotate()), ({ kid }) => kid)
      }
    }
  })
