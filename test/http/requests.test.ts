import { assert, describe, it } from "@effect/vitest"
import { Cause, Config, ConfigProvider, DateTime, Effect, Either, Layer, Redacted } from "effect"
import {
  type AccessTokens,
  Auth,
  CircuitBreaker,
  Customers,
  Dintero,
  type DinteroError,
  RefreshPolicy,
  RetryPolicy,
  TokenStores
} from "effect-dintero"
import { operations } from "../../src/contract/Contract.js"
import { call, names, sampleOf } from "../operations/Samples.js"
import { audience } from "../utils/Account.js"
import * as Mock from "../utils/MockHttp.js"
import * as Spans from "../utils/Spans.js"

const layer = (mock: Mock.MockHttp, more: Partial<Dintero.Options> = {}) =>
  Dintero.layer({
    accountId: "T12345678",
    clientId: "my client",
    clientSecret: Redacted.make("sécret"),
    retry: RetryPolicy.none,
    ...more
  }).pipe(Layer.provide(mock.layer))

const sent = <A, E>(call: Effect.Effect<A, E, Auth | Customers>, more: Partial<Dintero.Options> = {}, mock = Mock.make({})) =>
  Effect.ignore(call).pipe(
    Effect.provide(layer(mock, more)),
    Effect.map(() => mock.requests)
  )

const headersOf = (json: unknown, isAnonymous: boolean): ReadonlyArray<string> => [
  "accept",
  ...(isAnonymous ? [] : ["authorization"]),
  ...(json === undefined ? [] : ["content-length", "content-type"])
]

/** Two redacted values are alike to a deep comparison, whatever they hide. Of a cursor by time the samples have the first word. */
const shown = (value: unknown): unknown =>
  Redacted.isRedacted(value)
    ? { redacted: Redacted.value(value) }
    : Array.isArray(value)
      ? value.map(shown)
      : typeof value === "object" && value !== null
        ? Object.fromEntries(Object.entries(value).map(([key, one]) => [key, shown(one)]))
        : typeof value === "string" && value.startsWith("since {")
          ? "since"
          : value

