import { EventEmitter } from "node:events"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { afterEach, assert, describe, it, vi } from "@effect/vitest"
import { ConfigProvider, Effect, Fiber, TestClock } from "effect"
import * as Parent from "../../src/cli/Parent.js"
import * as Signals from "../../src/cli/Signals.js"
import { samples } from "../utils/Claim.js"
import { cli, connect, firstLine, folder, root, start, startCommand, untilClosed } from "./Child.js"

const patience = 180_000

describe("signals", () => {
  afterEach(() => void vi.useRealTimers())

  const listening = () => {
    vi.useFakeTimers()
    const source = new EventEmitter()
    const stop = vi.fn()
    Signals.listen(source, stop)
    return { source, stop }
  }

  for (const pair of [
    ["SIGINT", "SIGINT"],
    ["SIGINT", "SIGTERM"],
    ["SIGTERM", "SIGHUP"],
    ["SIGHUP", "SIGINT"]
  ] as const) {
    it(`${pair.join(" and ")} within a second are one, and after it the second ends the process`, () => {
      const { source, stop } = listening()
      source.emit(pair[0])
      vi.advanceTimersByTime(30)
      assert.isTrue(source.emit(pair[1]), "nobody listens, so that the process would end at once")
      vi.advanceTimersByTime(969)
      assert.isTrue(source.emit(pair[1]))
      assert.strictEqual(stop.mock.calls.length, 1)
      vi.advanceTimersByTime(1)
      // Nobody listens any more: then the system ends a process.
      assert.deepStrictEqual(source.eventNames(), [])
    })
  }

  for (const first of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    it.scopedLive(
      `${first}, and the others with it, do not cut the answer under way`,
      () =>
        Effect.gen(function* () {
          const child = yield* start(cli, ["serve", "--json"])
          const { account_id, client_id, client_secret, url } = JSON.parse(yield* firstLine(child))
          const body = JSON.stringify({
            grant_type: "client_credentials",
            audience: `https://api.dintero.com/v1/accounts/${account_id}`
          })
          const connection = yield* connect(url)
          yield* connection.send(
            [
              `POST /v1/accounts/${account_id}/auth/token HTTP/1.1`,
              `Host: ${new URL(url).host}`,
              `Authorization: Basic ${Buffer.from(`${client_id}:${client_secret}`).toString("base64")}`,
              "Content-Type: application/json",
              `Content-Length: ${body.length}`,
              "Expect: 100-continue",
              "\r\n"
            ].join("\r\n")
          )
          yield* connection.until(/100 Continue/)
          // All at once: however busy the machine is, they are less than a second apart.
          for (const signal of [first, "SIGINT", "SIGTERM", "SIGHUP"] as const) yield* child.signal(signal)
          yield* untilClosed(url)
          yield* connection.send(body)
          assert.match(yield* connection.until(/access_token/), /HTTP\/1\.1 200 OK/)
          assert.deepInclude(yield* child.ended, { code: 0, signal: null })
        }),
      patience
    )
  }
})

const logins = samples(120, 8)

