/**
 * The shop as it is deployed: its own process, `effect-dintero serve` in another one, and Redis or files for the sessions.
 */
import { spawnSync } from "node:child_process"
import { randomBytes } from "node:crypto"
import { readFileSync } from "node:fs"
import { env } from "node:process"
import { FetchHttpClient, FileSystem, HttpClient, HttpClientRequest } from "@effect/platform"
import { NodeContext } from "@effect/platform-node"
import { assert, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Redacted, Schedule, Schema } from "effect"
import { DinteroEmbedded } from "effect-dintero/embedded"
import { type Arrived, collect } from "../src/Collector.js"
import * as Browser from "./Browser.js"
import * as Programs from "./Programs.js"

const Served = Schema.parseJson(
  Schema.Struct({
    url: Schema.String,
    account_id: Schema.String,
    client_id: Schema.String,
    client_secret: Schema.String,
    admin_token: Schema.String
  })
)

/** Dintero on a port, its controls, and the environment of a shop that uses it. */
const dintero = Effect.gen(function* () {
  const program = yield* Programs.start(Programs.dinteroServe, /^\{.*\}$/m)
  const served = yield* Schema.decode(Served)(program.ready[0])
  const controls = yield* DinteroEmbedded.connect({ url: served.url, adminToken: Redacted.make(served.admin_token) })
  const files = yield* FileSystem.FileSystem
  const directory = yield* files.makeTempDirectoryScoped()
  return {
    controls,
    url: served.url,
    environment: {
      DINTERO_ACCOUNT_ID: served.account_id,
      DINTERO_CLIENT_ID: served.client_id,
      DINTERO_CLIENT_SECRET: served.client_secret,
      DINTERO_BASE_URL: served.url,
      SESSIONS_KEY: randomBytes(32).toString("base64"),
      SESSIONS_DIRECTORY: `${directory}/sessions`,
      COPY_FILE: `${directory}/customers.db`,
      TILL_KEY: "the-key-of-the-tills",
      PORT: "0"
    }
  }
})

const shop = (environment: Record<string, string>) =>
  Effect.map(Programs.start(Programs.ours("main"), /Listening on (http:\S+)/, environment), (program) => ({
    ...program,
    url: program.ready[1] ?? ""
  }))

const signIn = (browser: Browser.Browser, url: string, { outbox }: Effect.Effect.Success<typeof dintero>["controls"]) =>
  Effect.gen(function* () {
    const first = yield* browser("POST", `${url}/sign-in`, { email: "ada@example.com", password: Browser.password })
    assert.strictEqual(first.status, 202)
    const { code = "" } = yield* outbox.awaitNext({ channel: "sms" })
    assert.strictEqual((yield* browser("POST", `${url}/sign-in/code`, { code })).status, 200)
    return code
  })

/** The command with which the image of a stage asks for its own health. */
const healthCheck = (stage: string) => {
  const [, text = ""] = readFileSync(new URL("../Dockerfile", import.meta.url), "utf8").split(` AS ${stage}\n`)
  return Schema.decodeSync(Schema.parseJson(Schema.Array(Schema.String)))(/^HEALTHCHECK .* CMD (\[.*\])$/m.exec(text)?.[1] ?? "")
}

const isHealthy = (stage: string, url: string) =>
  Effect.sync(() => {
    const { port } = new URL(url)
    const [command = "", ...args] = healthCheck(stage)
    const text = args.map((arg) => arg.replace(":4711", `:${port}`))
    return spawnSync(command, text, { env: { ...env, PORT: port } }).status === 0
  })

const TestLive = Layer.merge(FetchHttpClient.layer, NodeContext.layer)

