import { execFileSync } from "node:child_process"
import { mkdirSync, readFileSync } from "node:fs"
import * as Net from "node:net"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { createClient } from "@redis/client"
import { Duration, Effect, Exit, Fiber, Option, Redacted, Scope, Stream } from "effect"
import { TokenStore, type TokenStoreError, type TokenStoreService } from "effect-dintero"
import { RedisTokenStore } from "effect-dintero/redis"
import { isWhole } from "../utils/Claim.js"
import * as RedisServer from "../utils/RedisServer.js"
import { until } from "../utils/Until.js"
import { conformance, following } from "./Conformance.js"
import { inRedis, inSealed } from "./Damages.js"
import { fails } from "./Failures.js"
import { processes } from "./Processes.js"
import { directory, open } from "./Stores.js"

const skip = !RedisServer.available
const scope = Effect.runSync(Scope.make())
let shared: RedisServer.RedisServer | undefined
beforeAll(async () => {
  if (!skip) shared = await Effect.runPromise(Scope.extend(RedisServer.make, scope))
})
afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)))
const url = () => (shared === undefined ? "" : Redacted.value(shared.url))

const server = () => {
  if (shared === undefined) throw new Error("There is no Redis server")
  return shared
}
conformance("redis", () => ({ open: open("redis", url()), reopens: true, runs: 60, damages: inRedis(server, "redis:") }), {
  skip,
  note: RedisServer.note
})
conformance(
  "redis+encrypted",
  () => ({
    open: open("redis+encrypted", url()),
    reopens: true,
    runs: 25,
    damages: [
      ...inRedis(server, "redis+encrypted:"),
      ...inSealed(RedisTokenStore.make({ url: Redacted.make(url()), prefix: "redis+encrypted:" }))
    ]
  }),
  { skip, note: RedisServer.note }
)
conformance(
  "redis of the caller",
  () => ({
    open: Effect.map(ownClient(url()), (client) =>
      RedisTokenStore.makeOver(sendBy(client), { prefix: "own:", subscribe: subscribeBy(client) })
    ),
    reopens: true,
    runs: 10
  }),
  { skip, note: RedisServer.note }
)
processes("redis", url, { skip, note: RedisServer.note, kills: 5 })

const clientAt = (url: string) => createClient({ url })
type Client = ReturnType<typeof clientAt>

const ownClient = (url: string) =>
  Effect.acquireRelease(
    Effect.promise(() =>
      clientAt(url)
        .on("error", () => undefined)
        .connect()
    ),
    (client) => Effect.sync(() => client.destroy())
  )

const sendBy =
  (client: Client): RedisTokenStore.Send =>
  (command, abortSignal) =>
    client.sendCommand([...command], { abortSignal })

const subscribeBy =
  (client: Client): RedisTokenStore.Subscribe =>
  async (channel, { lost, message }) => {
    const subscriber = client.duplicate().on("error", lost)
    await subscriber.connect()
    await subscriber.subscribe(channel, message)
    return () => subscriber.destroy()
  }

const none = { expected: Option.none<number>() }
const secret = "s3cr3t-refresh-token"
const value = Redacted.make(secret)

const every = (store: TokenStoreService): ReadonlyArray<Effect.Effect<unknown, TokenStoreError>> => [
  store.read("a"),
  store.write("a", value, none),
  store.remove("a", none),
  store.lease("a", Duration.seconds(1)),
  store.release("a", { fence: 1 })
]

/** Each operation fails, soon, and shows no secret. */
const allFail = (
  store: TokenStoreService,
  within: Duration.DurationInput,
  secrets: ReadonlyArray<string>,
  reason: TokenStoreError["reason"] = "unavailable"
) =>
  Effect.forEach(every(store), (operation) =>
    fails(operation, reason, [secret, ...secrets]).pipe(
      Effect.timeout(within),
      Effect.orDieWith(() => new Error("it hangs"))
    )
  )

const keysOf = (server: RedisServer.RedisServer) =>
  Effect.map(server.command("KEYS", "*"), (found) => (Array.isArray(found) ? found.map(String) : []).sort())

/** A server that accepts connections and gives a scripted reply to each chunk of bytes. */
const fakeRedis = (answer: (socket: Net.Socket, received: string) => void) =>
  Effect.acquireRelease(
    Effect.async<{ readonly port: number; readonly close: () => void }>((resume) => {
      const sockets = new Set<Net.Socket>()
      const server = Net.createServer((socket) => {
        sockets.add(socket)
        socket.on("error", () => undefined).on("data", (bytes) => answer(socket, bytes.toString()))
      })
      server.listen(0, "127.0.0.1", () => {
        const address = server.address()
        const port = typeof address === "object" && address !== null ? address.port : 0
        resume(
          Effect.succeed({
            port,
            close: () => {
              server.close()
              for (const socket of sockets) socket.destroy()
            }
          })
        )
      })
    }),
    ({ close }) => Effect.sync(close)
  )