describe("what is sent", () => {
  it.effect("the client's token: Basic, for the account's audience", () =>
    Effect.map(sent(Effect.flatMap(Customers, (customers) => customers.settings.get())), ([token, settings]) => {
      assert.deepStrictEqual(token, {
        method: "POST",
        url: "https://api.dintero.com/v1/accounts/T12345678/auth/token",
        headers: {
          accept: "application/json",
          authorization: `Basic ${Buffer.from("my client:sécret").toString("base64")}`,
          "content-type": "application/json",
          "content-length": "94"
        },
        body: JSON.stringify({ grant_type: "client_credentials", audience })
      })
      assert.deepStrictEqual(settings, {
        method: "GET",
        url: "https://api.dintero.com/v1/accounts/T12345678/customers/settings",
        headers: { accept: "application/json", authorization: "Bearer t1" },
        body: ""
      })
    })
  )

  for (const name of names) {
    it.effect(`${name}: its sample, as the contract says; the answer is decoded`, () => {
      const { answer, input, sent } = sampleOf(name)
      const { authorization, method, success } = operations[name]
      const isAnonymous = authorization === "none"
      const reply: Mock.Answer = () =>
        Effect.sync(
          () =>
            new Response(answer.location !== undefined ? "" : answer.json === undefined ? null : JSON.stringify(answer.json), {
              status: success.status,
              headers: answer.location === undefined ? {} : { location: answer.location }
            })
        )
      const isClientsOwn = (request: Mock.Recorded) => request.headers.authorization?.startsWith("Basic ") === true
      const mock = Mock.make({
        token: (request, count) => (isClientsOwn(request) ? Mock.token("t1", 3600) : reply)(request, count),
        resource: reply
      })
      return Effect.gen(function* () {
        const value = yield* call(name, input)
        const [own, ...more] = mock.requests.filter((request) => !isClientsOwn(request))
        assert.deepStrictEqual(more, [])
        assert.strictEqual(own?.method, method)
        assert.strictEqual(own?.url, `https://api.dintero.com/v1${sent.path}`)
        assert.strictEqual(own?.headers.authorization, isAnonymous ? undefined : "Bearer t1")
        if (isAnonymous) assert.strictEqual(mock.tokens(), 0)
        assert.deepStrictEqual(own?.body === "" ? undefined : JSON.parse(own?.body ?? ""), sent.json)
        assert.deepStrictEqual(Object.keys(own?.headers ?? {}).sort(), headersOf(sent.json, isAnonymous))
        assert.deepStrictEqual(shown(value), shown(answer.value))
      }).pipe(Effect.provide(layer(mock)))
    })
  }

  it.effect("password.login: the password in the body, in clear, and only there", () =>
    Effect.map(
      sent(
        Effect.flatMap(Customers, (customers) =>
          customers.password.login({
            type: "company",
            ident_type: "phone_number",
            ident: "+4799999999",
            password: Redacted.make("123456"),
            audience
          })
        )
      ),
      ([, login]) => {
        assert.strictEqual(login?.method, "POST")
        assert.strictEqual(login?.url, "https://api.dintero.com/v1/accounts/T12345678/customers/login")
        assert.deepStrictEqual(JSON.parse(login?.body ?? ""), {
          audience,
          type: "company",
          password: "123456",
          ident_type: "phone_number",
          ident: "+4799999999"
        })
      }
    )
  )

  it.effect("auth.revoke: {} and an empty body are nothing", () =>
    Effect.gen(function* () {
      const answered = (body: string) =>
        Effect.flatMap(Auth, (auth) => Effect.either(auth.revoke({ token: Redacted.make("r-1") }))).pipe(
          Effect.provide(layer(Mock.make({ resource: () => Effect.sync(() => new Response(body)) })))
        )
      for (const body of ["{}", ""]) assert.deepStrictEqual(yield* answered(body), Either.right(undefined))
      const page = yield* answered("<html>")
      assert.strictEqual(Either.isLeft(page) && page.left._tag, "InvalidResponse")
    })
  )

  it.effect("auth.token: Basic for client_credentials, the client's Bearer token for every other grant", () =>
    Effect.gen(function* () {
      const secret = Redacted.make("x-1-x")
      const grants = [
        { grant_type: "password", username: "ada", password: secret, audience },
        { grant_type: "authorization_code", ident_type: "email", ident: "a@b.c", verification_code: secret, audience },
        { grant_type: "refresh_token", refresh_token: secret },
        { grant_type: "mfa_oob", oob_code: secret, binding_code: secret, mfa_token: secret },
        { grant_type: "account_user_token", audience }
      ] as const
      for (const grant of grants) {
        const requests = yield* sent(Effect.flatMap(Auth, (auth) => auth.token(grant)))
        assert.strictEqual(requests.length, 2)
        assert.strictEqual(requests[1]?.headers.authorization, "Bearer t1")
        assert.strictEqual(JSON.parse(requests[1]?.body ?? "").grant_type, grant.grant_type)
      }
      const own = yield* sent(Effect.flatMap(Auth, (auth) => auth.token({ grant_type: "client_credentials", audience })))
      assert.strictEqual(own.length, 1)
      assert.match(own[0]?.headers.authorization ?? "", /^Basic /)
    })
  )

  it.effect("baseUrl and audience as they were given", () =>
    Effect.gen(function* () {
      const keys = Effect.flatMap(Auth, (auth) => auth.keys())
      const urlOf = (baseUrl: string) => Effect.map(sent(keys, { baseUrl }), (requests) => requests[1]?.url)
      assert.strictEqual(yield* urlOf("http://127.0.0.1:4711"), "http://127.0.0.1:4711/v1/accounts/T12345678/auth/keys")
      assert.strictEqual(yield* urlOf("http://localhost:4711/"), "http://localhost:4711/v1/accounts/T12345678/auth/keys")
      assert.strictEqual(
        yield* urlOf("https://proxy.example.com/dintero/v1/"),
        "https://proxy.example.com/dintero/v1/accounts/T12345678/auth/keys"
      )
      const [token] = yield* sent(keys, { audience: "https://T12345678@api.dintero.com" })
      assert.strictEqual(JSON.parse(token?.body ?? "").audience, "https://T12345678@api.dintero.com")
    })
  )
})

