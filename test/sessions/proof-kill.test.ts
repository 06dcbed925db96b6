/**
 * A process of a web server is killed in the middle of a sign-in. What is stored then is of use to nobody but the customer, and disappears.
 */
import { spawn } from "node:child_process"
import { existsSync, readdirSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { FetchHttpClient } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Layer, Option, Queue, Redacted } from "effect"
import { Customers, Sessions, TokenStore } from "effect-dintero"
import { DinteroEmbedded, PasswordHashing, type Seed } from "effect-dintero/embedded"
import { directory, open } from "../stores/Stores.js"
import { samples, tell } from "../utils/Claim.js"
import { compiled } from "../utils/Programs.js"
import * as RedisServer from "../utils/RedisServer.js"
import * as SkippingClock from "../utils/SkippingClock.js"
import type { Setup, Told } from "./SignInWorker.js"
import { client, seed as sessionsSeed } from "./System.js"

/** ms. A store may take this long to forget what has expired. */
const grace = 60_000

/** ms. As long as `Mfa.begin` keeps a login by default. */
const lifetime = 10 * 60_000

const { count, note } = samples(20, 6)

const worker = fileURLToPath(new URL("./SignInWorker.ts", import.meta.url))

const seed: Seed.Seed = {
  accounts: sessionsSeed.accounts.map((account) => ({
    ...account,
    clients: account.clients?.map((client) => ({
      ...client,
      grants: client.grants?.map((grant) => ({ ...grant, scope: [...grant.scope, "write:accounts:/auth/mfa"] }))
    })),
    customers: account.customers?.map((customer, index) => ({ ...customer, phone_number: `+479999999${index}` }))
  }))
}

/** A system whose logins need a code, or none. */
const serve = (asksForCode: boolean) =>
  Effect.gen(function* () {
    const system = yield* DinteroEmbedded.serve({ seed, passwordHashing: PasswordHashing.fastForTests })
    const mfa = {
      enabled: asksForCode,
      login: { challenge_type: "oob", oob_channel: "sms" },
      login_recovery: { challenge_type: "oob", oob_channel: "email" }
    } as const
    yield* Effect.flatMap(Customers, (customers) =>
      customers.settings.update({ users: { customer_id_format: "uuid", mfa } })
    ).pipe(Effect.provide(client({ baseUrl: `${system.url}/v1` }).pipe(Layer.provide(FetchHttpClient.layer))))
    return system
  })

type System = Effect.Effect.Success<ReturnType<typeof serve>>

interface Ended {
  readonly told: ReadonlyArray<Told>
  readonly signal: NodeJS.Signals | null
}

/** Signs Ada in, in a process of its own, up to the step at which that process dies. The code is that of the message that was sent. */
const signIn = ({ outbox }: System, setup: Setup) =>
  Effect.gen(function* () {
    const child = yield* Effect.acquireRelease(
      Effect.map(
        Effect.promise(() => compiled(worker)),
        (program) => spawn(process.execPath, [program], { stdio: ["ignore", "ignore", "inherit", "ipc"] })
      ),
      (child) => Effect.sync(() => void child.kill("SIGKILL"))
    )
    const told: Array<Told> = []
    const inbox = yield* Queue.unbounded<Told | Ended>()
    child.on("message", (message: Told) => {
      told.push(message)
      Queue.unsafeOffer(inbox, message)
    })
    child.once("close", (_, signal) => void Queue.unsafeOffer(inbox, { told, signal }))
    child.send(setup)
    while (true) {
      const message = yield* Queue.take(inbox)
      if ("signal" in message) return message
      if (message.is !== "waiting") continue
      const { code } = yield* outbox.awaitNext({ channel: "sms" })
      // It may have died meanwhile.
      if (child.connected) child.send(code ?? "no code", () => undefined)
    }
  }).pipe(Effect.scoped)

/** The keys of what is stored. */
const storedKeys = (kind: Setup["kind"], place: string, redis: RedisServer.RedisServer | undefined) =>
  kind === "file"
    ? Effect.sync(() =>
        (existsSync(place) ? readdirSync(place) : []).flatMap(
          (folder) => /^key-((?:session|pending)-[0-9a-f]{64})/.exec(folder)?.[1] ?? []
        )
      )
    : Effect.map(redis?.command("KEYS", "*") ?? Effect.succeed([]), (keys) =>
        (Array.isArray(keys) ? keys : []).flatMap((key) => /\{((?:session|pending)-[^}]+)\}$/.exec(String(key))?.[1] ?? [])
      )

interface Place {
  readonly kind: Setup["kind"]
  readonly place: string
  readonly redis: RedisServer.RedisServer | undefined
}

/** What was found after a process has died, or has come to its end. */
interface Found {
  readonly told: ReadonlyArray<Told>
  readonly signal: NodeJS.Signals | null
  /** Sessions that were stored, and that the browser of the customer can open. */
  readonly stored: number
  readonly owned: number
  /** Sessions of others than the browser that could be opened with the keys and hashes of the store. */
  readonly stolen: number
  /** Stored sessions that the customer does not see in the list of devices, or that are still there after all devices were signed out. */
  readonly unlisted: number
  readonly notEnded: number
  readonly waiting: number
  readonly waitingAfterExpiry: number
}

