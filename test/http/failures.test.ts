import { inspect } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Either, FastCheck, Layer, Option, Redacted, Schema } from "effect"
import { Auth, Customers, Dintero, RetryPolicy } from "effect-dintero"
import { type OperationName, operations } from "../../src/contract/Contract.js"
import type { Described } from "../../src/contract/Operation.js"
import { password } from "../operations/password.js"
import { type Call, call, callOf, calls, isRequestOf, sampleOf } from "../operations/Samples.js"
import { audience } from "../utils/Account.js"
import * as Mock from "../utils/MockHttp.js"

const secret = "client-secret-0123456789"
const bearer = "bearer-token-ghijkl"

const layer = (mock: Mock.MockHttp) =>
  Dintero.layer({
    accountId: "T12345678",
    clientId: "client",
    clientSecret: Redacted.make(secret),
    retry: RetryPolicy.none
  }).pipe(Layer.provide(mock.layer))

/** The own request of a call, and not that for the client's token. */
const answering = (self: Call, answer: Mock.Answer): Mock.MockHttp =>
  self.operation === "auth.token"
    ? Mock.make({
        token: (request, count) =>
          isRequestOf(self, request.method, request.url, request.body)
            ? answer(request, count)
            : Mock.token(bearer, 3600)(request, count)
      })
    : Mock.make({ token: Mock.token(bearer, 3600), resource: answer })

const end = (self: Call) =>
  Effect.gen(function* () {
    const exit = yield* Effect.exit(call(self.operation, self.input))
    if (exit._tag === "Success") return { tag: "ok", error: undefined }
    if (exit.cause._tag !== "Fail") return assert.fail(`${self.name} ended in a defect: ${inspect(exit.cause)}`)
    return { tag: exit.cause.error._tag, error: exit.cause.error }
  })

const endOf = (name: string, answer: Mock.Answer) => {
  const self = callOf(name)
  return Effect.provide(end(self), layer(answering(self, answer)))
}

const login = Effect.flatMap(Customers, (customers) => customers.password.login(...password.login.input))

/** Thousands of calls that wait for nothing never leave the microtasks, and the test runner has to be heard from within a minute. */
const toEventLoop = Effect.promise(() => new Promise<void>((resume) => setImmediate(resume)))

/** The same over one layer, whose service answers differently each time. */
const endsOf = (self: Call, answers: Iterable<Mock.Answer>) => {
  let current: Mock.Answer = Mock.json(500, {})
  return Effect.forEach(answers, (answer, index) => {
    current = answer
    return index % 100 === 0 ? Effect.zipRight(toEventLoop, end(self)) : end(self)
  }).pipe(Effect.provide(layer(answering(self, (request, count) => current(request, count)))))
}

const plain: Record<number, string> = { 400: "BadRequest", 401: "Unauthorized", 403: "Forbidden", 429: "RateLimited" }

/** Bodies by which the service says that it has judged what was sent. A 401 has to have a code. */
const judges = (status: number, kind: string): boolean =>
  kind === "dintero" || kind === "duplicate" || kind === "RFC 6749" || (kind === "nested" && status !== 401)

/** What each answer has to end in, as the contract and the table in docs/errors.md say it. */
const expected = ({ operation, variant }: Call, status: number, kind: string): string => {
  const { failures, presence, refusal }: Described = operations[operation]
  if (status >= 500) return "ServerError"
  if (status === 429) return "RateLimited"
  if (status === 400 || status === 401 || status === 403) {
    // A 401 may mean the client's token as well.
    if (variant === "refresh_token" && (judges(status, kind) || status === 401)) return "SessionExpired"
    // The client's own credential is not in the body.
    if (refusal === "duplicate" && status === 400 && kind === "duplicate") return "Duplicate"
    if (refusal !== undefined && refusal !== "duplicate" && variant !== "client_credentials" && judges(status, kind)) {
      return "CredentialsRefused"
    }
    // Where the documentation has no token, a service can ask for one all the same.
    return failures.includes(status) || status === 401 ? (plain[status] ?? "") : "UnexpectedStatus"
  }
  if (status === 404 && failures.includes(404)) return presence ? "ok" : "NotFound"
  if (status === 405 && failures.includes(405)) return "MethodNotAllowed"
  if (status === 409 && refusal === "duplicate" && kind === "duplicate") return "Duplicate"
  return "UnexpectedStatus"
}

