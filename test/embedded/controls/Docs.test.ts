import { HttpServerRequest, HttpServerResponse } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Docs from "../../../src/layers/embedded/controls/http/Docs.js"

interface Asked {
  readonly method?: string
  readonly path?: string
  readonly headers?: Record<string, string>
}

const ask = (app: typeof Docs.app, { headers, method = "GET", path = "/docs" }: Asked = {}) =>
  Effect.flatMap(
    Effect.provideService(
      Effect.scoped(app),
      HttpServerRequest.HttpServerRequest,
      HttpServerRequest.fromWeb(new Request(`http://127.0.0.1${path}`, { method, ...(headers === undefined ? {} : { headers }) }))
    ),
    (response) => {
      const web = HttpServerResponse.toWeb(response, { withoutBody: method === "HEAD" })
      return Effect.map(
        Effect.promise(() => web.text()),
        (text) => {
          const headers: Record<string, string> = {}
          web.headers.forEach((value, name) => {
            headers[name] = value
          })
          return { status: response.status, headers, text }
        }
      )
    }
  )

/** Documents that take a while, and count how often they are built. */
const counted = () => {
  const builds = { page: 0, openApi: 0 }
  const app = Docs.make({
    page: Effect.suspend(() => {
      builds.page++
      return Effect.as(
        Effect.promise(() => new Promise((resolve) => setImmediate(resolve))),
        {
          bytes: Buffer.from("the page"),
          contentType: "text/html"
        }
      )
    }),
    openApi: Effect.sync(() => {
      builds.openApi++
      return { bytes: Buffer.from("{}"), contentType: "application/json" }
    })
  })
  return { app, builds }
}

describe("/docs", () => {
  it.effect("is built once, for requests at the same time and for later ones", () =>
    Effect.gen(function* () {
      const { app, builds } = counted()
      assert.deepStrictEqual(builds, { page: 0, openApi: 0 })
      const all = yield* Effect.all(
        Array.from({ length: 10 }, () => ask(app)),
        { concurrency: "unbounded" }
      )
      all.push(yield* ask(app))
      for (const { text } of all) assert.strictEqual(text, "the page")
      assert.strictEqual((yield* ask(app, { path: "/docs/openapi.json" })).text, "{}")
      assert.strictEqual((yield* ask(app, { path: "/docs/openapi.json" })).text, "{}")
      assert.deepStrictEqual(builds, { page: 1, openApi: 1 })
    })
  )

  it.effect("is built for the others when the one who asked first goes away", () =>
    Effect.gen(function* () {
      const { app, builds } = counted()
      const [first, second] = yield* Effect.all([Effect.fork(ask(app)), Effect.fork(ask(app))])
      yield* Effect.yieldNow()
      yield* first.interruptAsFork(first.id())
      const { text } = yield* second.await.pipe(Effect.flatten)
      assert.strictEqual(text, "the page")
      assert.strictEqual(builds.page, 1)
    })
  )

  for (const path of ["/docs", "/docs/openapi.json"]) {
    it.effect(`${path} has the same bytes each time, and none for one who has them`, () =>
      Effect.gen(function* () {
        const first = yield* ask(Docs.app, { path })
        const again = yield* ask(Docs.app, { path })
        assert.deepStrictEqual(again, first)
        const { headers, status, text } = first
        assert.strictEqual(status, 200)
        assert.include(text, "Dintero")
        assert.include(headers["content-security-policy"], "default-src 'none'")
        const known = yield* ask(Docs.app, { path, headers: { "if-none-match": `"other", W/${headers.etag}` } })
        assert.deepStrictEqual([known.status, known.text, known.headers.etag], [304, "", headers.etag])
        assert.strictEqual(known.headers["content-security-policy"], headers["content-security-policy"])
        const other = yield* ask(Docs.app, { path, headers: { "if-none-match": '"other"' } })
        assert.strictEqual(other.text, text)
        const head = yield* ask(Docs.app, { path, method: "HEAD" })
        assert.deepStrictEqual([head.status, head.text, head.headers.etag], [200, "", headers.etag])
        assert.strictEqual(head.headers["content-length"], String(Buffer.byteLength(text)))
      })
    )
  }
})
