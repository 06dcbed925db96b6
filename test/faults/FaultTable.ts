/**
 * Faults on the wire, and what a caller gets of each. Every transport is tested with all of them.
 */

import { inspect } from "node:util"
import type { HttpClient } from "@effect/platform"
import { Effect, Layer, Redacted } from "effect"
import { Customers, Dintero, RefreshPolicy, RetryPolicy } from "effect-dintero"
import type { Told } from "../utils/Claim.js"
import * as Server from "../utils/ScriptedServer.js"
import * as SkippingClock from "../utils/SkippingClock.js"
import { until } from "../utils/Until.js"

export interface Measured {
  /** What the calls ended in, each once, in the order in which they came: `ok`, or a tag with what matters of it. */
  readonly ends: ReadonlyArray<string>
  readonly tokenRequests: number
  readonly resourceRequests: number
  readonly millis: number
}

export interface FaultRow {
  readonly name: string
  readonly ends: ReadonlyArray<string>
  readonly tokenRequests: number
  readonly resourceRequests: number
  /** In ms, on an idle machine. The tests tell the time, and only `npm run proof -- foundation` judges it. */
  readonly within: number
  readonly run: (transport: Layer.Layer<HttpClient.HttpClient>) => Effect.Effect<Measured>
}

const secret = "s3cr3t-of-the-client"

/** With time for a machine that is busy with something else. */
const once = RetryPolicy.none.pipe(RetryPolicy.deadline("2 minutes"), RetryPolicy.attemptTimeout("1 minute"))
const retrying = RetryPolicy.default.pipe(
  RetryPolicy.deadline("2 minutes"),
  RetryPolicy.attemptTimeout("1 minute"),
  RetryPolicy.backoff("1 millis", "5 millis")
)

/**
 * Longer than a busy machine takes for 1,000 calls: neither the timeout of an attempt, nor the end of the pause after a failure, then adds a
 * token request or takes one away. What is counted is whether there is one flight for all.
 */
const patiently = {
  retry: retrying.pipe(RetryPolicy.attemptTimeout("30 seconds")),
  options: { refresh: RefreshPolicy.default.pipe(RefreshPolicy.intervals({ failureInterval: "1 minute" })) }
}

interface Case {
  readonly token?: Server.Answer
  readonly settings?: Server.Answer
  readonly retry?: RetryPolicy.RetryPolicy
  readonly options?: Partial<Dintero.Options>
  /** How many calls at the same time. */
  readonly concurrent?: number
  /** How many rounds of them, one after the other, with so many ms in between, which are skipped. */
  readonly rounds?: number
  readonly pause?: number
  /** ms that are skipped when all requests have arrived. */
  readonly silence?: number
  /** ms after which the caller gives up, when all requests have arrived. */
  readonly patience?: number
  readonly ends: ReadonlyArray<string>
  readonly tokens: number
  readonly resources: number
  readonly within?: number
}

const describe = (error: { readonly _tag: string }): string => {
  const parts = [error._tag]
  if ("reason" in error) parts.push(String(error.reason))
  if ("sent" in error) parts.push(`sent:${String(error.sent)}`)
  if ("request" in error && typeof error.request === "object" && error.request !== null && "operation" in error.request) {
    parts.push(`at ${String(error.request.operation)}`)
  }
  return parts.join(" ")
}