const bodies: Record<string, string> = {
  dintero: JSON.stringify({ error: { code: "SOME CODE", message: "Some message", errors: [{ field: "x" }] } }),
  duplicate: JSON.stringify({ error: { code: "SOME CODE", message: "email is already in use" } }),
  "RFC 6749": JSON.stringify({ error: "invalid_grant", error_description: "No" }),
  html: "<html><body>502 Bad Gateway</body></html>",
  empty: "",
  null: "null",
  number: "1",
  array: "[]",
  "wrong types": JSON.stringify({ error: { code: 1, message: null, errors: "x" }, mfa_token: 5 }),
  "a text for an error": JSON.stringify({ error: "no" }),
  truncated: '{"error":{"mess',
  nested: `{"error":{"message":"m","errors":${"[".repeat(5000)}${"]".repeat(5000)}}}`
}

const jsonOf = (text: string): Option.Option<unknown> => Option.liftThrowable((text: string): unknown => JSON.parse(text))(text)

/** Whether a body is the operation's answer. Where there is nothing to tell, every JSON is none, since a proxy may make some of it. */
const fits = ({ operation }: Call, status: number, body: string): boolean => {
  const { presence, success }: Described = operations[operation]
  // There is no body to read in an answer to HEAD.
  if (presence) return true
  const text = status === 204 || status === 205 ? "" : body
  const { schema } = success
  if (sampleOf(operation).answer.value === undefined) return text === "" || Option.isSome(jsonOf(text))
  return schema !== undefined && Option.exists(jsonOf(text), (json) => Either.isRight(Schema.decodeUnknownEither(schema)(json)))
}

/** 101–199 never reach a client as an answer. */
const statuses = Array.from({ length: 400 }, (_, index) => 200 + index)

/** The first and the last status of each meaning, and their neighbours. */
const edges = [200, 204, 205, 299, 300, 304, 399, 400, 401, 402, 403, 404, 405, 406, 409, 428, 429, 430, 499, 500, 599]

/** One operation that only reads, and one that spends a credential: they meet every status, the others those at the edges. */
const exhausted: ReadonlyArray<OperationName> = ["customers.settings.get", "customers.password.login"]

const respond =
  (status: number, body: string): Mock.Answer =>
  () =>
    Effect.sync(() => new Response([204, 205, 304].includes(status) ? null : body, { status }))

describe("errors are total", () => {
  for (const self of calls) {
    const [which, sampled] = exhausted.includes(self.operation) ? ["200–599", statuses] : ["at the edges of a meaning", edges]
    it.effect(
      `${self.name}: statuses ${which} × ${Object.keys(bodies).length} bodies each end in the tag of their meaning`,
      () =>
        Effect.gen(function* () {
          const cases = sampled.flatMap((status) => Object.entries(bodies).map(([kind, body]) => ({ status, kind, body })))
          const ends = yield* endsOf(
            self,
            cases.map(({ body, status }) => respond(status, body))
          )
          cases.forEach(({ body, kind, status }, index) => {
            const tag = ends[index]?.tag
            const error = ends[index]?.error
            const isRedirect = operations[self.operation].success.status === 302
            const asked =
              status <= 299 && !isRedirect ? (fits(self, status, body) ? "ok" : "InvalidResponse") : expected(self, status, kind)
            assert.strictEqual(tag, asked, `${status} ${kind}`)
            if (error === undefined) return
            assert.strictEqual(error.request.status, status)
            assert.isAtLeast(error.message.length, 1)
            if ("code" in error && kind === "dintero") assert.strictEqual(error.code, "SOME CODE")
          })
        }),
      300_000
    )
  }

  it.effect(
    "no random answer ends in a defect, or in a success that is not one",
    () =>
      Effect.gen(function* () {
        const samples = FastCheck.sample(
          FastCheck.tuple(
            FastCheck.constantFrom(...calls),
            FastCheck.integer({ min: 200, max: 599 }),
            FastCheck.oneof(FastCheck.json(), FastCheck.string(), FastCheck.string({ unit: "binary" }))
          ),
          3000
        )
        for (const self of calls) {
          yield* endsOf(
            self,
            samples.filter(([own]) => own === self).map(([, status, body]) => respond(status, body))
          )
        }
      }),
    60_000
  )
})

