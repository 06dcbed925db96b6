/**
 * Serves the controls of a system over HTTP.
 */
import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import type * as HttpApp from "@effect/platform/HttpApp"
import * as HttpIncomingMessage from "@effect/platform/HttpIncomingMessage"
import * as HttpServer from "@effect/platform/HttpServer"
import * as HttpServerError from "@effect/platform/HttpServerError"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import type { Seed } from "../../seed/Seed.js"
import * as Digest from "../../system/Digest.js"
import * as Snapshot from "../accounts/Snapshot.js"
import type { Controls } from "../Controls.js"
import type { FaultRule, FaultScript } from "../faults/FaultScript.js"
import { type About, AdminToken, ControlApi, ControlRefused, defaultInPage } from "./ControlApi.js"
import * as EventStreams from "./EventStreams.js"

/** The controls, and what their server needs besides them. */
export interface Controlled {
  readonly controls: Controls
  /** What is told as events. */
  readonly streams: EventStreams.Sources
  /** How many listeners can follow the events at a time. */
  readonly maximumListeners: number
  readonly about: Pick<typeof About.Type, "version" | "database">
  readonly adminToken: Redacted.Redacted
  /** Ends the streams of events, and a wait for a message, when the system closes. */
  readonly closing: Effect.Effect<void>
}

/** The largest body is the snapshot of a large account. */
const maximumBytes = 256 * 1024 * 1024

const refused = new ControlRefused({
  message: "This needs the admin token, which the system prints when it starts: Authorization: Bearer <admin token>"
})

const tooManyListeners = (most: number) =>
  HttpServerResponse.unsafeJson(
    {
      _tag: "TooManyListeners",
      message: EventStreams.tooMany(most)
    },
    { status: 503, headers: { "retry-after": "10" } }
  )

const layerOf = (self: Controlled, streams: EventStreams.EventStreams) => {
  const { accounts, clock, faults, journal, keys, outbox } = self.controls
  const expected = Digest.ofToken(Redacted.value(self.adminToken))

  const security = Layer.succeed(AdminToken, {
    // Digests are compared, so that the time tells nothing about the token.
    admin: (token) => (Digest.ofToken(Redacted.value(token)) === expected ? Effect.void : refused)
  })

  // Seam: the decoders of scripts, rules and seeds check these bodies themselves.
  const asScript = (payload: unknown) => payload as FaultScript
  const asRule = (payload: unknown) => payload as FaultRule
  const asSeed = (payload: unknown) => payload as Seed

  const groups = Layer.mergeAll(
    HttpApiBuilder.group(ControlApi, "about", (handlers) =>
      handlers.handle("about", () =>
        Effect.map(Effect.all({ clock: clock.state, accounts: accounts.list }), (state) => ({ ...self.about, ...state }))
      )
    ),
    HttpApiBuilder.group(ControlApi, "clock", (handlers) =>
      handlers
        .handle("state", () => clock.state)
        .handle("advance", ({ payload }) => clock.advance(payload.millis))
        .handle("set", ({ payload }) => clock.set(payload.to))
        .handle("freeze", () => clock.freeze)
        .handle("resume", () => clock.resume)
        .handle("reset", () => clock.reset)
    ),
    HttpApiBuilder.group(ControlApi, "outbox", (handlers) =>
      handlers
        .handle("list", ({ urlParams: { before, limit = defaultInPage, ...match } }) => outbox.list(match, { before, limit }))
        .handle("awaitNext", ({ payload }) => outbox.awaitNext(payload.match, Duration.millis(payload.timeout_millis)))
        .handle("clear", ({ urlParams }) => outbox.clear(urlParams.account_id))
    ),
    HttpApiBuilder.group(ControlApi, "faults", (handlers) =>
      handlers
        .handle("list", () => faults.list)
        .handle("script", ({ payload }) => faults.script(asScript(payload)))
        .handle("add", ({ payload }) => faults.add(asRule(payload)))
        .handle("remove", ({ path }) => Effect.map(faults.remove(path.rule), (removed) => ({ removed })))
        .handle("clear", () => faults.clear)
    ),
    HttpApiBuilder.group(ControlApi, "journal", (handlers) =>
      handlers
        .handle("list", ({ urlParams: { before, limit = defaultInPage, ...match } }) => journal.list(match, { before, limit }))
        .handle("verify", () => journal.verify)
        .handle("clear", () => journal.clear)
    ),
    HttpApiBuilder.group(ControlApi, "accounts", (handlers) =>
      handlers
        .handle("list", () => accounts.list)
        .handle("customers", ({ path, urlParams }) => accounts.customers(path.account_id, urlParams))
        .handle("customer", ({ path, urlParams }) => accounts.customer(path.account_id, urlParams.customer_id))
        .handle("tags", ({ path }) => accounts.tags(path.account_id))
        .handle("auditEvents", ({ path, urlParams }) => accounts.auditEvents(path.account_id, urlParams))
        .handle("seed", ({ payload, urlParams }) => accounts.seed(asSeed(payload), { replace: urlParams.replace === "true" }))
        .handle("snapshot", ({ path }) => Effect.map(accounts.snapshot(path.account_id), (snapshot) => snapshot.toJSON()))
        .handle("restore", ({ payload }) => Effect.flatMap(Snapshot.decode(payload), accounts.restore))
        .handle("reset", ({ path }) => accounts.reset(path.account_id))
        .handle("fork", ({ path, payload }) => accounts.fork(path.account_id, payload.as))
        .handle("unblock", ({ path, payload }) => accounts.unblock(path.account_id, payload.customer_id))
    ),
    HttpApiBuilder.group(ControlApi, "keys", (handlers) =>
      handlers.handle("rotate", () => Effect.map(keys.rotate, (kid) => ({ kid })))
    ),
    HttpApiBuilder.group(ControlApi, "events", (handlers) =>
      handlers.handleRaw("events", ({ urlParams }) =>
        Effect.sync(() => {
          const body = streams.open(urlParams)
          return body === undefined
            ? tooManyListeners(self.maximumListeners)
            : HttpServerResponse.raw(body, { contentType: "text/event-stream", headers: { "cache-control": "no-store" } })
        })
      )
    )
  )
  return HttpApiBuilder.api(ControlApi).pipe(Layer.provide(groups), Layer.provide(security))
}