it.scopedLive(
  "sessions in files: they survive a restart, which finishes the request that is open, and no secret leaves the process",
  () =>
    Effect.gen(function* () {
      const arrived: Array<Arrived> = []
      const collector = yield* collect({ host: "127.0.0.1", port: 0 }, (one) => Effect.sync(() => arrived.push(one)))
      const { controls, environment, url } = yield* dintero
      assert.isTrue(yield* isHealthy("dintero", url))
      const variables = { ...environment, OTEL_EXPORTER_OTLP_ENDPOINT: collector }
      const before = yield* shop(variables)
      assert.isTrue(yield* isHealthy("shop", before.url))
      const browser = yield* Browser.open
      const code = yield* signIn(browser, before.url, controls)
      assert.strictEqual((yield* browser("GET", `${before.url}/me`)).status, 200)

      // Dintero takes its time for one more request, and the shop is told to end while the request is open.
      const { rule } = yield* controls.faults.add({
        match: { operation: "customers.users.get", times: 1 },
        fault: { kind: "delay", millis: 1_500 }
      })
      const open = yield* Effect.fork(browser("GET", `${before.url}/me`))
      yield* controls.faults.list.pipe(
        Effect.repeat({
          schedule: Schedule.spaced("20 millis"),
          until: (faults) => faults.some((fault) => fault.rule === rule && fault.applied > 0)
        })
      )
      assert.strictEqual(yield* before.stop, 0)
      assert.strictEqual((yield* Fiber.join(open)).status, 200)

      assert.isFalse(yield* isHealthy("shop", before.url))

      // All that a shop has not told yet is told at its end.
      const spans = arrived.flatMap((one) => (one._tag === "Spans" ? one.spans : []))
      const call = spans.find(({ name }) => name === "customers.users.get")
      assert.includeMembers(
        spans.filter(({ traceId }) => traceId === call?.traceId).map(({ name }) => name),
        ["http.server GET", "session.resume", "customers.users.get"]
      )
      assert.isTrue(arrived.some((one) => one._tag === "Metrics" && one.names.includes("dintero_sessions_started")))

      const after = yield* shop(variables)
      assert.strictEqual((yield* browser("GET", `${after.url}/me`)).status, 200)
      assert.strictEqual((yield* browser("POST", `${after.url}/sign-out`)).status, 204)
      assert.strictEqual((yield* browser("GET", `${after.url}/me`)).status, 401)
      assert.strictEqual(yield* after.stop, 0)

      const told = before.output() + after.output() + JSON.stringify(arrived)
      for (const secret of [
        Browser.password,
        environment.DINTERO_CLIENT_SECRET,
        environment.SESSIONS_KEY,
        environment.TILL_KEY,
        `"${code}"`
      ]) {
        assert.notInclude(told, secret)
      }
    }).pipe(Effect.provide(TestLive))
)

it.scopedLive.skipIf(!Programs.hasRedis)(
  `sessions in Redis: two processes share them${Programs.hasRedis ? "" : " (skipped: apt-get install redis-server)"}`,
  () =>
    Effect.gen(function* () {
      const { controls, environment } = yield* dintero
      const variables = { ...environment, SESSIONS: "redis", REDIS_URL: yield* Programs.redis }
      const [one, other] = yield* Effect.all([shop(variables), shop(variables)], { concurrency: 2 })
      const browser = yield* Browser.open
      yield* signIn(browser, one.url, controls)
      assert.strictEqual((yield* browser("GET", `${other.url}/me`)).status, 200)
      assert.strictEqual((yield* browser("POST", `${other.url}/sign-out`)).status, 204)
      assert.strictEqual((yield* browser("GET", `${one.url}/me`)).status, 401)
    }).pipe(Effect.provide(TestLive))
)

it.scopedLive("the synchronisation as a command goes on where it ended", () =>
  Effect.gen(function* () {
    const { environment } = yield* dintero
    const run = Programs.start(Programs.ours("synchronise"), /changes: (\d+)/, environment)
    const first = yield* run
    assert.strictEqual(first.ready[1], "2")
    assert.strictEqual(yield* first.end, 0)
    assert.strictEqual((yield* run).ready[1], "0")
  }).pipe(Effect.provide(TestLive))
)

it.scopedLive("while Dintero is away, the shop says so, and stays", () =>
  Effect.gen(function* () {
    const { environment } = yield* dintero
    const client = yield* HttpClient.HttpClient
    const { url } = yield* shop({ ...environment, DINTERO_BASE_URL: "http://127.0.0.1:9" })
    const signIn = HttpClientRequest.post(`${url}/sign-in`).pipe(
      HttpClientRequest.bodyUnsafeJson({ email: "ada@example.com", password: Browser.password })
    )
    const response = yield* client.execute(signIn)
    assert.strictEqual(response.status, 503)
    assert.strictEqual(response.headers["retry-after"], "5")
    assert.deepInclude(yield* response.json, { what: "dintero" })
    assert.strictEqual((yield* client.get(`${url}/health/live`)).status, 204)
  }).pipe(Effect.provide(TestLive))
)
