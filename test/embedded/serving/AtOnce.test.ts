import { request } from "node:http"
import type { HttpMethod } from "@effect/platform/HttpMethod"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FastCheck, Tracer } from "effect"
import { DinteroEmbedded, PasswordHashing } from "../../../src/embedded.js"
import * as Spans from "../../utils/Spans.js"
import { account, apiOf, audience, basic, client, reader, start, tokenOf } from "../Api.js"

interface Sent {
  readonly method: HttpMethod
  readonly path: string
  readonly authorization: string | undefined
  readonly contentType: string | undefined
  readonly raw: string | undefined
}

interface Answer {
  readonly status: number | undefined
  readonly headers: { readonly [name: string]: string | ReadonlyArray<string> | undefined }
  readonly text: string
}

/** Without what Node writes itself. */
const answer = (
  status: number | undefined,
  { connection: _1, "keep-alive": _2, "transfer-encoding": _3, ...headers }: Answer["headers"],
  text: string
): Answer => ({ status, headers: { ...headers }, text })

/** Over a socket, where a request begins without a fiber. `apart`: the body is sent after the head has been read. */
const overSocket = (url: string, { authorization, contentType, method, path, raw }: Sent, apart = false) =>
  Effect.async<Answer, Error>((resume) => {
    const sent = request(`${url}/v1/accounts/${account}${path}`, {
      method,
      agent: false,
      headers: {
        ...(authorization === undefined ? {} : { authorization }),
        ...(contentType === undefined ? {} : { "content-type": contentType }),
        ...(raw === undefined ? {} : { "content-length": String(Buffer.byteLength(raw)) })
      }
    })
    sent.on("error", (error) => resume(Effect.fail(error)))
    sent.on("response", (response) => {
      let text = ""
      response.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk
      })
      response.on("end", () => resume(Effect.succeed(answer(response.statusCode, response.headers, text))))
    })
    if (!apart) return void sent.end(raw)
    sent.flushHeaders()
    setTimeout(() => sent.end(raw), 20)
  })

const grants = FastCheck.oneof(
  FastCheck.record(
    {
      grant_type: FastCheck.constantFrom(
        "client_credentials",
        "password",
        "refresh_token",
        "mfa_oob",
        "account_user",
        "toString",
        7,
        null
      ),
      audience: FastCheck.oneof(
        { weight: 4, arbitrary: FastCheck.constant(audience) },
        FastCheck.string(),
        FastCheck.constant(null)
      ),
      username: FastCheck.string(),
      password: FastCheck.string(),
      refresh_token: FastCheck.string(),
      more: FastCheck.jsonValue()
    },
    { requiredKeys: [] }
  ),
  FastCheck.record({ grant_type: FastCheck.constant("client_credentials"), audience: FastCheck.constant(audience) }),
  FastCheck.jsonValue()
)

const bodies = FastCheck.oneof(
  { weight: 6, arbitrary: grants.map((value) => JSON.stringify(value)) },
  FastCheck.constantFrom("", "{", "[]", "\ufeff{}", `{"grant_type":"client_credentials"}`, "x".repeat(102_401)),
  FastCheck.string()
)

const paths = FastCheck.oneof(
  FastCheck.constantFrom(
    "/customers/settings",
    "/customers/settings?x=1",
    "/customers/users",
    "/customers/users?limit=1",
    "/customers/users?limit=0",
    "/customers/users?limit=2&starting_after=ada",
    "/customers/users?starting_after=nobody",
    "/customers/users?email=ada",
    "/customers/users?total=true&limit=1",
    "/customers/users?type=any",
    "/customers/users/ada",
    "/customers/users/ada#x",
    "/customers/users/a%00",
    "/customers/users/%ff",
    "/customers/terms",
    "/customers/tags",
    "/customers/users/ada/tags",
    "/nowhere"
  ),
  FastCheck.string({ maxLength: 8 }).map((id) => `/customers/users/${encodeURIComponent(id)}`),
  FastCheck.string({ maxLength: 8 }).map((id) => `/customers/users?starting_after=${encodeURIComponent(id)}`)
)