describe("traces", () => {
  const program = Effect.gen(function* () {
    const customers = yield* Customers
    yield* customers.password.login({
      type: "customer",
      email: "ada@example.com",
      password: Redacted.make("the-password"),
      audience
    })
  })

  it.effect("a span per operation where a tracer listens, no header to the service, no secret in any attribute", () => {
    const { spans: seen, tracer } = Spans.make({
      // What tracers export of an exit: the text of its failure.
      end: (span, exit) =>
        span.attribute("failure", exit._tag === "Failure" ? Cause.pretty(exit.cause, { renderErrorCause: true }) : "")
    })
    const mock = Mock.make({
      token: Mock.token("the-bearer-token", 3600),
      resource: Mock.json(403, { error: { message: "the-password the-bearer-token" } })
    })
    return Effect.gen(function* () {
      const requests = yield* sent(program, {}, mock).pipe(Effect.withTracer(tracer))
      assert.includeMembers(
        seen.map(({ name }) => name),
        ["customers.password.login", "auth.token"]
      )
      for (const { headers } of requests) {
        assert.notProperty(headers, "traceparent")
        assert.notProperty(headers, "b3")
      }
      const text = JSON.stringify(seen.map(({ attributes, name }) => [name, ...attributes]))
      for (const secret of ["the-password", "the-bearer-token", "sécret", Buffer.from("my client:sécret").toString("base64")]) {
        assert.notInclude(text, secret)
      }
    })
  })

  it.effect("no header to the service without a tracer, nor inside a caller's own span", () =>
    Effect.map(sent(Effect.withSpan(program, "mine")), (requests) => {
      assert.strictEqual(requests.length, 2)
      for (const { headers } of requests) {
        assert.notProperty(headers, "traceparent")
        assert.notProperty(headers, "b3")
      }
    })
  )
})