describe("what an error means and carries", () => {
  it.effect("403 mfa_required with its token is MfaRequired, and the token is not printed", () =>
    Effect.gen(function* () {
      const answer = Mock.json(403, {
        error: { code: "mfa_required", message: "Multifactor authentication required" },
        mfa_token: "mfa-token-xyz"
      })
      for (const call of ["customers.password.login", "auth.token password"] as const) {
        const { error } = yield* endOf(call, answer)
        assert.strictEqual(error?._tag, "MfaRequired")
        if (error?._tag === "MfaRequired") assert.strictEqual(Redacted.value(error.mfaToken), "mfa-token-xyz")
        assert.notInclude(inspect(error, { depth: 20 }) + JSON.stringify(error) + String(error?.stack), "mfa-token-xyz")
      }
    })
  )

  it.effect("mfa_required where a code is asked for anyhow does not say that the secret was wrong: Forbidden", () =>
    Effect.gen(function* () {
      const answer = Mock.json(403, { error: { code: "mfa_required", message: "m" }, mfa_token: "an-mfa-token" })
      const { error, tag } = yield* endOf("customers.password.mfaLogin", answer)
      assert.strictEqual(tag, "Forbidden")
      assert.notInclude(JSON.stringify(error), "an-mfa-token")
    })
  )

  it.effect("403 mfa_required without a token cannot be answered, so it is a refusal", () =>
    Effect.gen(function* () {
      const { tag } = yield* endOf("customers.password.login", Mock.json(403, { error: { code: "mfa_required", message: "m" } }))
      assert.strictEqual(tag, "CredentialsRefused")
    })
  )

  it.effect("a wrong client secret is Unauthorized at auth.token, also for a login: never CredentialsRefused", () =>
    Effect.gen(function* () {
      const mock = Mock.make({ token: Mock.json(401, { error: { message: "invalid client" } }) })
      const error = yield* Effect.flip(login).pipe(Effect.provide(layer(mock)))
      assert.strictEqual(error._tag, "Unauthorized")
      assert.strictEqual(error.request.operation, "auth.token")
    })
  )

  it.effect("a validation error: typed issues, a sentence made of them, and everything else as it came", () =>
    Effect.gen(function* () {
      const body = {
        error: {
          code: "INVALID_REQUEST_PARAMETER",
          errors: [
            { code: "OBJECT_MISSING_REQUIRED_PROPERTY", params: ["type"], message: "Missing required property: type", path: [] },
            { code: "INVALID_TYPE", params: ["string"], message: "Expected type string", path: ["tags", "0", "name"] },
            // As older answers and those of other routes have it.
            { description: "resource not supported by api" },
            { path: "users.mfa", message: "expected an object" },
            "a text",
            { nothing: "to say" }
          ],
          in: "body",
          message: "Invalid parameter (data)",
          name: "data",
          path: ["paths", "/accounts/{aid}/customers/users", "post", "parameters", "0"],
          later: { of: 1 }
        }
      }
      const { error } = yield* endOf("customers.settings.update", Mock.json(400, body))
      if (error?._tag !== "BadRequest") return assert.fail(String(error))
      assert.deepStrictEqual(error.issues, [
        { path: "", code: "OBJECT_MISSING_REQUIRED_PROPERTY", message: "Missing required property: type" },
        { path: "tags[0].name", code: "INVALID_TYPE", message: "Expected type string" },
        { path: "", message: "resource not supported by api" },
        { path: "users.mfa", message: "expected an object" }
      ])
      assert.strictEqual(
        error.message,
        "Invalid parameter (data): Missing required property: type; tags[0].name: Expected type string; resource not supported by api; users.mfa: expected an object"
      )
      assert.deepStrictEqual(error.errors, body.error.errors)
      const { code, errors: _errors, message: _message, ...rest } = body.error
      assert.strictEqual(error.code, code)
      assert.deepStrictEqual(error.details, rest)
    })
  )

  it.effect("the issues of a parameter begin with its name, and of many the message has the first five", () =>
    Effect.gen(function* () {
      const item = { code: "MINIMUM", message: "Value 0 is less than minimum 1", path: [] }
      const body = {
        error: { errors: Array.from({ length: 7 }, () => item), in: "query", message: "Wrong", name: "limit", path: [] }
      }
      const { error } = yield* endOf("customers.settings.get", Mock.json(400, body))
      if (error?._tag !== "BadRequest") return assert.fail(String(error))
      assert.lengthOf(error.issues, 7)
      assert.deepStrictEqual(error.issues[6], { path: "limit", code: "MINIMUM", message: "Value 0 is less than minimum 1" })
      assert.strictEqual(error.message, `Wrong: ${"limit: Value 0 is less than minimum 1; ".repeat(5)}and 2 more`)
    })
  )

  it.effect("a 400 without items has no issues, and an error that says no more has no details", () =>
    Effect.gen(function* () {
      const { error } = yield* endOf("customers.settings.get", Mock.json(400, { error: { errors: [], message: "BAD_REQUEST" } }))
      if (error?._tag !== "BadRequest") return assert.fail(String(error))
      assert.deepStrictEqual([error.issues, error.message], [[], "BAD_REQUEST"])
      for (const key of ["code", "errors", "details"]) assert.notProperty(error, key)
    })
  )

  it.effect("what the token says of its scopes: `scopes`, else `scope`; what cannot be read has every one", () =>
    Effect.gen(function* () {
      const jwt = (claims: unknown) => `e30.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.c2ln`
      const cases: ReadonlyArray<readonly [string, string]> = [
        [jwt({ scopes: "read:checkout write:accounts:/auth/users" }), "CredentialsRefused"],
        [jwt({ scope: "write:accounts:/auth/users/no-mfa" }), "CredentialsRefused"],
        [jwt({ scopes: "read:checkout", scope: "write:accounts:/auth/users" }), "Forbidden"],
        [jwt({ scope: "read:checkout" }), "Forbidden"],
        [jwt({ scopes: "" }), "Forbidden"],
        // Not by the beginning of a scope.
        [jwt({ scopes: "write:accounts:/auth/users/others" }), "Forbidden"],
        [jwt({ scopes: ["read:checkout"] }), "CredentialsRefused"],
        [jwt({ scopes: null }), "CredentialsRefused"],
        [jwt({}), "CredentialsRefused"],
        [jwt("no object"), "CredentialsRefused"],
        ["e30.!!!.c2ln", "CredentialsRefused"],
        ["opaque", "CredentialsRefused"]
      ]
      for (const [token, tag] of cases) {
        const mock = Mock.make({
          token: Mock.token(token, 3600),
          resource: Mock.json(403, { error: { errors: [], message: "FORBIDDEN" } })
        })
        const error = yield* Effect.flip(login).pipe(Effect.provide(layer(mock)))
        assert.strictEqual(error._tag, tag, token)
        if (tag === "Forbidden") {
          assert.strictEqual(
            error.message,
            "FORBIDDEN: the access token has none of the scopes that allow customers.password.login: write:accounts:/auth/users, write:accounts:/auth/users/no-mfa"
          )
        }
      }
    })
  )

  it.effect("a body that is not Dintero's is said to be that", () =>
    Effect.gen(function* () {
      const { error } = yield* endOf("customers.settings.get", respond(403, bodies.html ?? ""))
      assert.strictEqual(
        error?.message,
        "GET /accounts/{aid}/customers/settings was answered with status 403 and a body that is not Dintero's"
      )
    })
  )

  it.effect("the sanitised request: names and templates", () =>
    Effect.gen(function* () {
      const { error } = yield* endOf(
        "customers.settings.get",
        Mock.json(403, { error: { message: "m" } }, { "x-request-id": "r-1" })
      )
      assert.isDefined(error)
      const { clientRequestId, history, ...rest } = error?.request ?? assert.fail("no error")
      assert.deepStrictEqual(rest, {
        operation: "customers.settings.get",
        method: "GET",
        path: "/accounts/{aid}/customers/settings",
        account: "T12345678",
        status: 403,
        requestId: "r-1",
        attempts: 1
      })
      assert.match(clientRequestId ?? "", /^[0-9a-f-]{36}$/)
      assert.deepStrictEqual(
        history.map(({ delay, requestId, status }) => ({ delay, requestId, status })),
        [{ delay: 0, requestId: "r-1", status: 403 }]
      )
    })
  )

  it.effect("Retry-After in its forms", () =>
    Effect.gen(function* () {
      const date = "Sat, 21 Nov 2026 12:00:00 GMT"
      const cases: ReadonlyArray<readonly [Record<string, string>, number | undefined]> = [
        [{ "retry-after": "7" }, 7000],
        [{ "retry-after": "0" }, 0],
        [{ "retry-after": "0.5" }, 500],
        [{ "retry-after-ms": "250" }, 250],
        [{ "retry-after-ms": "250.5" }, 251],
        [{ "retry-after-ms": "0", "retry-after": "9" }, 9000],
        [{ "retry-after": "120, 60" }, 120_000],
        [{ date, "retry-after": "Sat Nov 21 12:01:00 2026" }, 60_000],
        [{ date, "retry-after": "Sat, 21 Nov 2026 12:00:30 GMT" }, 30_000],
        [{ date, "retry-after": "Sat, 21 Nov 2026 11:00:00 GMT" }, 0],
        [{ "retry-after": "Thu, 01 Jan 1970 00:01:00 GMT" }, 60_000],
        [{ "retry-after": "-1" }, undefined],
        [{ "retry-after": "soon" }, undefined],
        [{ "retry-after": "" }, undefined],
        [{ "retry-after": "1e9" }, undefined],
        [{}, undefined]
      ]
      for (const [headers, millis] of cases) {
        for (const status of [429, 503]) {
          const { error } = yield* endOf("customers.settings.get", Mock.json(status, {}, headers))
          const told = error === undefined ? Option.none() : error.retryAfter
          assert.strictEqual(
            Option.getOrUndefined(Option.map(told, ({ value }) => (value._tag === "Millis" ? value.millis : -1))),
            millis,
            JSON.stringify(headers)
          )
        }
      }
    })
  )
})

