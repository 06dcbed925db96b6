/**
 * The package in workerd, the runtime of Cloudflare Workers, with the options for it and without.
 *
 * Where there is no workerd the tests are skipped, but for in CI, where they fail.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs"
import * as Http from "node:http"
import type * as Net from "node:net"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { DinteroEmbedded, PasswordHashing } from "effect-dintero/embedded"
import * as Esbuild from "esbuild"
import { root } from "../cli/Child.js"
import { account, clientId, clientSecret, seed } from "../sessions/System.js"
import { needed } from "../utils/Needed.js"
import * as Runtimes from "../utils/Runtimes.js"
import type { Env } from "./Worker.js"
import * as Workerd from "./Workerd.js"

const availability = needed(Runtimes.workerd.isThere(), Runtimes.workerd.reason)

/** Holds the token requests back, from the moment when it is shut until so many requests of the worker wait for a token. */
interface Gate {
  readonly origin: string
  readonly shut: (until: number) => void
  /** The answered token requests since it was shut: the grant and the status. */
  readonly tokens: () => ReadonlyArray<string>
}

const gateBefore = (upstream: string) =>
  Effect.acquireRelease(
    Effect.async<{ readonly server: Http.Server; readonly gate: Gate }>((resume) => {
      let missing = 0
      let held: Array<() => void> = []
      let tokens: Array<string> = []
      const through = () => {
        for (const go of held) go()
        held = []
      }
      const server = Http.createServer((request, response) => {
        const chunks: Array<Buffer> = []
        request.on("data", (chunk: Buffer) => chunks.push(chunk))
        request.on("end", () => {
          if (request.url?.endsWith("/joined") === true) {
            response.end()
            if (--missing === 0) through()
            return
          }
          const body = Buffer.concat(chunks)
          const grant = /"grant_type":"(\w+)"/.exec(body.toString())?.[1]
          const forward = () => {
            const { host: _, ...headers } = request.headers
            const out = Http.request(`${upstream}${request.url}`, { method: request.method ?? "GET", headers }, (answer) => {
              if (grant !== undefined) tokens.push(`${grant} ${answer.statusCode}`)
              response.writeHead(answer.statusCode ?? 500, answer.headers)
              answer.pipe(response)
            })
            out.on("error", () => response.destroy())
            out.end(body)
          }
          if (grant !== undefined && missing > 0) held.push(forward)
          else forward()
        })
      })
      server.listen(0, "127.0.0.1", () => {
        const { port } = server.address() as Net.AddressInfo
        const gate: Gate = {
          origin: `http://127.0.0.1:${port}/v1`,
          shut: (until) => {
            missing = until
            tokens = []
          },
          tokens: () => tokens
        }
        resume(Effect.succeed({ server, gate }))
      })
    }),
    ({ server }) =>
      Effect.async<void>((resume) => {
        server.closeAllConnections()
        server.close(() => resume(Effect.void))
      })
  ).pipe(Effect.map(({ gate }) => gate))

const start = (env: Env) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      mkdirSync(join(root, ".tmp"), { recursive: true })
      const folder = mkdtempSync(join(root, ".tmp", "worker-"))
      await Esbuild.build({
        entryPoints: [join(root, "test/workers/Worker.ts")],
        alias: { "effect-dintero": join(root, "src", "index.ts") },
        outfile: join(folder, "worker.js"),
        bundle: true,
        format: "esm",
        platform: "browser",
        logLevel: "silent"
      })
      return { folder, workerd: await Workerd.start(folder, "worker.js", { ...env }) }
    }),
    ({ folder, workerd }) =>
      Effect.promise(async () => {
        await workerd.stop()
        rmSync(folder, { recursive: true, force: true })
      })
  ).pipe(
    Effect.map(({ workerd: { log, origin } }) => ({
      log,
      /** The status and the text of an answer. */
      get: (path: string) =>
        Effect.promise(() =>
          fetch(`${origin}${path}`, { headers: { connection: "close" } }).then(
            async (answer) => `${answer.status} ${await answer.text()}`
          )
        )
    }))
  )

const system = (isolated: boolean) =>
  Effect.gen(function* () {
    const embedded = yield* DinteroEmbedded.serve({ seed, passwordHashing: PasswordHashing.fastForTests })
    const gate = yield* gateBefore(embedded.url)
    const worker = yield* start({
      ACCOUNT: account,
      CLIENT_ID: clientId,
      CLIENT_SECRET: Redacted.value(clientSecret),
      GATE: gate.origin,
      ISOLATED: isolated ? "yes" : "no"
    })
    return { embedded, gate, worker }
  })

const times = (count: number, answer: string): ReadonlyArray<string> => Array.from({ length: count }, () => answer)

describe.skipIf(availability.isSkipped)(`on Cloudflare Workers${availability.note}`, () => {
  for (const count of [3, 20]) {
    it.scopedLive(
      `with isolateRequests ${count} first requests at once all succeed, each with a token request of its own`,
      () =>
        Effect.gen(function* () {
          const { gate, worker } = yield* system(true)
          gate.shut(count)
          const answers = yield* Effect.all(times(count, "/settings?joins").map(worker.get), { concurrency: "unbounded" })
          assert.deepStrictEqual(answers, times(count, "200 uuid"), worker.log())
          assert.deepStrictEqual(gate.tokens(), times(count, "client_credentials 200"))
          // The token is shared from then on.
          gate.shut(0)
          assert.deepStrictEqual(yield* Effect.all(times(3, "/settings").map(worker.get)), times(3, "200 uuid"))
          assert.deepStrictEqual(gate.tokens(), [])
        }),
      60_000
    )
  }

  it.scopedLive(
    "without it, requests that wait for the token request of another one are cancelled by the runtime",
    () =>
      Effect.gen(function* () {
        const { gate, worker } = yield* system(false)
        gate.shut(3)
        const answers = yield* Effect.all(times(3, "/settings?joins").map(worker.get), { concurrency: "unbounded" })
        assert.deepStrictEqual(gate.tokens(), ["client_credentials 200"])
        assert.deepStrictEqual([...answers].sort(), ["200 uuid", ...times(2, "500 Internal Server Error")])
        assert.match(worker.log(), /canceled this request because it detected that your Worker's code had hung/)
      }),
    60_000
  )

  it.scopedLive(
    "a session is renewed once by requests that come at once after its token has expired, and all of them succeed",
    () =>
      Effect.gen(function* () {
        const { embedded, gate, worker } = yield* system(true)
        const id = (yield* worker.get("/login")).replace(/^200 /, "")
        assert.strictEqual(yield* worker.get(`/me?id=${id}`), "200 uuid", worker.log())
        yield* embedded.clock.advance("2 hours")
        gate.shut(10)
        const answers = yield* Effect.all(times(10, `/me?id=${id}&joins`).map(worker.get), { concurrency: "unbounded" })
        assert.deepStrictEqual(answers, times(10, "200 uuid"), worker.log())
        assert.deepStrictEqual(
          gate.tokens().filter((token) => token === "refresh_token 200"),
          ["refresh_token 200"]
        )
      }),
    60_000
  )
})