describe("layers", () => {
  const build = <E>(layer: Layer.Layer<Auth | Customers | AccessTokens, E>) => Effect.scoped(Effect.flip(Layer.build(layer)))

  it.effect("name every option that cannot work", () =>
    Effect.gen(function* () {
      const error = yield* build(
        layer(Mock.make({}), {
          accountId: "..",
          clientId: "a:b",
          clientSecret: Redacted.make(""),
          audience: "x",
          baseUrl: "ftp://x"
        })
      )
      assert.strictEqual(error._tag, "InvalidConfiguration")
      assert.deepStrictEqual(
        error.issues.map(({ path }) => path),
        ["accountId", "baseUrl", "clientId", "clientSecret", "audience"]
      )
      for (const path of ["accountId", "baseUrl", "clientId", "clientSecret", "audience"]) assert.include(error.message, path)
    })
  )

  it.effect("http only to this machine, and no credentials in a URL", () =>
    Effect.gen(function* () {
      for (const baseUrl of [
        "http://api.dintero.com",
        "http://10.0.0.1",
        "http://127.0.0.1.evil.example",
        "https://user:pw@api.dintero.com",
        "https://x/?q=1",
        "nope",
        ""
      ]) {
        const error = yield* build(layer(Mock.make({}), { baseUrl }))
        assert.deepStrictEqual(
          error.issues.map(({ path }) => path),
          ["baseUrl"],
          baseUrl
        )
      }
    })
  )

  it.effect("http to another machine is refused by a sentence that names allowInsecure, and is permitted by it", () =>
    Effect.gen(function* () {
      const refused = yield* build(layer(Mock.make({}), { baseUrl: "http://dintero:4711" }))
      assert.include(refused.message, "allowInsecure: true")
      assert.include(refused.message, "DINTERO_ALLOW_INSECURE")
      const off = yield* build(layer(Mock.make({}), { baseUrl: "http://dintero:4711", allowInsecure: false }))
      assert.strictEqual(off.message, refused.message)
      const mock = Mock.make({})
      yield* Effect.flatMap(Customers, (customers) => customers.settings.get()).pipe(
        Effect.provide(layer(mock, { baseUrl: "http://dintero:4711", allowInsecure: true }))
      )
      assert.deepStrictEqual(
        mock.requests.map(({ url }) => url),
        ["http://dintero:4711/v1/accounts/T12345678/auth/token", "http://dintero:4711/v1/accounts/T12345678/customers/settings"]
      )
      for (const baseUrl of ["ftp://dintero", "http://user:pw@dintero", "http://dintero/?q=1"]) {
        yield* build(layer(Mock.make({}), { baseUrl, allowInsecure: true }))
      }
    })
  )

  it.effect("layerConfig reads the environment, and names the variable that is missing or cannot work", () =>
    Effect.gen(function* () {
      const mock = Mock.make({})
      const withEnv = (env: Record<string, string>) =>
        Layer.provide(Dintero.layerConfig, [
          mock.layer,
          Layer.setConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(env))))
        ])
      const good = { DINTERO_ACCOUNT_ID: "T12345678", DINTERO_CLIENT_ID: "client", DINTERO_CLIENT_SECRET: "secret" }
      const call = Effect.flatMap(Customers, (customers) => customers.settings.get())
      yield* Effect.provide(call, withEnv({ ...good, DINTERO_BASE_URL: "http://localhost:1" }))
      assert.strictEqual(mock.requests[1]?.url, "http://localhost:1/v1/accounts/T12345678/customers/settings")
      yield* Effect.provide(call, withEnv({ ...good, DINTERO_BASE_URL: "http://dintero:4711", DINTERO_ALLOW_INSECURE: "true" }))
      assert.strictEqual(mock.requests[3]?.url, "http://dintero:4711/v1/accounts/T12345678/customers/settings")
      const wrong: ReadonlyArray<readonly [Record<string, string>, string]> = [
        [{ DINTERO_ACCOUNT_ID: "T1" }, "DINTERO_ACCOUNT_ID"],
        [{ DINTERO_CLIENT_ID: "" }, "DINTERO_CLIENT_ID"],
        [{ DINTERO_CLIENT_ID: "a:b" }, "DINTERO_CLIENT_ID"],
        [{ DINTERO_CLIENT_SECRET: "" }, "DINTERO_CLIENT_SECRET"],
        [{ DINTERO_AUDIENCE: "x" }, "DINTERO_AUDIENCE"],
        [{ DINTERO_BASE_URL: "http://example.com" }, "DINTERO_BASE_URL"],
        [{ DINTERO_BASE_URL: "http://example.com", DINTERO_ALLOW_INSECURE: "false" }, "DINTERO_ALLOW_INSECURE"],
        [{ DINTERO_ALLOW_INSECURE: "perhaps" }, "DINTERO_ALLOW_INSECURE"]
      ]
      for (const [env, name] of wrong) {
        const error = yield* Effect.flip(Effect.provide(call, withEnv({ ...good, ...env })))
        assert.include(String(error), name)
      }
      for (const name of Object.keys(good)) {
        const { [name]: _, ...rest } = good as Record<string, string>
        const error = yield* Effect.flip(Effect.provide(call, withEnv(rest)))
        assert.include(String(error), name)
      }
    })
  )

  it.effect(
    "layerConfigWith takes the options of layer beside the environment, each as a Config; what is given comes first",
    () =>
      Effect.gen(function* () {
        const mock = Mock.make({ resource: Mock.json(500, {}) })
        const withEnv = (env: Record<string, string>, options: Parameters<typeof Dintero.layerConfigWith>[0]) =>
          Layer.provide(Dintero.layerConfigWith(options), [
            mock.layer,
            Layer.setConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(env))))
          ])
        const call = Effect.flatMap(Customers, (customers) => customers.settings.get())
        const env = { DINTERO_CLIENT_ID: "client", DINTERO_CLIENT_SECRET: "unused", SHOP_SECRET: "own", SHOP_HEADER: "x-shop" }
        const store = yield* TokenStores.memory
        const error = yield* Effect.flip(
          Effect.provide(
            call,
            withEnv(env, {
              // Not in the environment, and not missed there.
              accountId: Config.succeed("T87654321"),
              clientSecret: Config.redacted("SHOP_SECRET"),
              retry: Config.succeed(RetryPolicy.none),
              refresh: Config.succeed(RefreshPolicy.default),
              circuitBreaker: Config.succeed(CircuitBreaker.make()),
              shareTokens: Config.succeed({ store }),
              requestId: { header: Config.string("SHOP_HEADER") }
            })
          )
        )
        assert.strictEqual(error._tag, "ServerError")
        const [token, settings, ...more] = mock.requests
        assert.strictEqual(token?.headers.authorization, `Basic ${Buffer.from("client:own").toString("base64")}`)
        assert.strictEqual(settings?.url, "https://api.dintero.com/v1/accounts/T87654321/customers/settings")
        assert.isString(settings?.headers["x-shop"])
        // `RetryPolicy.none` is in force.
        assert.deepStrictEqual(more, [])
        // And the store is: another layer finds the token in it.
        yield* Effect.flip(
          Effect.provide(
            call,
            withEnv(env, {
              accountId: Config.succeed("T87654321"),
              retry: Config.succeed(RetryPolicy.none),
              shareTokens: Config.succeed({ store })
            })
          )
        )
        assert.strictEqual(mock.tokens(), 1)

        const whole = Config.succeed({ accountId: "T12345678", retry: RetryPolicy.none })
        yield* Effect.flip(Effect.provide(call, withEnv(env, whole)))
        assert.strictEqual(mock.requests.at(-1)?.url, "https://api.dintero.com/v1/accounts/T12345678/customers/settings")

        const plain = { accountId: "T12345678" } as unknown as typeof whole
        const wrong: ReadonlyArray<readonly [Parameters<typeof Dintero.layerConfigWith>[0], string]> = [
          [{}, "DINTERO_ACCOUNT_ID"],
          [{ accountId: Config.succeed("T1") }, "accountId"],
          [{ accountId: Config.string("SHOP_ACCOUNT") }, "SHOP_ACCOUNT"],
          [{ accountId: Config.succeed("T12345678"), requestId: { header: Config.succeed("host") } }, "requestId.header"],
          [plain, "accountId"]
        ]
        for (const [options, name] of wrong) {
          const error = yield* Effect.flip(Effect.provide(call, withEnv(env, options)))
          assert.include(String(error), name)
        }
      })
  )

  it.effect(
    "layerFixedToken sends the token that it was given; a 401 is TokenExpired after its expiresAt, else Unauthorized, whatever its words",
    () =>
      Effect.gen(function* () {
        const refusing = Mock.make({ resource: Mock.json(401, { error: { message: "invalid JWT" } }) })
        const saying = Mock.make({ resource: Mock.json(401, { error: { message: "invalid JWT: it has expired" } }) })
        const call = Effect.flip(Effect.flatMap(Customers, (customers) => customers.settings.get()))
        const over = (mock: Mock.MockHttp, expiresAt?: number) =>
          Effect.provide(
            call,
            Layer.provide(
              Dintero.layerFixedToken({
                accountId: "T12345678",
                token: Redacted.make("given-token"),
                expiresAt: expiresAt === undefined ? undefined : DateTime.unsafeMake(expiresAt)
              }),
              mock.layer
            )
          )
        assert.strictEqual((yield* over(refusing))._tag, "Unauthorized")
        assert.strictEqual((yield* over(refusing, 10_000))._tag, "Unauthorized")
        assert.strictEqual((yield* over(refusing, 0))._tag, "TokenExpired")
        assert.strictEqual((yield* over(saying))._tag, "Unauthorized")
        assert.strictEqual(refusing.tokens(), 0)
        assert.strictEqual(refusing.requests[0]?.headers.authorization, "Bearer given-token")
        assert.strictEqual(refusing.resources(), 3, "a token that cannot be replaced is not sent again")
        const illegal = yield* build(
          Layer.provide(Dintero.layerFixedToken({ accountId: "T12345678", token: Redacted.make("a\nb") }), refusing.layer)
        )
        assert.deepStrictEqual(
          illegal.issues.map(({ path }) => path),
          ["token"]
        )
      })
  )

  it.effect("layerTest: what was given answers, and what was not dies with its name", () =>
    Effect.gen(function* () {
      const customers = yield* Customers
      const auth = yield* Auth
      assert.deepStrictEqual(yield* customers.settings.get(), { users: { customer_id_format: "sequence" } })
      const missing: ReadonlyArray<readonly [string, Effect.Effect<unknown, DinteroError>]> = [
        ["customers.settings.update", customers.settings.update({})],
        ["auth.keys", auth.keys()]
      ]
      for (const [name, call] of missing) {
        const cause = yield* Effect.flip(Effect.sandbox(Effect.asVoid(call)))
        assert.strictEqual(cause._tag, "Die")
        assert.include(String(cause._tag === "Die" ? cause.defect : ""), `${name} was called`)
      }
    }).pipe(
      Effect.provide(
        Dintero.layerTest({
          customers: { settings: { get: () => Effect.succeed({ users: { customer_id_format: "sequence" } }) } }
        })
      )
    )
  )
})