describe("no secret ever leaves", () => {
  /** What an input hides. */
  const hiddenIn = (value: unknown): ReadonlyArray<string> =>
    Redacted.isRedacted(value)
      ? [String(Redacted.value(value))]
      : typeof value === "object" && value !== null
        ? Object.values(value).flatMap(hiddenIn)
        : []
  const secrets = [secret, bearer, btoa(`client:${secret}`), ...new Set(calls.flatMap(({ input }) => hiddenIn(input)))]
  const shown = (error: unknown): string =>
    [
      inspect(error, { depth: 50, showHidden: true }),
      JSON.stringify(error),
      String(error),
      error instanceof Error ? String(error.stack) : ""
    ].join("\n")

  it.effect("a server that repeats everything that it was sent, in every status and place", () =>
    Effect.gen(function* () {
      assert.isAtLeast(secrets.length, 7)
      for (const self of calls) {
        for (const status of [400, 401, 403, 404, 418, 429, 500, 503, 200]) {
          const { error } = yield* endOf(self.name, (request, count) => {
            // The secrets that this very request brought; those of other calls a server cannot know.
            const known = secrets.filter((candidate) =>
              `${request.url} ${request.body} ${request.headers.authorization}`.includes(candidate)
            )
            const text = `we got: ${known.join(" ")}`
            return Effect.succeed(
              Response.json(
                {
                  error: {
                    code: text,
                    message: text,
                    errors: [text, { [text]: [text] }, { code: text, message: text, path: [text] }],
                    [text]: text,
                    name: text,
                    in: count % 2 === 0 ? "body" : "query"
                  }
                },
                { status, headers: { "x-request-id": known.join(" ") } }
              )
            )
          })
          for (const hidden of secrets) assert.notInclude(shown(error), hidden, `${self.name} ${status}`)
        }
      }
    })
  )

  it.effect("an input that does not fit its schema", () =>
    Effect.gen(function* () {
      const customers = yield* Customers
      const auth = yield* Auth
      const tooLong = `${"p".repeat(300)}the-end`
      const wrong = [
        yield* Effect.flip(
          customers.password.login({ type: "customer", email: "a@b.c", password: Redacted.make(tooLong), audience })
        ),
        // As JavaScript, or a careless cast, would pass it.
        yield* Effect.flip(
          customers.password.login({ type: "customer", email: "a@b.c", password: "in-the-clear" as never, audience })
        ),
        yield* Effect.flip(auth.token({ grant_type: "refresh_token", refresh_token: "in-the-clear" as never }))
      ]
      for (const error of wrong) {
        assert.strictEqual(error._tag, "InvalidRequest")
        assert.notInclude(shown(error), "the-end")
        assert.notInclude(shown(error), "in-the-clear")
      }
    }).pipe(Effect.provide(layer(Mock.make({}))))
  )
})