const requestsWith = (tokens: ReadonlyArray<string>): FastCheck.Arbitrary<Sent> => {
  const [good = ""] = tokens
  const authorization = FastCheck.oneof(
    { weight: 3, arbitrary: FastCheck.constant(good) },
    FastCheck.constantFrom(
      ...tokens,
      undefined,
      "Bearer",
      "Bearer a.b.c",
      `${good}A`,
      basic(client.client_id, client.client_secret),
      basic(client.client_id, "wrong"),
      basic("nobody", client.client_secret),
      "Basic %%%"
    )
  )
  return FastCheck.oneof(
    FastCheck.record({
      method: FastCheck.constantFrom<HttpMethod>("GET", "GET", "GET", "HEAD", "OPTIONS", "DELETE"),
      path: paths,
      authorization,
      contentType: FastCheck.constant(undefined),
      raw: FastCheck.constant(undefined)
    }),
    FastCheck.record({
      method: FastCheck.constant<HttpMethod>("POST"),
      path: FastCheck.constant("/auth/token"),
      authorization: FastCheck.oneof(
        FastCheck.constant(basic(client.client_id, client.client_secret)),
        FastCheck.constant(basic(reader.client_id, reader.client_secret)),
        authorization
      ),
      contentType: FastCheck.oneof(
        { weight: 6, arbitrary: FastCheck.constant("application/json") },
        FastCheck.constantFrom("text/plain", "application/json; charset=utf-8", "application/jsonp")
      ),
      raw: bodies
    })
  )
}

const served = DinteroEmbedded.serve({ passwordHashing: PasswordHashing.fastForTests, reproducible: "at once" })

describe("a request that begins without a fiber", () => {
  it.scopedLive("gets the same answer as one in process, and has the same entry in the journal", () =>
    Effect.gen(function* () {
      const one = yield* served
      const { api, embedded } = yield* start({ reproducible: "at once" })
      const tokens: Array<string> = []
      for (const who of [client, reader]) {
        const [own, other] = [yield* tokenOf(apiOf(one), who), yield* tokenOf(api, who)]
        assert.strictEqual(own, other)
        tokens.push(own)
      }
      const sample = FastCheck.sample(requestsWith(tokens), { numRuns: 250, seed: 20261127 })
      const seen = new Map<string, number>()
      for (const sent of sample) {
        const overPort = yield* overSocket(one.url, sent)
        const { authorization, contentType, method, path, raw } = sent
        const { headers, status, text } = yield* api(method, path, { authorization, contentType, ...(raw ? { raw } : {}) })
        assert.deepStrictEqual(overPort, answer(status, headers, text), JSON.stringify(sent).slice(0, 400))
        seen.set(`${method} ${status}`, (seen.get(`${method} ${status}`) ?? 0) + 1)
      }
      for (const kind of ["GET 200", "GET 401", "GET 404", "POST 200", "POST 400", "POST 401", "POST 403"]) {
        assert.isAbove(seen.get(kind) ?? 0, 0, kind)
      }
      assert.deepStrictEqual(yield* one.journal.list(), yield* embedded.journal.list())
    })
  )

  it.scopedLive("waits for a body that comes after its head", () =>
    Effect.gen(function* () {
      const { url } = yield* served
      const sent: Sent = {
        method: "POST",
        path: "/auth/token",
        authorization: basic(client.client_id, client.client_secret),
        contentType: "application/json",
        raw: JSON.stringify({ grant_type: "client_credentials", audience })
      }
      const first = yield* overSocket(url, sent)
      assert.strictEqual(first.status, 200)
      assert.deepStrictEqual(yield* overSocket(url, sent, true), first)
      // Nothing waits for the body of a caller who is not known.
      const refused = yield* overSocket(url, { ...sent, authorization: "Basic %%%" }, true)
      assert.strictEqual(refused.status, 401)
    })
  )

  it.scopedLive("has the spans of its statements when somebody traces", () =>
    Effect.gen(function* () {
      const { spans, tracer } = Spans.make()
      const { url } = yield* Effect.provideService(served, Tracer.Tracer, tracer).pipe(Effect.withTracer(tracer))
      const token = JSON.parse(
        (yield* overSocket(url, {
          method: "POST",
          path: "/auth/token",
          authorization: basic(client.client_id, client.client_secret),
          contentType: "application/json",
          raw: JSON.stringify({ grant_type: "client_credentials", audience })
        })).text
      ).access_token
      const get: Sent = {
        method: "GET",
        path: "/customers/users/ada",
        authorization: `Bearer ${token}`,
        contentType: undefined,
        raw: undefined
      }
      yield* overSocket(url, { ...get, path: "/customers/settings" })
      const before = spans.filter(({ name }) => name.startsWith("sql.")).length
      assert.strictEqual((yield* overSocket(url, get)).status, 200)
      assert.isAbove(spans.filter(({ name }) => name.startsWith("sql.")).length, before)
    })
  )
})