const row = (name: string, self: Case): FaultRow => ({
  name,
  ends: self.ends,
  tokenRequests: self.tokens,
  resourceRequests: self.resources,
  within: self.within ?? 2000,
  run: (transport) =>
    Effect.scoped(
      Effect.gen(function* () {
        const server = yield* Server.make({ token: self.token, resource: self.settings })
        const { clock, skip } = yield* SkippingClock.make
        const startedAt = performance.now()
        const arrived = until(() => server.tokenRequests() >= self.tokens && server.resourceRequests() >= self.resources)
        const ends = new Set<string>()
        const settings = Effect.gen(function* () {
          const customers = yield* Customers
          const read = customers.settings.get().pipe(
            Effect.map(({ users }) => (users?.customer_id_format === "uuid" ? "ok" : `ok ${users?.customer_id_format}`)),
            Effect.catchAll((error) => Effect.succeed(describe(error)))
          )
          const call =
            self.patience === undefined
              ? read
              : Effect.raceFirst(read, Effect.as(Effect.delay(arrived, self.patience), "interrupted"))
          if (self.silence !== undefined) yield* Effect.fork(Effect.zipRight(arrived, skip(self.silence)))
          for (let round = 0; round < (self.rounds ?? 1); round++) {
            if (round > 0) yield* skip(self.pause ?? 0)
            const all = yield* Effect.all(
              Array.from({ length: self.concurrent ?? 1 }, () => call),
              { concurrency: "unbounded" }
            )
            for (const end of all) ends.add(end)
          }
        })
        yield* settings.pipe(
          Effect.provide(
            Dintero.layer({
              accountId: "T12345678",
              clientId: "client",
              clientSecret: Redacted.make(secret),
              baseUrl: server.origin,
              retry: self.retry ?? once,
              ...self.options
            }).pipe(Layer.provide(transport))
          ),
          Effect.withClock(clock),
          Effect.catchAll((error) => Effect.sync(() => ends.add(error._tag)))
        )
        return {
          ends: [...ends],
          tokenRequests: server.tokenRequests(),
          resourceRequests: server.resourceRequests(),
          millis: performance.now() - startedAt
        }
      })
    )
})

const uuid = { users: { customer_id_format: "uuid" } }
const error = (message: string, code?: string) => ({ error: { ...(code === undefined ? {} : { code }), message } })
const token = (fields: object) =>
  Server.json(200, { access_token: "good-token", token_type: "Bearer", expires_in: 3600, ...fields })

/** Another origin, which must see nothing. Its address goes into a redirect that the first server answers. */
const redirect = (
  name: string,
  where: "token" | "settings",
  ends: ReadonlyArray<string>,
  tokens: number,
  resources: number
): FaultRow => ({
  name,
  ends: [...ends, "other origin saw 0 requests"],
  tokenRequests: tokens,
  resourceRequests: resources,
  within: 2000,
  run: (transport) =>
    Effect.scoped(
      Effect.gen(function* () {
        const other = yield* Server.make({})
        const away = Server.text(307, "", "text/plain", { location: `${other.origin}/v1/accounts/T12345678/customers/settings` })
        const measured = yield* row(name, { [where]: away, ends, tokens, resources }).run(transport)
        return { ...measured, ends: [...measured.ends, `other origin saw ${other.seen.length} requests`] }
      })
    )
})

const invisible: FaultRow = {
  name: "secret visible in inspect(error), JSON, stack or in the layer?",
  ends: ["no"],
  tokenRequests: 1,
  resourceRequests: 0,
  within: 2000,
  run: (transport) =>
    Effect.scoped(
      Effect.gen(function* () {
        // A server that repeats what it was sent, in every field that we keep.
        const echo: Server.Answer = (request, response, count) => {
          const sent = String(request.headers.authorization)
          const plain = Buffer.from(sent.slice("Basic ".length), "base64").toString()
          Server.json(401, { error: { code: sent, message: plain, errors: [{ [plain]: sent }] } })(request, response, count)
        }
        const server = yield* Server.make({ token: echo })
        const layer = Dintero.layer({
          accountId: "T12345678",
          clientId: "client",
          clientSecret: Redacted.make(secret),
          baseUrl: server.origin,
          retry: once
        })
        const failure = yield* Effect.flatMap(Customers, (customers) => Effect.flip(customers.settings.get())).pipe(
          Effect.provide(Layer.provide(layer, transport)),
          Effect.orDie
        )
        const shown = [
          inspect(failure, { depth: 20 }),
          JSON.stringify(failure),
          String(failure.stack),
          inspect(layer, { depth: 20 })
        ].join("\n")
        const basic = Buffer.from(`client:${secret}`).toString("base64")
        return {
          ends: [shown.includes(secret) || shown.includes(basic) ? "yes" : "no"],
          tokenRequests: server.tokenRequests(),
          resourceRequests: server.resourceRequests(),
          millis: 0
        }
      })
    )
}

