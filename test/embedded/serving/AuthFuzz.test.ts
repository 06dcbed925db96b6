// @effect-diagnostics anyUnknownInErrorContext:off
/**
 * Random requests to every path of the Auth API: valid ones, ones that are almost valid, and nonsense. None may end in an unexpected error, and
 * no secret may come out where people read: in logs, in the journal, or in the hint of a refusal.
 */
import type { HttpMethod } from "@effect/platform/HttpMethod"
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect, FastCheck, Logger, Schema } from "effect"
import { DinteroEmbedded } from "effect-dintero/embedded"
import { operations } from "../../../src/contract/Contract.js"
import type { Described } from "../../../src/contract/Operation.js"
import { notEmbedded } from "../../../src/layers/embedded/rooms/NotEmbedded.js"
import { ada } from "../../operations/People.js"
import { samples, tell } from "../../utils/Claim.js"
import { account, audience, basic, client, login, start, tokenOf } from "../Api.js"

const { count, note } = samples(100_000, 3_000)

const entries: ReadonlyArray<readonly [name: string, operation: Described]> = Object.entries(operations).filter(([name]) =>
  name.startsWith("auth.")
)

const nasty = FastCheck.constantFrom<unknown>(
  "",
  "\u0000",
  "\ud800",
  "../..",
  "%",
  "' OR 1=1 --",
  "x".repeat(3_000),
  "__proto__",
  0,
  -1,
  1e308,
  true,
  null,
  [],
  {},
  [[[]]],
  { constructor: 1 },
  audience,
  "https://example.com/?a#b",
  "javascript:alert(1)",
  "sms",
  "email",
  "2026-01-01T00:00:00Z"
)

/** Puts something else into a body, at one of its fields or in the place of all. */
const spoiled = (body: unknown, at: number, value: unknown): unknown => {
  if (typeof body !== "object" || body === null || Array.isArray(body)) return value
  const keys = Object.keys(body)
  const key = keys[at % (keys.length + 1)]
  return key === undefined ? { ...body, surprise: value } : { ...body, [key]: value }
}

interface Request {
  readonly name: string
  readonly method: HttpMethod
  readonly path: string
  readonly body: unknown
  readonly raw: string | undefined
  readonly credential: number
}

const segment = FastCheck.oneof(
  FastCheck.string(),
  FastCheck.string({ unit: "binary" }),
  FastCheck.uuid(),
  FastCheck.constantFrom("..", ".", "%00", "a/b", "ada", client.client_id, "x".repeat(300))
)

const escaped = (text: string): string => encodeURIComponent(text.replaceAll(/\p{Surrogate}/gu, "x"))

/** Every request of an operation, from good to bad. */
const requestOf = ([name, operation]: readonly [string, Described]): FastCheck.Arbitrary<Request> => {
  const good = operation.body === undefined ? FastCheck.constant(undefined) : encodedOf(operation.body)
  const query = operation.query === undefined ? FastCheck.constant({}) : encodedOf(operation.query)
  return FastCheck.record({
    good,
    query,
    spoil: FastCheck.option(FastCheck.tuple(FastCheck.nat(), nasty), { freq: 2 }),
    raw: FastCheck.option(FastCheck.oneof(FastCheck.string(), FastCheck.json()), { freq: 12 }),
    ids: FastCheck.array(segment, { minLength: 2, maxLength: 2 }),
    credential: FastCheck.nat({ max: 9 })
  }).map(({ credential, good, ids, query, raw, spoil }) => {
    const rest = [...ids]
    const path = operation.path.replace(/\{(\w+)\}/g, (_, parameter: string) =>
      /^(aid|oid|partner_id)$/.test(parameter) ? account : escaped(rest.shift() ?? "x")
    )
    const search = Object.entries(query as object)
      .flatMap(([key, value]) => [value].flat().map((one) => `${escaped(key)}=${escaped(String(one))}`))
      .join("&")
    return {
      name,
      method: operation.method,
      path: `//v1${path}${search === "" ? "" : `?${search}`}`,
      body: spoil === null ? good : spoiled(good, ...spoil),
      raw: raw ?? undefined,
      credential
    }
  })
}

const encodedOf = (schema: Schema.Schema<unknown, unknown>) => {
  const encode = Schema.encodeUnknownSync(schema)
  return Arbitrary.make(schema).map((value) => {
    try {
      return encode(value)
    } catch {
      // A value that its own schema cannot write is a bad request too.
      return {}
    }
  })
}

describe("random requests to every path of the Auth API", () => {
  it.scoped(
    `none ends in an unexpected error, and no secret is in a log, the journal or a hint${note}`,
    (context) =>
      Effect.gen(function* () {
        const logged: Array<string> = []
        const logger = Logger.make(({ cause, message }) => void logged.push(String(message), String(cause)))
        const seen = new Map<string, Set<number>>()
        yield* Effect.gen(function* () {
          const { api, embedded } = yield* start()
          const authorization = yield* tokenOf(api)
          const session = yield* login(api, authorization, { email: ada.email, password: ada.password })
          const secrets = [
            authorization.slice("Bearer ".length),
            client.client_secret,
            basic(client.client_id, client.client_secret).slice("Basic ".length),
            session.body.access_token,
            session.body.refresh_token,
            DinteroEmbedded.demoPassword
          ]
          const credentials = [
            authorization,
            authorization,
            authorization,
            authorization,
            basic(client.client_id, client.client_secret),
            basic(client.client_id, client.client_secret),
            `Bearer ${session.body.access_token}`,
            undefined,
            "Bearer x.y.z",
            `${authorization}x`
          ]
          const perOperation = Math.ceil(count / entries.length)
          for (const entry of entries) {
            for (const { body, credential, method, name, path, raw } of FastCheck.sample(requestOf(entry), perOperation)) {
              const call = {
                authorization: credentials[credential],
                ...(raw === undefined ? (body === undefined || method === "GET" ? {} : { body }) : { raw })
              }
              const { headers, status } = yield* api(method, path, call)
              seen.set(name, (seen.get(name) ?? new Set()).add(status))
              if (!(name in notEmbedded)) assert.isBelow(status, 500, `${method} ${path} ${JSON.stringify(call)}`)
              const hint = headers["x-effect-dintero-hint"] ?? ""
              for (const secret of secrets) assert.notInclude(hint, secret)
            }
            const journal = JSON.stringify(yield* embedded.journal.list())
            for (const secret of secrets) assert.notInclude(journal, secret, entry[0])
            for (const { code } of yield* embedded.outbox.list()) {
              // A short number can be part of an id or a time. A code is shown beside its own field or in quotes.
              if (code !== null) assert.notInclude(journal, `"${code}"`, entry[0])
            }
            yield* embedded.journal.clear
          }
        }).pipe(Effect.provide(Logger.replace(Logger.defaultLogger, logger)))
        assert.deepStrictEqual(logged, [])
        assert.strictEqual(seen.size, entries.length)
        tell(context, {
          measured: `${(Math.ceil(count / entries.length) * entries.length).toLocaleString("en")} requests to ${entries.length} operations; 0 unexpected errors, 0 secrets`
        })
      }),
    { timeout: 1_200_000 }
  )
})
