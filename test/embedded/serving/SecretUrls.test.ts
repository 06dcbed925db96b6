/**
 * `auth.authorize` has a code in its URL, and its answer and that of `auth.redirect` have a URL with an ID token. Neither is shown anywhere.
 */

import { inspect } from "node:util"
import { FetchHttpClient, HttpClient } from "@effect/platform"
import { NodeHttpClient } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Logger, Redacted } from "effect"
import { Auth, Customers, Dintero, Session, Sessions, TokenStores } from "effect-dintero"
import { DinteroEmbedded, PasswordHashing } from "effect-dintero/embedded"
import { UndiciTransport } from "effect-dintero/undici"
import * as LogLine from "../../../src/cli/LogLine.js"
import * as Spans from "../../utils/Spans.js"
import { account, ada, audience, client } from "../Api.js"

const callback = "https://shop.example/signed-in"
const options = { passwordHashing: PasswordHashing.fastForTests }

/** What a program lets others see. */
const watching = () => {
  const seen: Array<string> = []
  const see = (value: unknown) => seen.push(inspect(value, { depth: 20, showHidden: true }))
  const { tracer } = Spans.make({
    begin: ({ name }) => see(name),
    attribute: (_, key, value) => see([key, value]),
    event: (_, name, attributes) => see([name, attributes]),
    end: ({ attributes }, exit) => {
      see(exit)
      see(attributes)
    }
  })
  const logger = Logger.replace(Logger.defaultLogger, Logger.make(see))
  return { seen, see, layer: Layer.merge(Layer.setTracer(tracer), logger) }
}

/** Both calls, and what a caller of them gets to see. */
const calls = (see: (value: unknown) => void) =>
  Effect.gen(function* () {
    const auth = yield* Auth
    const customers = yield* Customers
    const sessions = yield* Sessions
    const login = yield* customers.password.login({
      type: "customer",
      email: ada.email,
      password: Redacted.make(DinteroEmbedded.demoPassword),
      audience
    })
    const { verification_code = Redacted.make("no code") } = yield* auth.passwordless.code({
      audience,
      client_id: client.client_id,
      user_id: "ada"
    })
    const request = { audience, client_id: client.client_id, response_type: "authenticate", verification_code } as const
    const url = yield* auth.authorize({ ...request, redirect_uri: callback })
    const refused = yield* Effect.flip(auth.authorize({ ...request, redirect_uri: callback }))
    const elsewhere = yield* Effect.flip(auth.authorize({ ...request, redirect_uri: "https://evil.example" }))
    const session = yield* sessions.start(login, { id: "ada" })
    const { redirect_uri = Redacted.make("no URL") } = yield* Session.with(auth.redirect({ redirect_uri: callback }), session)
    const notSignedIn = yield* Effect.flip(auth.redirect({ redirect_uri: callback }))
    assert.deepStrictEqual(
      [refused, elsewhere, notSignedIn].map(({ _tag }) => _tag),
      ["CredentialsRefused", "BadRequest", "Forbidden"]
    )
    for (const error of [refused, elsewhere, notSignedIn]) {
      see(error)
      see(JSON.stringify(error))
      see(String(error))
    }
    see({ verification_code, url, redirect_uri })
    yield* Effect.logInfo("redirects", url, redirect_uri)
    const idTokens = [url, redirect_uri].map((one) => new URL(Redacted.value(one)).searchParams.get("id_token") ?? "")
    for (const idToken of idTokens) assert.strictEqual(idToken.split(".").length, 3)
    return [Redacted.value(verification_code), ...idTokens]
  })

const clientOf = (baseUrl: string) =>
  Dintero.layer({
    accountId: account,
    clientId: client.client_id,
    clientSecret: Redacted.make(client.client_secret),
    baseUrl
  })

/** Runs the calls over a transport, and looks for their secrets in everything that was seen. */
const check = (
  embedded: DinteroEmbedded.EmbeddedService,
  baseUrl: string,
  transport: Layer.Layer<HttpClient.HttpClient>,
  { layer, see, seen }: ReturnType<typeof watching>
) =>
  Effect.gen(function* () {
    const services = Sessions.layer().pipe(
      Layer.provide(TokenStores.layerMemory),
      Layer.provideMerge(clientOf(baseUrl)),
      Layer.provide(transport)
    )
    const secrets = yield* calls(see).pipe(Effect.provide(Layer.provideMerge(services, layer)))
    const entries = yield* embedded.journal.list()
    see(entries)
    const text = LogLine.text(false, () => undefined)
    for (const entry of entries) see([LogLine.json.request(entry), text.request(entry)])
    const shown = seen.join("\n")
    assert.include(shown, "auth.authorize")
    for (const secret of secrets) assert.notInclude(shown, secret)
    return secrets
  })

const transports = {
  "NodeHttpClient.layer": NodeHttpClient.layer,
  "NodeHttpClient.layerUndici": NodeHttpClient.layerUndici,
  FetchHttpClient: FetchHttpClient.layer,
  UndiciTransport: UndiciTransport.layer
}

describe("URLs with a secret are in no span, log, error or journal", () => {
  for (const [name, transport] of Object.entries(transports)) {
    it.scopedLive(`over a port, by ${name}; the redirect is not followed`, () =>
      Effect.gen(function* () {
        const watched = watching()
        // The server runs where a tracer listens too.
        const served = yield* Effect.provide(DinteroEmbedded.serve(options), watched.layer)
        yield* check(served, `${served.url}/v1`, transport, watched)
        assert.deepStrictEqual(
          (yield* served.journal.list({ operation: "auth.redirect" })).map(({ status }) => status),
          [200, 403]
        )
      })
    )
  }

  it.scopedLive("in process", () =>
    Effect.gen(function* () {
      const watched = watching()
      const embedded = yield* Effect.provide(DinteroEmbedded.make(options), watched.layer)
      const transport = Layer.succeed(HttpClient.HttpClient, embedded.httpClient)
      yield* check(embedded, "https://api.dintero.com/v1", transport, watched)
    })
  )

  it.scopedLive("when nobody answers", () =>
    Effect.gen(function* () {
      const { see, seen, layer } = watching()
      const code = "a-code-that-nobody-redeems"
      const broken = HttpClient.make((request, url) => {
        if (url.pathname.endsWith("/auth/token")) {
          return DinteroEmbedded.make(options).pipe(
            Effect.flatMap(({ httpClient }) => httpClient.execute(request)),
            Effect.scoped,
            Effect.orDie
          )
        }
        return Effect.dieMessage(`cannot reach ${url}`)
      })
      const failed = yield* Effect.flatMap(Auth, (auth) =>
        auth.authorize({
          audience,
          client_id: client.client_id,
          response_type: "authenticate",
          verification_code: Redacted.make(code)
        })
      ).pipe(
        Effect.flip,
        Effect.provide(
          clientOf("https://api.dintero.com/v1").pipe(
            Layer.provide(Layer.succeed(HttpClient.HttpClient, broken)),
            Layer.provideMerge(layer)
          )
        )
      )
      assert.strictEqual(failed._tag, "TransportError")
      see(failed)
      see(JSON.stringify(failed))
      assert.notInclude(seen.join("\n"), code)
    })
  )
})