describe("SIGTERM", () => {
  const granted = (printed: string) =>
    Effect.promise(async () => {
      const { account_id, audience, client_id, client_secret, customer, url } = JSON.parse(printed)
      const authorization = `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString("base64")}`
      const response = await fetch(`${url}/v1/accounts/${account_id}/auth/token`, {
        method: "POST",
        headers: { authorization, "content-type": "application/json" },
        body: JSON.stringify({ grant_type: "client_credentials", audience })
      })
      const { access_token } = await response.json()
      const body = JSON.stringify({ type: "customer", ...customer, audience })
      const { host } = new URL(url)
      const head = `Host: ${host}\r\nAuthorization: Bearer ${access_token}\r\n`
      return {
        url,
        login: [
          `POST /v1/accounts/${account_id}/customers/login HTTP/1.1\r\n${head}Content-Type: application/json`,
          `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
        ].join("\r\n"),
        settings: `GET /v1/accounts/${account_id}/customers/settings HTTP/1.1\r\n${head}\r\n`
      }
    })

  const answersOf = (connections: ReadonlyArray<Effect.Effect.Success<ReturnType<typeof connect>>>) =>
    // A pattern that nothing matches: until the end of the connection.
    Effect.forEach(connections, (connection) => Effect.map(connection.until(/(?!)/), (text) => text.slice(0, 15)), {
      concurrency: "unbounded"
    })

  it.scopedLive(
    `waits for ${logins.count} logins, however long a client that stalls is waited for${logins.note}`,
    () =>
      Effect.gen(function* () {
        const child = yield* start(cli, ["serve", "--json", "--time-limits", "stop=0.2"])
        const { login, url } = yield* granted(yield* firstLine(child))
        const connections = yield* Effect.replicateEffect(connect(url), logins.count)
        for (const connection of connections) yield* connection.send(login)
        // Which of them are read already is of no matter.
        yield* child.signal("SIGTERM")
        assert.deepStrictEqual(
          yield* answersOf(connections),
          Array.from({ length: logins.count }, () => "HTTP/1.1 200 OK")
        )
        assert.deepInclude(yield* child.ended, { code: 0, signal: null })
      }),
    patience
  )

  it.scopedLive(
    "answers the requests that new connections have sent, read or not",
    () =>
      Effect.gen(function* () {
        const child = yield* start(cli, ["serve", "--json"])
        const { settings, url } = yield* granted(yield* firstLine(child))
        // Stopped, it can neither accept a connection nor read a request before the signal.
        yield* child.signal("SIGSTOP")
        const connections = yield* Effect.replicateEffect(connect(url), 100)
        for (const connection of connections) yield* connection.send(settings)
        yield* child.signal("SIGTERM")
        yield* child.signal("SIGCONT")
        assert.deepStrictEqual(
          yield* answersOf(connections),
          Array.from({ length: 100 }, () => "HTTP/1.1 200 OK")
        )
        assert.deepInclude(yield* child.ended, { code: 0, signal: null })
      }),
    patience
  )

  it.scopedLive(
    "cuts clients that stall, and then the command fails and says how many",
    () =>
      Effect.gen(function* () {
        const child = yield* start(cli, ["serve", "--json", "--time-limits", "stop=0.3"])
        const { login, url } = yield* granted(yield* firstLine(child))
        const connections = yield* Effect.replicateEffect(connect(url), 2)
        for (const connection of connections) yield* connection.send(login.slice(0, -5))
        yield* child.signal("SIGTERM")
        assert.deepStrictEqual(yield* answersOf(connections), ["HTTP/1.1 408 Re", "HTTP/1.1 408 Re"])
        assert.deepInclude(yield* child.ended, {
          code: 1,
          signal: null,
          stderr:
            "2 requests were cut: their clients neither sent the rest of them nor read their answers. --time-limits stop=SECONDS sets how long such clients are waited for.\n"
        })
      }),
    patience
  )
})

describe("a parent that ends", () => {
  it("npm waits for a command that its script does not run in the background", () => {
    for (const script of [
      "effect-dintero",
      "'effect-dintero'",
      "effect-dintero serve --port 4711 > log 2>&1",
      "vite build && effect-dintero serve --log json &> log",
      'concurrently "vite" "effect-dintero serve"'
    ]) {
      assert.isTrue(Parent.waits(script), script)
    }
    for (const script of [
      "",
      "vitest",
      "nohup effect-dintero serve > log 2>&1 &",
      "effect-dintero serve & wait-on http://127.0.0.1:4711 && vitest",
      "setsid effect-dintero serve& sleep 1"
    ]) {
      assert.isFalse(Parent.waits(script), script)
    }
  })

  const withScript = (script: ReadonlyArray<readonly [string, string]>) =>
    Effect.withConfigProvider(ConfigProvider.fromMap(new Map(script)))

  it.effect("is noticed if npm waits for the command", () =>
    Effect.gen(function* () {
      let parent = 100
      const ended = yield* Effect.fork(Parent.ended(() => parent).pipe(withScript([["npm_lifecycle_script", "effect-dintero"]])))
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual((yield* Fiber.poll(ended))._tag, "None")
      parent = 1
      yield* TestClock.adjust("500 millis")
      yield* Fiber.join(ended)
    })
  )

  it.effect("does not matter to a daemon that nohup, setsid or a process manager has started", () =>
    Effect.gen(function* () {
      let parent = 100
      const ended = yield* Effect.fork(Parent.ended(() => parent).pipe(withScript([["npm_command", "exec"]])))
      yield* TestClock.adjust("1 second")
      parent = 1
      yield* TestClock.adjust("1 hour")
      assert.strictEqual((yield* Fiber.poll(ended))._tag, "None")
    })
  )

  it.scopedLive(
    "npm that is asked to end also ends the system",
    () =>
      Effect.gen(function* () {
        const dir = yield* folder
        const tsx = pathToFileURL(join(root, "node_modules", "tsx", "dist", "loader.mjs"))
        const script = `'${process.execPath}' --import '${tsx}' '${join(root, cli)}' serve --json # effect-dintero`
        writeFileSync(join(dir, "package.json"), JSON.stringify({ scripts: { system: script } }))
        const npm = yield* startCommand("npm", ["run", "--silent", "system"], { cwd: dir })
        const { url } = JSON.parse(yield* firstLine(npm))
        yield* npm.signal("SIGTERM")
        yield* untilClosed(url)
      }),
    patience
  )
})