const isDecodeError = Schema.is(
  Schema.TaggedStruct("HttpApiDecodeError", {
    issues: Schema.Array(
      Schema.Struct({ path: Schema.Array(Schema.Union(Schema.String, Schema.Number)), message: Schema.String })
    )
  })
)

const parse = Schema.decodeUnknownOption(Schema.parseJson())

/** One sentence instead of the platform's tree of issues. */
const sentenceOf = (body: unknown): string | undefined =>
  isDecodeError(body)
    ? `The request is not valid: ${body.issues.map(({ message, path }) => `${path.join(".")}: ${message}`).join("; ")}`
    : undefined

const emptyText = (status: number): string =>
  status === 404
    ? "There is no such control: the path or the method is unknown"
    : status === 400
      ? "The body is not JSON, or larger than 256 MiB"
      : "The control failed unexpectedly"

/** Adds a message where the platform has none: for a body that is not JSON, and for an unknown path. */
const inWords = (response: HttpServerResponse.HttpServerResponse): HttpServerResponse.HttpServerResponse => {
  const { body, status } = response
  if (status < 400) return response
  const message =
    body._tag === "Empty"
      ? emptyText(status)
      : body._tag === "Uint8Array"
        ? Option.getOrUndefined(Option.map(parse(Buffer.from(body.body).toString("utf8")), sentenceOf))
        : undefined
  return message === undefined ? response : HttpServerResponse.unsafeJson({ message }, { status })
}

/** Handles requests for paths below the prefix of `ControlApi`. */
export const make = (self: Controlled): Effect.Effect<HttpApp.Default, never, Scope.Scope> =>
  Effect.gen(function* () {
    const streams = yield* EventStreams.make(self.streams, self.maximumListeners, self.closing)
    const context = yield* Layer.build(
      Layer.mergeAll(layerOf(self, streams), HttpServer.layerContext).pipe(
        Layer.provideMerge(Layer.mergeAll(HttpApiBuilder.Router.Live, HttpApiBuilder.Middleware.layer))
      )
    )
    const app = yield* Effect.provide(HttpApiBuilder.httpApp, context)
    return app.pipe(
      Effect.catchAllCause((cause) =>
        Cause.isInterruptedOnly(cause)
          ? Effect.failCause(cause)
          : Effect.flatMap(HttpServerError.causeResponse(cause), ([response]) =>
              // The response only says that the control failed, so the reason is logged.
              Effect.as(response.status < 500 ? Effect.void : Effect.logError("A control failed unexpectedly", cause), response)
            )
      ),
      Effect.map(inWords),
      HttpIncomingMessage.withMaxBodySize(Option.some(maximumBytes)),
      Effect.provide(context)
    )
  })