describe("redis: out of reach", () => {
  it.scopedLive("nobody listens: it is built, and every operation fails at once", () =>
    Effect.gen(function* () {
      const port = yield* RedisServer.freePort
      const password = "p4ssw0rd-in-url"
      const store = yield* RedisTokenStore.make({ url: Redacted.make(`redis://user:${password}@127.0.0.1:${port}`) })
      const errors = yield* allFail(store, "20 seconds", [password])
      assert.include(errors[0]?.message, "ECONNREFUSED")
    })
  )

  it.scopedLive("somebody listens who never answers: bounded, and interruptible at once", () =>
    Effect.gen(function* () {
      const { port } = yield* fakeRedis(() => undefined)
      const store = yield* RedisTokenStore.make({
        url: Redacted.make(`redis://:p4ss@127.0.0.1:${port}`),
        connectTimeout: "300 millis",
        timeout: "200 millis"
      })
      yield* allFail(store, "20 seconds", ["p4ss"])
      const building = yield* Effect.fork(
        Effect.scoped(RedisTokenStore.make({ url: Redacted.make(`redis://127.0.0.1:${port}`), connectTimeout: "1 hours" }))
      )
      yield* Effect.sleep("50 millis")
      yield* Fiber.interrupt(building)
    })
  )

  it.scopedLive("somebody who is no Redis", () =>
    Effect.gen(function* () {
      const { port } = yield* fakeRedis((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"))
      const store = yield* RedisTokenStore.make({
        url: Redacted.make(`redis://:p4ss@127.0.0.1:${port}`),
        connectTimeout: "500 millis",
        timeout: "300 millis"
      })
      yield* allFail(store, "20 seconds", ["p4ss"])
    })
  )

  it.scopedLive("an url that is none, and one without TLS that has options of TLS", () =>
    Effect.gen(function* () {
      for (const text of ["", "no url p4ss", "http://:p4ss@host", "redis://:p4ss@host:notaport"]) {
        yield* fails(Effect.asVoid(RedisTokenStore.make({ url: Redacted.make(text) })), "unavailable", ["p4ss"])
      }
      const plain = RedisTokenStore.make({ url: Redacted.make("redis://:p4ss@127.0.0.1"), tls: { ca: "pem" } })
      yield* fails(Effect.asVoid(plain), "unavailable", ["p4ss"])
      assert.throws(() => RedisTokenStore.makeOver(async () => [], { prefix: "a{b" }), RangeError)
      assert.throws(() => RedisTokenStore.makeOver(async () => [], { timeout: "0 seconds" }), RangeError)
      assert.throws(() => RedisTokenStore.makeOver(async () => [], { timeToLive: Duration.infinity }), RangeError)
    })
  )

  it.effect("reports a client that throws, rejects with secrets, or answers nonsense", () =>
    Effect.gen(function* () {
      const quoting = Object.assign(
        new Error(`ERR unknown command 'EVAL', with args beginning with: '${secret}' redis://:p4ss@host`),
        {
          command: secret
        }
      )
      yield* allFail(
        RedisTokenStore.makeOver(() => Promise.reject(quoting)),
        "20 seconds",
        ["p4ss"]
      )
      yield* allFail(
        RedisTokenStore.makeOver(() => {
          throw quoting
        }),
        "20 seconds",
        ["p4ss"]
      )
      yield* allFail(
        RedisTokenStore.makeOver(() => Promise.reject(secret)),
        "20 seconds",
        []
      )
      for (const nonsense of [undefined, null, "OK", 1, [], [secret], { some: secret }]) {
        yield* allFail(
          RedisTokenStore.makeOver(() => Promise.resolve(nonsense)),
          "20 seconds",
          []
        )
      }
    })
  )

  it.live("aborts the signal of a command that nobody waits for any more", () =>
    Effect.gen(function* () {
      let aborted = 0
      const store = RedisTokenStore.makeOver(
        (_command, signal) =>
          new Promise(() => {
            signal.addEventListener("abort", () => aborted++)
          }),
        { timeout: "50 millis" }
      )
      yield* fails(store.read("a"), "unavailable")
      const fiber = yield* Effect.fork(store.read("a"))
      yield* Effect.sleep("10 millis")
      yield* Fiber.interrupt(fiber)
      assert.strictEqual(aborted, 2)
    })
  )
})

describe.skipIf(skip)(`redis: trouble${RedisServer.note}`, () => {
  it.scopedLive("a wrong password, and a user who may not", () =>
    Effect.gen(function* () {
      const server = yield* RedisServer.make
      const wrong = yield* RedisTokenStore.make({ url: Redacted.make(`redis://:wr0ng-p4ss@127.0.0.1:${server.port}`) })
      const errors = yield* allFail(wrong, "20 seconds", ["wr0ng-p4ss"])
      assert.include(errors[0]?.message, "WRONGPASS")
      const missing = yield* RedisTokenStore.make({ url: Redacted.make(`redis://127.0.0.1:${server.port}`) })
      assert.include((yield* allFail(missing, "20 seconds", []))[0]?.message, "NOAUTH")
      yield* server.command("ACL", "SETUSER", "shop", "on", ">pw-of-shop", "+ping", "+client", "+hello", "~*")
      const forbidden = yield* RedisTokenStore.make({ url: Redacted.make(`redis://shop:pw-of-shop@127.0.0.1:${server.port}`) })
      assert.include((yield* allFail(forbidden, "20 seconds", ["pw-of-shop"]))[0]?.message, "NOPERM")
    })
  )

  it.scopedLive("a replica: reads, and says that it cannot be written", () =>
    Effect.gen(function* () {
      const server = yield* RedisServer.make
      const store = yield* open("redis", Redacted.value(server.url))
      yield* server.command("REPLICAOF", "127.0.0.1", String(yield* RedisServer.freePort))
      assert.isTrue(Option.isNone(yield* store.read("a")))
      const error = yield* fails(store.write("a", value, none), "unavailable", [secret])
      assert.include(error.message, "READONLY")
      yield* fails(store.lease("a", Duration.seconds(1)), "unavailable")
    })
  )

  it.scopedLive("no memory left: nothing is written, and what was there is read", () =>
    Effect.gen(function* () {
      const server = yield* RedisServer.make
      const store = yield* open("redis", Redacted.value(server.url))
      const version = yield* Effect.flatten(store.write("a", value, none))
      yield* server.command("CONFIG", "SET", "maxmemory", "1mb")
      const error = yield* fails(store.write("a", Redacted.make("other"), { expected: Option.some(version) }), "unavailable", [
        secret
      ])
      assert.include(error.message, "OOM")
      yield* server.command("CONFIG", "SET", "maxmemory", "0")
      assert.strictEqual((yield* Effect.flatten(store.read("a"))).version, version)
    })
  )

  it.scopedLive("stops answering in the middle, goes on, dies, comes back: never hangs, and versions still rise", () =>
    Effect.gen(function* () {
      const server = yield* RedisServer.make
      const store = yield* RedisTokenStore.make({ url: server.url, timeout: "300 millis" })
      const version = yield* Effect.flatten(store.write("a", value, none))
      const { fence } = yield* Effect.flatten(store.lease("a", Duration.minutes(5)))
      const patient = yield* RedisTokenStore.make({ url: server.url, timeout: "1 hours" })
      yield* server.signal("SIGSTOP")
      yield* allFail(store, "20 seconds", [server.password])
      const waiting = yield* Effect.fork(patient.read("a"))
      yield* Effect.sleep("20 millis")
      assert.isTrue(Option.isNone(yield* Fiber.poll(waiting)))
      // In the order of events: the server is still stopped, and nothing else could end the wait.
      yield* Fiber.interrupt(waiting)
      yield* server.signal("SIGCONT")
      yield* Effect.retry(store.read("a"), { times: 20 })
      const running = yield* Effect.fork(Effect.forever(store.read("a")))
      yield* server.stop
      yield* fails(Fiber.join(running), "unavailable", [server.password])
      yield* allFail(store, "20 seconds", [server.password])
      // Without what it held: the worst that can happen to versions, fences and leases.
      yield* server.start
      yield* store.read("a").pipe(Effect.retry({ while: () => Effect.as(Effect.sleep("50 millis"), true), times: 100 }))
      assert.isTrue(Option.isNone(yield* store.write("a", value, { expected: Option.some(version) })))
      assert.isTrue(Option.isNone(yield* store.write("a", value, { ...none, fence })))
      assert.isAbove((yield* Effect.flatten(store.lease("a", Duration.seconds(1)))).fence, fence)
      assert.isAbove(yield* Effect.flatten(store.write("a", value, none)), version)
    })
  )

  it.scopedLive("something else under its keys stays as it is", () =>
    Effect.gen(function* () {
      const server = yield* RedisServer.make
      const store = yield* RedisTokenStore.make({ url: server.url })
      const key = "effect-dintero:{a}"
      yield* server.command("SET", key, secret)
      yield* allFail(store, "20 seconds", [], "foreign")
      assert.strictEqual(yield* server.command("GET", key), secret)
      yield* server.command("DEL", key)
      yield* server.command("HSET", key, "token", secret)
      yield* allFail(store, "20 seconds", [], "foreign")
      yield* server.command("HSET", key, "format", "effect-dintero/2", "value", secret)
      yield* allFail(store, "20 seconds", [], "foreign")
      for (const [version, fence] of [
        ["x", "0"],
        ["1e3", "0"],
        ["-1", "0"],
        ["", "0"],
        ["1", "9".repeat(20)],
        ["0", "0"]
      ] as const) {
        yield* server.command("HSET", key, "format", "effect-dintero/1", "version", version, "fence", fence)
        yield* allFail(store, "20 seconds", [], "unreadable")
        assert.strictEqual(yield* server.command("HGET", key, "value"), secret)
      }
      yield* server.command("HDEL", key, "version")
      yield* allFail(store, "20 seconds", [], "unreadable")
    })
  )
})

/** An address that follows the primary: it leads to another server when it is told, and leaves the connections there are. */
const forwarder = (first: number) =>
  Effect.acquireRelease(
    Effect.async<{
      readonly port: number
      readonly connections: () => number
      readonly lead: (port: number) => void
      readonly close: () => void
    }>((resume) => {
      let to = first
      let connections = 0
      const sockets = new Set<Net.Socket>()
      const listening = Net.createServer((socket) => {
        connections++
        const behind = Net.connect(to, "127.0.0.1")
        for (const [one, other] of [
          [socket, behind],
          [behind, socket]
        ] as const) {
          sockets.add(one)
          one.on("error", () => undefined).on("close", () => other.destroy())
          one.pipe(other)
        }
      })
      listening.listen(0, "127.0.0.1", () => {
        const address = listening.address()
        resume(
          Effect.succeed({
            port: typeof address === "object" && address !== null ? address.port : 0,
            connections: () => connections,
            lead: (port: number) => {
              to = port
            },
            close: () => {
              listening.close()
              for (const socket of sockets) socket.destroy()
            }
          })
        )
      })
    }),
    ({ close }) => Effect.sync(close)
  )

describe.skipIf(skip)("redis: another server takes over, and the connection stays", () => {
  it.scopedLive("the store leaves the replica for the primary, with one new connection for all who were told", () =>
    Effect.gen(function* () {
      const [one, other] = [yield* RedisServer.make, yield* RedisServer.make]
      const address = yield* forwarder(one.port)
      yield* other.command("CONFIG", "SET", "requirepass", one.password)
      const store = yield* RedisTokenStore.make({
        url: Redacted.make(`redis://:${one.password}@127.0.0.1:${address.port}`),
        timeout: "20 seconds"
      })
      yield* Effect.flatten(store.write("a", value, none))
      assert.strictEqual(address.connections(), 1)
      yield* one.command("REPLICAOF", "127.0.0.1", String(other.port))
      address.lead(other.port)
      const written = yield* Effect.all(
        Array.from({ length: 8 }, (_, index) => store.write(`k${index}`, value, none)),
        { concurrency: "unbounded" }
      )
      assert.lengthOf(written.filter(Option.isSome), 8)
      assert.strictEqual(address.connections(), 2)
      assert.isTrue(Option.isSome(yield* store.lease("a", Duration.seconds(1))))
    })
  )

  it.scopedLive("no server that can serve: a typed failure after one more try", () =>
    Effect.gen(function* () {
      const server = yield* RedisServer.make
      const address = yield* forwarder(server.port)
      const store = yield* RedisTokenStore.make({
        url: Redacted.make(`redis://:${server.password}@127.0.0.1:${address.port}`),
        timeout: "20 seconds"
      })
      yield* store.read("a")
      yield* server.command("REPLICAOF", "127.0.0.1", String(yield* RedisServer.freePort))
      assert.include((yield* fails(store.write("a", value, none), "unavailable", [secret, server.password])).message, "READONLY")
      assert.strictEqual(address.connections(), 2)
      yield* server.command("CONFIG", "SET", "replica-serve-stale-data", "no")
      assert.include((yield* fails(store.read("a"), "unavailable", [secret, server.password])).message, "MASTERDOWN")
      yield* server.command("REPLICAOF", "NO", "ONE")
      assert.isTrue(Option.isSome(yield* store.write("a", value, none)))
    })
  )
})

describe.skipIf(skip)("redis: an address that does not fit its server", () => {
  it.scopedLive("a database number that there is not", () =>
    Effect.gen(function* () {
      const server = yield* RedisServer.make
      for (const number of ["99", "-1", "99999999999999"]) {
        const store = yield* RedisTokenStore.make({ url: Redacted.make(`${Redacted.value(server.url)}/${number}`) })
        for (const { message } of yield* allFail(store, "20 seconds", [server.password])) {
          assert.include(message, "has no database of this number")
        }
      }
    })
  )

  it.scopedLive("TLS to a plain port, and plain to a port for TLS", () =>
    Effect.gen(function* () {
      const server = yield* RedisServer.make
      const tls = yield* RedisTokenStore.make({
        url: Redacted.make(`rediss://:${server.password}@127.0.0.1:${server.port}`),
        connectTimeout: "1 seconds"
      })
      for (const { message } of yield* allFail(tls, "20 seconds", [server.password])) {
        assert.include(message, "does not speak TLS on this port: write redis://")
      }
      const folder = yield* directory
      mkdirSync(folder)
      const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")]
      execFileSync(
        "openssl",
        ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, "-days", "2", "-subj", "/CN=localhost"],
        { stdio: "ignore" }
      )
      const files = ["--tls-cert-file", cert, "--tls-key-file", key, "--tls-ca-cert-file", cert, "--tls-auth-clients", "no"]
      const port = yield* RedisServer.freePort
      yield* server.command("CONFIG", "SET", ...files.map((text) => text.replace(/^--/, "")), "tls-port", String(port))
      const plain = yield* RedisTokenStore.make({ url: Redacted.make(`redis://:${server.password}@127.0.0.1:${port}`) })
      for (const { message } of yield* allFail(plain, "20 seconds", [server.password])) {
        assert.include(message, "if its port is for TLS, write rediss:// in the url")
      }
      const untrusted = yield* RedisTokenStore.make({ url: Redacted.make(`rediss://:${server.password}@localhost:${port}`) })
      for (const { message } of yield* allFail(untrusted, "20 seconds", [server.password])) assert.include(message, "tls.ca")
      const trusted = yield* RedisTokenStore.make({
        url: Redacted.make(`rediss://:${server.password}@localhost:${port}`),
        tls: { ca: readFileSync(cert, "utf8") }
      })
      assert.isTrue(Option.isSome(yield* trusted.write("a", value, none)))
    })
  )
})

describe.skipIf(skip)(`redis: what it keeps${RedisServer.note}`, () => {
  it.scopedLive("two keys in one slot, without an end unless an entry has a time to live", () =>
    Effect.gen(function* () {
      const server = yield* RedisServer.make
      const store = yield* RedisTokenStore.make({ url: server.url })
      yield* Effect.flatten(store.write("a", value, none))
      yield* store.lease("a", Duration.seconds(60))
      assert.deepStrictEqual(yield* keysOf(server), ["effect-dintero:{a}", "effect-dintero:{a}:lease"])
      assert.strictEqual(yield* server.command("PTTL", "effect-dintero:{a}"), -1)
    })
  )

  it.scopedLive("the shorter time to live of an entry and of the store, and the numbers for 5 seconds more", () =>
    Effect.gen(function* () {
      const server = yield* RedisServer.make
      const day = Duration.toMillis("1 days")
      const hash = "effect-dintero:{a}"
      for (const [longest, timeToLive, asked] of [
        [undefined, undefined, undefined],
        ["2 days", undefined, 2 * day],
        ["2 days", "3 days", 2 * day],
        ["2 days", "1 days", day],
        [undefined, "1 days", day],
        [undefined, Duration.infinity, undefined]
      ] as const) {
        const store = yield* RedisTokenStore.make({ url: server.url, timeToLive: longest })
        const before = yield* store.read("a")
        const version = yield* Effect.flatten(
          store.write(
            "a",
            value,
            { expected: Option.map(before, ({ version }) => version) },
            timeToLive === undefined ? {} : { timeToLive: Duration.decode(timeToLive) }
          )
        )
        const ends = yield* server.command("HGET", hash, "ends")
        const gone = Number(yield* server.command("PEXPIRETIME", hash))
        if (asked === undefined) {
          assert.isNull(ends)
          assert.strictEqual(gone, -1)
        } else {
          // A version is the time of its write, or some more when there were two writes in a millisecond.
          assert.isAtLeast(Number(ends), version - 10 + asked)
          assert.isAtMost(Number(ends), version + asked)
          assert.strictEqual(gone, Number(ends) + 5_000)
        }
      }
    })
  )

  it.scopedLive("a removed entry has no value, and its numbers are gone when the clock is 5 seconds past them", () =>
    Effect.gen(function* () {
      const server = yield* RedisServer.make
      const store = yield* RedisTokenStore.make({ url: server.url })
      const hash = "effect-dintero:{a}"
      // Numbers ahead of the clock, as after it was set back.
      const ahead = (yield* Effect.flatten(store.write("a", value, none))) + 3_600_000
      yield* server.command("HSET", hash, "version", String(ahead), "fence", String(ahead + 7))
      assert.isTrue(yield* store.remove("a", { expected: Option.some(ahead) }))
      assert.isNull(yield* server.command("HGET", hash, "value"))
      assert.strictEqual(yield* server.command("PEXPIRETIME", hash), ahead + 7 + 5_000)
      const { fence } = yield* Effect.flatten(store.lease("a", Duration.minutes(5)))
      assert.strictEqual(fence, ahead + 8)
      assert.strictEqual(yield* server.command("PEXPIRETIME", hash), fence + 5_000)
      assert.strictEqual(yield* Effect.flatten(store.write("a", value, { ...none, fence })), ahead + 1)
      assert.strictEqual(yield* server.command("PEXPIRETIME", hash), -1)
      yield* store.release("a", { fence })
      // Numbers that the clock has passed long ago.
      const past = ahead - 2 * 3_600_000
      yield* server.command("HSET", hash, "version", String(past), "fence", String(past))
      assert.isTrue(yield* store.remove("a", { expected: Option.some(past) }))
      assert.deepStrictEqual(yield* keysOf(server), [])
    })
  )

  it.scopedLive(
    "an entry whose time is over counts as removed while its numbers are kept, and has no value after the next change",
    () =>
      Effect.gen(function* () {
        const server = yield* RedisServer.make
        const store = yield* RedisTokenStore.make({ url: server.url })
        const seen = yield* following(store)
        const hash = "effect-dintero:{a}"
        const version = yield* Effect.flatten(store.write("a", value, none, { timeToLive: Duration.days(1) }))
        yield* server.command("HSET", hash, "ends", String(version - 1))
        assert.isTrue(Option.isNone(yield* store.read("a")))
        assert.isFalse(yield* store.remove("a", { expected: Option.some(version) }))
        assert.isTrue(yield* store.remove("a", none))
        assert.strictEqual(yield* server.command("HGET", hash, "value"), secret)
        const { fence } = yield* Effect.flatten(store.lease("a", Duration.minutes(5)))
        assert.deepStrictEqual(yield* server.command("HMGET", hash, "value", "ends"), [null, null])
        assert.isAbove(yield* Effect.flatten(store.write("a", value, { ...none, fence })), version)
        assert.isNull(yield* server.command("HGET", hash, "ends"))
        yield* removed(store, "b")
        yield* until(() => seen.has("b"))
        assert.deepStrictEqual([...seen], ["b"])
      })
  )

  it.scopedLive("a fence is refused when its Redis keys are gone, whether a lease was released, ended or is held", () =>
    Effect.gen(function* () {
      const server = yield* RedisServer.make
      const store = yield* RedisTokenStore.make({ url: server.url })
      const refused = (key: string, fence: number, title: string) =>
        Effect.gen(function* () {
          assert.isTrue(Option.isNone(yield* store.write(key, value, { ...none, fence })), title)
          assert.isFalse(yield* store.remove(key, { ...none, fence }), title)
        })
      const released = yield* Effect.flatten(store.lease("released", Duration.minutes(5)))
      yield* store.release("released", released)
      const ended = yield* Effect.flatten(store.lease("ended", Duration.millis(10)))
      const held = yield* Effect.flatten(store.lease("held", Duration.minutes(5)))
      while ((yield* keysOf(server)).length > 1) yield* Effect.sleep("20 millis")
      assert.deepStrictEqual(yield* keysOf(server), ["effect-dintero:{held}:lease"])
      yield* refused("released", released.fence, "nothing is known of it")
      yield* refused("ended", ended.fence, "nothing is known of it")
      for (const [key, { fence }] of [
        ["released", released],
        ["ended", ended]
      ] as const) {
        const version = yield* Effect.flatten(store.write(key, value, none))
        const condition = { expected: Option.some(version), fence }
        assert.isTrue(Option.isNone(yield* store.write(key, value, condition)), "an unfenced write came in between")
        assert.isAbove((yield* Effect.flatten(store.lease(key, Duration.minutes(5)))).fence, fence)
        assert.isTrue(Option.isNone(yield* store.write(key, value, condition)), "another lease came in between")
      }
      // The holder of a lease is the same one still, and nobody else is.
      yield* refused("held", held.fence + 1, "a fence that was not given")
      assert.isTrue(Option.isNone(yield* store.lease("held", Duration.minutes(5))))
      const version = yield* Effect.flatten(store.write("held", value, { ...none, fence: held.fence }))
      assert.isAbove(version, held.fence)
      yield* store.release("held", held)
      assert.isAbove((yield* Effect.flatten(store.lease("held", Duration.minutes(5)))).fence, held.fence)
      yield* refused("held", held.fence, "it was overtaken")
    })
  )

  const entries = isWhole ? 10_000 : 1_000
  it.scopedLive(
    `${entries} entries that were leased, written and removed leave no key behind`,
    () =>
      Effect.gen(function* () {
        const server = yield* RedisServer.make
        const store = yield* RedisTokenStore.make({ url: server.url, timeout: "1 minutes" })
        const before = yield* keysOf(server)
        yield* Effect.forEach(
          Array.from({ length: entries }, (_, index) => `session-${index}`),
          (key, index) =>
            Effect.gen(function* () {
              const lease = yield* Effect.flatten(store.lease(key, Duration.seconds(15)))
              const first = yield* Effect.flatten(store.write(key, value, none, { timeToLive: Duration.days(90) }))
              const condition = { expected: Option.some(first), fence: lease.fence }
              const version = yield* Effect.flatten(store.write(key, value, condition, { timeToLive: Duration.days(90) }))
              yield* store.release(key, lease)
              // Some are never ended by anybody.
              if (index % 10 === 0) {
                yield* store.write(key, value, { expected: Option.some(version) }, { timeToLive: Duration.millis(100) })
              } else yield* store.remove(key, { expected: Option.some(version) })
            }),
          { concurrency: 64, discard: true }
        )
        while (Number(yield* server.command("DBSIZE")) > before.length) yield* Effect.sleep("100 millis")
        assert.deepStrictEqual(yield* keysOf(server), before)
      }),
    180_000
  )

  it.scopedLive("over a client of the caller's own, and as a layer", () =>
    Effect.gen(function* () {
      const server = yield* RedisServer.make
      const client = createClient({ url: Redacted.value(server.url) })
      yield* Effect.acquireRelease(
        Effect.promise(() => client.connect()),
        () => Effect.sync(() => client.destroy())
      )
      const work = Effect.gen(function* () {
        const store = yield* TokenStore
        const entry = yield* store.read("a")
        return yield* store.write("a", value, { expected: Option.map(entry, ({ version }) => version) })
      })
      const mine = RedisTokenStore.layerOver((command, abortSignal) => client.sendCommand([...command], { abortSignal }))
      assert.isTrue(Option.isSome(yield* Effect.provide(work, mine)))
      assert.isTrue(Option.isSome(yield* Effect.provide(work, RedisTokenStore.layer({ url: server.url }))))
      // The connection of a layer is closed with it.
      const clients = yield* server.command("CLIENT", "LIST")
      assert.lengthOf(String(clients).trim().split("\n"), 2)
    })
  )
})

/** Waits for the failure of a subscription that begins now. */
const ending = (store: TokenStoreService, secrets: ReadonlyArray<string> = []) =>
  Effect.gen(function* () {
    const keys = yield* store.removals ?? Effect.dieMessage("it reports nothing")
    return Fiber.join(yield* Effect.forkScoped(fails(Stream.runDrain(keys), "unavailable", secrets)))
  })

const removed = (store: TokenStoreService, key: string) =>
  Effect.flatMap(Effect.flatten(store.write(key, value, none)), (version) =>
    store.remove(key, { expected: Option.some(version) })
  )

const reports = (store: TokenStoreService, by: TokenStoreService = store) =>
  Effect.scoped(
    Effect.gen(function* () {
      const seen = yield* following(store)
      const key = crypto.randomUUID()
      yield* removed(by, key)
      yield* until(() => seen.has(key))
    })
  )

const clients = (server: RedisServer.RedisServer) =>
  Effect.map(server.command("CLIENT", "LIST"), (list) => String(list).trim().split("\n").length)

describe.skipIf(skip)(`redis: the report of removals${RedisServer.note}`, () => {
  it.scopedLive("has a connection of its own, for as long as somebody subscribes", () =>
    Effect.gen(function* () {
      const server = yield* RedisServer.make
      const store = yield* RedisTokenStore.make({ url: server.url })
      const before = yield* clients(server)
      yield* removed(store, "a")
      assert.strictEqual(yield* clients(server), before)
      yield* Effect.scoped(
        Effect.gen(function* () {
          yield* following(store)
          assert.strictEqual(yield* clients(server), before + 1)
        })
      )
      while ((yield* clients(server)) > before) yield* Effect.sleep("10 millis")
      const scope = yield* Scope.make()
      yield* Scope.extend(
        Effect.flatMap(RedisTokenStore.make({ url: server.url }), (inner) => following(inner)),
        scope
      )
      yield* Scope.close(scope, Exit.void)
      while ((yield* clients(server)) > before) yield* Effect.sleep("10 millis")
    })
  )

  it.scopedLive("leaves out what is no key, and what belongs to another prefix", () =>
    Effect.gen(function* () {
      const server = yield* RedisServer.make
      const store = yield* RedisTokenStore.make({ url: server.url })
      const other = yield* RedisTokenStore.make({ url: server.url, prefix: "other:" })
      const seen = yield* following(store)
      yield* following(store)
      yield* removed(other, "theirs")
      yield* removed(store, "ours")
      yield* until(() => seen.has("ours"))
      assert.deepStrictEqual([...seen], ["ours"])
    })
  )

  it.scopedLive("a user who may not publish removes all the same, and cannot subscribe", () =>
    Effect.gen(function* () {
      const server = yield* RedisServer.make
      const user = (name: string, ...rules: ReadonlyArray<string>) =>
        Effect.gen(function* () {
          yield* server.command("ACL", "SETUSER", name, "on", ">pw", "~*", "+@all", ...rules)
          return yield* RedisTokenStore.make({ url: Redacted.make(`redis://${name}:pw@127.0.0.1:${server.port}`) })
        })
      const able = yield* user("able", "resetchannels", "&effect-dintero:*")
      yield* reports(able)
      for (const store of [
        yield* user("mute", "&*", "-publish"),
        yield* user("deaf", "&*", "-subscribe"),
        yield* user("apart", "resetchannels")
      ]) {
        assert.isTrue(yield* removed(store, "a"))
        const error = yield* fails(Effect.scoped(Effect.asVoid(store.removals ?? Effect.void)), "unavailable")
        assert.match(error.message, /does not let this user (publish|subscribe) to the channel effect-dintero:removals/)
      }
    })
  )

  it.scopedLive("cannot begin while the server is down or hangs, and begins when it is back", () =>
    Effect.gen(function* () {
      const server = yield* RedisServer.make
      const store = yield* RedisTokenStore.make({ url: server.url, timeout: "300 millis" })
      const subscribing = Effect.scoped(Effect.asVoid(store.removals ?? Effect.void))
      yield* server.signal("SIGSTOP")
      yield* fails(subscribing, "unavailable", [server.password])
      yield* server.signal("SIGCONT")
      yield* Effect.retry(reports(store), { times: 20 })
      yield* server.stop
      yield* fails(subscribing, "unavailable", [server.password])
      yield* server.start
      yield* Effect.retry(reports(store), { while: () => Effect.as(Effect.sleep("50 millis"), true), times: 100 })
    })
  )

  it.scopedLive("fails when the server dies, is started again, or hangs, and can be had anew", () =>
    Effect.gen(function* () {
      const server = yield* RedisServer.make
      const store = yield* RedisTokenStore.make({ url: server.url, timeout: "300 millis" })
      const again = Effect.retry(reports(store), { while: () => Effect.as(Effect.sleep("50 millis"), true), times: 100 })
      const dying = yield* ending(store, [server.password])
      yield* server.stop
      assert.include((yield* dying).message, "was lost")
      yield* server.start
      yield* again
      const restarted = yield* ending(store)
      yield* Effect.zipRight(server.stop, server.start)
      assert.include((yield* restarted).message, "was lost")
      yield* again
      // No event tells of this: only that what should come does not come.
      const hanging = yield* ending(store, [server.password])
      yield* server.signal("SIGSTOP")
      yield* hanging
      yield* server.signal("SIGCONT")
      yield* again
    })
  )

  it.scopedLive("fails when another server takes over and the subscription stays with the old one", () =>
    Effect.gen(function* () {
      const [one, other] = [yield* RedisServer.make, yield* RedisServer.make]
      const address = yield* forwarder(one.port)
      yield* other.command("CONFIG", "SET", "requirepass", one.password)
      const store = yield* RedisTokenStore.make({ url: Redacted.make(`redis://:${one.password}@127.0.0.1:${address.port}`) })
      const old = yield* ending(store, [one.password])
      yield* one.command("REPLICAOF", "127.0.0.1", String(other.port))
      address.lead(other.port)
      yield* removed(store, "a")
      yield* old
      yield* reports(store)
    })
  )

  it.scopedLive("a client of the caller's own that cannot subscribe, never answers, or loses its connection", () =>
    Effect.gen(function* () {
      const server = yield* RedisServer.make
      const send = sendBy(yield* ownClient(Redacted.value(server.url)))
      const over = (subscribe: RedisTokenStore.Subscribe) =>
        RedisTokenStore.makeOver(send, { subscribe, timeout: "300 millis" }).removals ?? Effect.dieMessage("it reports nothing")
      assert.isUndefined(RedisTokenStore.makeOver(send).removals)
      yield* fails(
        Effect.scoped(
          Effect.asVoid(
            over(() => {
              throw new Error(secret)
            })
          )
        ),
        "unavailable",
        [secret]
      )
      yield* fails(Effect.scoped(Effect.asVoid(over(() => Promise.reject(secret)))), "unavailable", [secret])
      // It says that it has subscribed, and nothing comes.
      let ended = 0
      const idle: RedisTokenStore.Subscribe = () => Promise.resolve(() => ended++)
      yield* fails(Effect.scoped(Effect.asVoid(over(idle))), "unavailable")
      yield* until(() => ended === 1)
      // Whoever gives up is not answered any more, and what he gets too late is ended.
      let answer: ((end: () => void) => void) | undefined
      let aborted = false
      const late = yield* Effect.fork(
        Effect.scoped(
          over((_channel, _listener, signal) => {
            signal.addEventListener("abort", () => {
              aborted = true
            })
            return new Promise((resolve) => {
              answer = resolve
            })
          })
        )
      )
      yield* until(() => answer !== undefined)
      yield* Fiber.interrupt(late)
      assert.isTrue(aborted)
      answer?.(() => ended++)
      yield* until(() => ended === 2)
      // It tells of the loss of its connection, more than once.
      const own = yield* ownClient(Redacted.value(server.url))
      let lose = () => {}
      const losing = yield* ending(
        RedisTokenStore.makeOver(send, {
          subscribe: (channel, listener, signal) => {
            lose = listener.lost
            return subscribeBy(own)(channel, listener, signal)
          }
        })
      )
      lose()
      lose()
      assert.include((yield* losing).message, "was lost")
    })
  )
})
