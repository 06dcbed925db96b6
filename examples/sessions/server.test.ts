import { Cookies, HttpClient, HttpClientRequest } from "@effect/platform"
import { NodeHttpServer } from "@effect/platform-node"
import { assert, it } from "@effect/vitest"
import { Effect, Layer, Ref } from "effect"
import { Sessions, TokenStores } from "effect-dintero"
import { DinteroEmbedded, PasswordHashing } from "effect-dintero/embedded"
import { ServerLayer } from "./Server.js"

/** The whole server with real sessions, over the two APIs in this process. */
const Shop = ServerLayer.pipe(
  Layer.provide(Sessions.layer()),
  Layer.provideMerge(DinteroEmbedded.layer({ passwordHashing: PasswordHashing.fastForTests })),
  Layer.provide(TokenStores.layerMemory),
  Layer.provideMerge(NodeHttpServer.layerTest)
)

const signIn = HttpClientRequest.post("/sign-in").pipe(
  HttpClientRequest.bodyUnsafeJson({ email: "ada@example.com", password: DinteroEmbedded.demoPassword })
)

it.scopedLive("a customer signs in, is known, and signs out", () =>
  Effect.gen(function* () {
    const cookies = yield* Ref.make(Cookies.empty)
    const browser = HttpClient.withCookiesRef(yield* HttpClient.HttpClient, cookies)
    assert.strictEqual((yield* browser.execute(signIn)).status, 204)
    const me = yield* browser.get("/me")
    assert.deepInclude(yield* me.json, { customerId: "ada", email: "ada@example.com" })
    assert.strictEqual((yield* browser.post("/sign-out")).status, 204)
    assert.strictEqual((yield* browser.get("/me")).status, 401)
  }).pipe(Effect.provide(Shop))
)