const lookAt = ({ kind, place, redis }: Place, url: string, { signal, told }: Ended) =>
  Effect.gen(function* () {
    const clock = yield* SkippingClock.make
    return yield* Effect.gen(function* () {
      const store = yield* open(kind, place)
      const services = yield* Layer.build(
        Sessions.layer().pipe(
          Layer.provide(client({ baseUrl: `${url}/v1` })),
          Layer.provide(Layer.succeed(TokenStore, store)),
          Layer.provide(FetchHttpClient.layer)
        )
      )
      const sessions = Context.get(services, Sessions)
      // A store may keep the numbers of an entry that was removed.
      const keysOf = (prefix: string) =>
        Effect.flatMap(storedKeys(kind, place, redis), (keys) =>
          Effect.filter(
            keys.filter((key) => key.startsWith(prefix)),
            (key) => Effect.map(store.read(key), Option.isSome)
          )
        )
      const opens = (text: string) => Effect.isSuccess(Effect.scoped(sessions.resume(text)))

      const keys = yield* keysOf("session-")
      const handles = keys.map((key) => key.slice("session-".length))
      const owned = yield* Effect.filter(told, ({ id, is }) => (is === "signed in" ? opens(id) : Effect.succeed(false)))
      const stolen = yield* Effect.filter([...keys, ...handles], opens)
      const listed = yield* sessions.ofCustomer("ada")
      const unlisted = handles.filter((handle) => !listed.some((info) => info.handle === handle))
      yield* sessions.endAll("ada")

      const waiting = yield* keysOf("pending-")
      const life = yield* Effect.forEach(waiting, (key) =>
        redis === undefined ? Effect.succeed(lifetime) : Effect.map(redis.command("PTTL", `redis:{${key}}`), Number)
      )
      // The time of Redis cannot be skipped: each key has to have its end there.
      yield* clock.skip(lifetime + grace)
      if (store.sweep !== undefined) yield* store.sweep(1_000)
      const after = redis === undefined ? yield* keysOf("pending-") : life.filter((left) => left <= 0 || left > lifetime + grace)

      return {
        told,
        signal,
        stored: keys.length,
        owned: owned.length,
        stolen: stolen.length,
        unlisted: unlisted.length,
        notEnded: (yield* keysOf("session-")).length,
        waiting: waiting.length,
        waitingAfterExpiry: after.length
      } satisfies Found
    }).pipe(Effect.withClock(clock.clock))
  })

/** In a system and a store of its own. */
const run = (kind: Setup["kind"], asksForCode: boolean, dieAt: number | null) =>
  Effect.gen(function* () {
    const redis = kind === "redis" ? yield* RedisServer.make : undefined
    const place = redis === undefined ? yield* directory : Redacted.value(redis.url)
    const system = yield* serve(asksForCode)
    const ended = yield* signIn(system, { url: system.url, kind, place, dieAt })
    return yield* lookAt({ kind, place, redis }, system.url, ended)
  }).pipe(Effect.scoped)

/** Points that are spread over all the steps of a sign-in. */
const points = (steps: number, wanted: number) =>
  Array.from({ length: wanted }, (_, index) => 1 + Math.round((index * (steps - 1)) / (wanted - 1)))

const flows = [
  { name: "with a password: from the login to the session", asksForCode: false },
  { name: "with a code: from the password to the session", asksForCode: true }
]

const harmless = { stolen: 0, unlisted: 0, notEnded: 0, waitingAfterExpiry: 0 }

describe(`kill -9 at ${count} points of a sign-in leaves no session without its owner, and no login after its expiry${note}`, () => {
  for (const kind of ["file", "redis"] as const) {
    const isSkipped = kind === "redis" && !RedisServer.available
    it.scopedLive.skipIf(isSkipped)(
      `over ${kind === "file" ? "a file" : "Redis"}${isSkipped ? RedisServer.note : ""}`,
      (context) =>
        Effect.gen(function* () {
          const results = yield* Effect.forEach(flows, ({ asksForCode, name }) =>
            Effect.gen(function* () {
              // One that is not killed says how many steps there are.
              const whole = yield* run(kind, asksForCode, null)
              const steps = whole.told.at(-1)?.steps ?? 0
              assert.deepInclude(whole, { signal: null, stored: 1, owned: 1, waiting: 0, ...harmless }, name)
              const killed = yield* Effect.forEach(points(steps, count / 2), (dieAt) => run(kind, asksForCode, dieAt), {
                concurrency: 2
              })
              for (const [index, found] of killed.entries()) {
                const point = `${name}: point ${index + 1}`
                assert.strictEqual(found.signal, "SIGKILL", point)
                assert.deepInclude(found, harmless, point)
                assert.isAtMost(found.owned, found.told.filter(({ is }) => is === "signed in").length, point)
              }
              return killed
            })
          )
          const all = results.flat()
          const sum = (of: (found: Found) => number) => all.reduce((total, found) => total + of(found), 0)
          tell(context, {
            measured: `${all.length} points: ${sum(({ stored }) => stored)} stored sessions that nobody was told of, of which ${sum(({ stolen }) => stolen)} can be opened and ${sum(({ notEnded }) => notEnded)} outlive endAll; ${sum(({ waiting }) => waiting)} pending logins, ${sum(({ waitingAfterExpiry }) => waitingAfterExpiry)} after their expiry`
          })
          assert.strictEqual(all.length, count)
          // Otherwise the points were none at which something could be left behind.
          assert.isAbove(
            sum(({ stored }) => stored),
            0
          )
          assert.isAbove(
            sum(({ waiting }) => waiting),
            0
          )
        }),
      600_000
    )
  }
})