const refusedOptions = (name: string, options: Partial<Dintero.Options>): FaultRow =>
  row(name, { options, ends: ["InvalidConfiguration"], tokens: 0, resources: 0 })

export const faultTable: ReadonlyArray<FaultRow> = [
  row("stampede: cold, 1,000 concurrent calls, token endpoint takes 20 ms", {
    token: Server.after(20, Server.goodToken),
    concurrent: 1000,
    ends: ["ok"],
    tokens: 1,
    resources: 1000,
    within: 15000
  }),
  row("stampede: cold, 1,000 concurrent calls, token endpoint immediate", {
    concurrent: 1000,
    ends: ["ok"],
    tokens: 1,
    resources: 1000,
    within: 15000
  }),
  row("stampede: token close to its end, 1,000 concurrent", {
    token: Server.script(token({ expires_in: 3600 }), token({})),
    concurrent: 1000,
    rounds: 2,
    pause: 3_599_000,
    ends: ["ok"],
    tokens: 2,
    resources: 2000,
    within: 20000
  }),
  row("stampede: token endpoint answers 500, 1,000 concurrent", {
    token: Server.json(500, error("boom")),
    concurrent: 1000,
    ...patiently,
    ends: ["ServerError at auth.token"],
    tokens: 3,
    resources: 0,
    within: 20000
  }),
  row("token: 401 {error:{message}}", {
    token: Server.json(401, error("invalid client")),
    retry: retrying,
    ends: ["Unauthorized at auth.token"],
    tokens: 1,
    resources: 0
  }),
  row("token: 429 + Retry-After: 1", {
    token: Server.script(Server.json(429, error("slow down"), { "retry-after": "1" }), Server.goodToken),
    retry: retrying,
    ends: ["ok"],
    tokens: 2,
    resources: 1,
    within: 4000
  }),
  row("token: 429 + Retry-After: 3600 (longer than is waited for)", {
    token: Server.json(429, error("slow down"), { "retry-after": "3600" }),
    retry: retrying,
    ends: ["RateLimited at auth.token"],
    tokens: 1,
    resources: 0
  }),
  row("token: 500 once, then ok", {
    token: Server.script(Server.json(500, error("boom")), Server.goodToken),
    retry: retrying,
    ends: ["ok"],
    tokens: 2,
    resources: 1
  }),
  row("token: connection reset once, then ok", {
    token: Server.script(Server.reset, Server.goodToken),
    retry: retrying,
    ends: ["ok"],
    tokens: 2,
    resources: 1
  }),
  row("token: 200 invalid JSON", {
    token: Server.text(200, "{nope"),
    ends: ["InvalidResponse at auth.token"],
    tokens: 1,
    resources: 0
  }),
  row("token: 200 {} (no access_token)", {
    token: Server.json(200, {}),
    ends: ["InvalidResponse at auth.token"],
    tokens: 1,
    resources: 0
  }),
  row("token: 200 with an RFC 6749 error in it", {
    token: Server.json(200, { error: "invalid_client" }),
    ends: ["InvalidResponse at auth.token"],
    tokens: 1,
    resources: 0
  }),
  row("token: 200 empty body, content-length 0", {
    token: Server.text(200, ""),
    ends: ["InvalidResponse at auth.token"],
    tokens: 1,
    resources: 0
  }),
  row("token: 200 without expires_in", {
    token: Server.json(200, { access_token: "t", token_type: "Bearer" }),
    ends: ["InvalidResponse at auth.token"],
    tokens: 1,
    resources: 0
  }),
  row("token: 200 expires_in '3600' (string), token_type 'bearer', refresh_token null", {
    token: token({ expires_in: "3600", token_type: "bearer", refresh_token: null }),
    ends: ["ok"],
    tokens: 1,
    resources: 1
  }),
  row("token: 200 expires_in 0", {
    token: token({ expires_in: 0 }),
    ends: ["InvalidResponse at auth.token"],
    tokens: 1,
    resources: 0
  }),
  row("token: 200 expires_in -1", {
    token: token({ expires_in: -1 }),
    ends: ["InvalidResponse at auth.token"],
    tokens: 1,
    resources: 0
  }),
  row("token: 200 access_token with newline", {
    token: token({ access_token: "a\nX-Evil: 1" }),
    ends: ["InvalidResponse at auth.token"],
    tokens: 1,
    resources: 0
  }),
  row("token: 200 access_token empty", {
    token: token({ access_token: "" }),
    ends: ["InvalidResponse at auth.token"],
    tokens: 1,
    resources: 0
  }),
  row("token: never answers", {
    token: Server.silence,
    silence: 60_000,
    ends: ["TransportError timeout sent:maybe at auth.token"],
    tokens: 1,
    resources: 0
  }),
  row("token: 200 without expires_in, second call at once: nothing is kept but the failure, for a second", {
    token: Server.json(200, { access_token: "t", token_type: "Bearer" }),
    rounds: 2,
    ends: ["InvalidResponse at auth.token"],
    tokens: 1,
    resources: 0
  }),
  row("settings: 401 once (token revoked server-side): replaced once, sent once more", {
    settings: Server.script(Server.json(401, error("token expired")), Server.goodSettings),
    ends: ["ok"],
    tokens: 2,
    resources: 2
  }),
  row("settings: 401 always", {
    settings: Server.json(401, error("invalid JWT")),
    ends: ["Unauthorized at customers.settings.get"],
    tokens: 2,
    resources: 2
  }),
  row("settings: 403", {
    settings: Server.json(403, error("forbidden", "FORBIDDEN")),
    ends: ["Forbidden at customers.settings.get"],
    tokens: 1,
    resources: 1
  }),
  row("settings: 404 with empty body (not in its contract)", {
    settings: Server.text(404, ""),
    ends: ["UnexpectedStatus at customers.settings.get"],
    tokens: 1,
    resources: 1
  }),
  row("settings: 429 + Retry-After: 1, then ok", {
    settings: Server.script(Server.json(429, error("slow down"), { "retry-after": "1" }), Server.goodSettings),
    retry: retrying,
    ends: ["ok"],
    tokens: 1,
    resources: 2,
    within: 4000
  }),
  row("settings: 500 once, then ok", {
    settings: Server.script(Server.json(500, error("boom")), Server.goodSettings),
    retry: retrying,
    ends: ["ok"],
    tokens: 1,
    resources: 2
  }),
  row("settings: 503 HTML", {
    settings: Server.text(503, "<html>maintenance</html>", "text/html"),
    ends: ["ServerError at customers.settings.get"],
    tokens: 1,
    resources: 1
  }),
  row("settings: connection reset before headers", {
    settings: Server.reset,
    ends: ["TransportError reset sent:maybe at customers.settings.get"],
    tokens: 1,
    resources: 1
  }),
  row("settings: connection reset in mid-body", {
    settings: Server.resetMidBody(JSON.stringify(uuid)),
    ends: ["TransportError reset sent:maybe at customers.settings.get"],
    tokens: 1,
    resources: 1
  }),
  row("settings: 200 invalid JSON", {
    settings: Server.text(200, "{nope"),
    ends: ["InvalidResponse at customers.settings.get"],
    tokens: 1,
    resources: 1
  }),
  row("settings: 200 empty body (content-length 0)", {
    settings: Server.text(200, ""),
    ends: ["InvalidResponse at customers.settings.get"],
    tokens: 1,
    resources: 1
  }),
  row("settings: 200 wrong shape: users is a string", {
    settings: Server.json(200, { users: "nope" }),
    ends: ["InvalidResponse at customers.settings.get"],
    tokens: 1,
    resources: 1
  }),
  row("settings: 200 wrong shape: JSON null", {
    settings: Server.json(200, null),
    ends: ["InvalidResponse at customers.settings.get"],
    tokens: 1,
    resources: 1
  }),
  row("settings: 200 unknown enum value", {
    settings: Server.json(200, { users: { customer_id_format: "ulid" } }),
    ends: ["ok ulid"],
    tokens: 1,
    resources: 1
  }),
  row("settings: 200 text/html login page", {
    settings: Server.text(200, "<html>login</html>", "text/html"),
    ends: ["InvalidResponse at customers.settings.get"],
    tokens: 1,
    resources: 1
  }),
  row("settings: 200 larger than any answer of this API", {
    settings: Server.text(200, JSON.stringify({ padding: "x".repeat(9 * 1024 * 1024) })),
    ends: ["InvalidResponse at customers.settings.get"],
    tokens: 1,
    resources: 1
  }),
  row("settings: 200 endless, without a length", {
    settings: (_request, response) => {
      response.writeHead(200, { "content-type": "application/json" })
      const chunk = Buffer.alloc(1024 * 1024, 32)
      const more = (): void => {
        if (!response.destroyed) response.write(chunk, () => setImmediate(more))
      }
      more()
    },
    ends: ["InvalidResponse at customers.settings.get"],
    tokens: 1,
    resources: 1,
    within: 5000
  }),
  row("settings: 204", {
    settings: (_request, response) => response.writeHead(204).end(),
    ends: ["InvalidResponse at customers.settings.get"],
    tokens: 1,
    resources: 1
  }),
  row("settings: never answers", {
    settings: Server.silence,
    silence: 60_000,
    ends: ["TransportError timeout sent:maybe at customers.settings.get"],
    tokens: 1,
    resources: 1
  }),
  row("settings: headers, then body stalls", {
    settings: Server.stall(JSON.stringify(uuid)),
    silence: 60_000,
    ends: ["TransportError timeout sent:maybe at customers.settings.get"],
    tokens: 1,
    resources: 1
  }),
  row("settings: never answers, the caller's own timeout of 200 ms", {
    settings: Server.silence,
    patience: 200,
    ends: ["interrupted"],
    tokens: 1,
    resources: 1,
    within: 1000
  }),
  row("token never answers, the caller's own timeout of 200 ms", {
    token: Server.silence,
    patience: 200,
    ends: ["interrupted"],
    tokens: 1,
    resources: 0,
    within: 1000
  }),
  refusedOptions('path parameter aid = ".."', { accountId: ".." }),
  refusedOptions('path parameter aid = "a/b"', { accountId: "a/b" }),
  refusedOptions('path parameter aid = "a?b=c#d"', { accountId: "a?b=c#d" }),
  refusedOptions('path parameter aid = ""', { accountId: "" }),
  redirect(
    "settings: 307 to another origin (does the bearer token follow?)",
    "settings",
    ["UnexpectedStatus at customers.settings.get"],
    1,
    1
  ),
  redirect("token: 307 to another origin (do Basic credentials follow?)", "token", ["UnexpectedStatus at auth.token"], 1, 0),
  invisible,
  refusedOptions('audience: "not-a-url"', { audience: "not-a-url" }),
  refusedOptions('audience: "https://api.dintero.com"', { audience: "https://api.dintero.com" }),
  refusedOptions('audience: "https://api.dintero.com/v1/accounts/"', { audience: "https://api.dintero.com/v1/accounts/" }),
  // As JavaScript, or a careless cast, would pass it.
  refusedOptions("clientId: undefined", { clientId: undefined as unknown as string }),
  refusedOptions('clientSecret: ""', { clientSecret: Redacted.make("") }),
  refusedOptions('clientId: "a:b"', { clientId: "a:b" }),
  refusedOptions("baseUrl: http to another machine", { baseUrl: "http://api.example.com" })
]

/** In what a row falls short, but for its time; nothing when it holds. */
export const shortfalls = (row: FaultRow, measured: Measured): ReadonlyArray<string> => [
  ...(row.ends.join(", ") === measured.ends.join(", ") ? [] : [`ended in ${measured.ends.join(", ")}`]),
  ...(row.tokenRequests === measured.tokenRequests ? [] : [`${measured.tokenRequests} token requests`]),
  ...(row.resourceRequests === measured.resourceRequests ? [] : [`${measured.resourceRequests} resource requests`])
]

/** For the report of the run. */
export const toldOf = (row: FaultRow, { ends, millis, resourceRequests, tokenRequests }: Measured): Told => ({
  measured: `${ends.join(", ")}; ${tokenRequests} + ${resourceRequests} requests`,
  took: { millis, limit: row.within }
})
