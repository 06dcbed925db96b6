/**
 * The shop with everything that it needs in one process: Dintero's two APIs, a collector, and sessions in files that disappear at the end.
 */
import { randomBytes } from "node:crypto"
import process from "node:process"
import { FileSystem } from "@effect/platform"
import { NodeContext, NodeRuntime } from "@effect/platform-node"
import { ConfigProvider, Console, Effect, Encoding, Layer, Redacted, Stream } from "effect"
import { constVoid } from "effect/Function"
import { DinteroEmbedded, Seed } from "effect-dintero/embedded"
import { ApplicationLive } from "./Application.js"
import { collect, describe } from "./Collector.js"
import * as Settings from "./Settings.js"

const tillKey = "the-key-of-a-demonstration"

const guide = (url: string, inspector: string) => `
The shop is at ${url}. Sign in, with the code that is printed here:

  curl -c cookies -H 'content-type: application/json' ${url}/sign-in -d '{"email":"ada@example.com","password":"correct horse battery staple"}'
  curl -c cookies -b cookies -H 'content-type: application/json' ${url}/sign-in/code -d '{"code":"THE CODE"}'
  curl -b cookies ${url}/me
  curl -b cookies -X PATCH -H 'content-type: application/json' ${url}/me/consents -d '{"email":true}'
  curl -c cookies -b cookies -X POST ${url}/sign-out

A till finds the customer of a card:

  curl -H 'authorization: Bearer ${tillKey}' -H 'content-type: application/json' ${url}/receipts \\
    -d '{"receiptId":"1","token":{"type":"card","value":"card-of-ada"},"amount":9900}'

What Dintero sees: ${inspector}
Ctrl-C ends it.
`

const program = Effect.gen(function* () {
  yield* Effect.addFinalizer(() => Console.log("The shop has ended."))
  const files = yield* FileSystem.FileSystem
  const seed = yield* Effect.flatMap(files.readFileString("seed.json"), Seed.parse)
  const dintero = yield* DinteroEmbedded.serve({ seed })
  yield* dintero.outbox.changes.pipe(
    Stream.runForEach(({ channel, code, recipient }) => Console.log(`${channel} to ${recipient}: ${code}`)),
    Effect.forkScoped
  )
  const collector = yield* collect({ host: "127.0.0.1", port: 0 }, (arrived) => Console.log(describe(arrived)))
  const directory = yield* files.makeTempDirectoryScoped()
  const demonstration = ConfigProvider.fromMap(
    new Map([
      ["DINTERO_ACCOUNT_ID", "T12345678"],
      ["DINTERO_CLIENT_ID", "shop"],
      ["DINTERO_CLIENT_SECRET", "the-secret-of-a-demonstration-protects-nothing"],
      ["DINTERO_BASE_URL", dintero.url],
      ["SESSIONS_DIRECTORY", `${directory}/sessions`],
      ["SESSIONS_KEY", Encoding.encodeBase64(randomBytes(32))],
      ["TILL_KEY", tillKey],
      ["COPY_FILE", `${directory}/customers.db`],
      ["OTEL_EXPORTER_OTLP_ENDPOINT", collector]
    ])
  )
  const environment = ConfigProvider.orElse(ConfigProvider.fromEnv(), () => demonstration)
  yield* Layer.build(Layer.provide(ApplicationLive, Layer.setConfigProvider(environment)))
  const port = yield* Settings.port
  yield* Console.log(guide(`http://localhost:${port}`, `${dintero.url}/#token=${Redacted.value(dintero.adminToken)}`))
  return yield* Effect.never
})

// npm passes on a Ctrl-C that the terminal has already sent to both. The second signal must not cut the end short.
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, constVoid)

program.pipe(Effect.scoped, Effect.provide(NodeContext.layer), NodeRuntime.runMain)
