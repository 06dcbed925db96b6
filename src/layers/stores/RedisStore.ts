/**
 * A token store in Redis, for any number of machines.
 *
 * Each operation is one script. Redis runs a script alone, so the check of a condition and the change are atomic. A key has two Redis keys:
 * `<prefix>{<key>}` (a hash with format, version, value and fence) and `<prefix>{<key>}:lease` (the fence of the lease, which Redis removes
 * at the lease's end). The braces put both into one slot of a cluster.
 *
 * Versions and fences are at least the time of day of Redis in milliseconds. So they grow even after Redis has lost them. They run ahead of the clock
 * only when one key is changed more than once in a millisecond. A removed entry, and one whose time is over, keeps its numbers until the clock is 5
 * seconds past them. Then its Redis keys are gone, at the latest when a lease of it ends. So nothing is left of a session that ended, and versions and
 * fences still grow, unless the clock is set back by more than 5 seconds, or another server takes over whose clock is that far behind. Redis ends keys by
 * the same clock. A fence without its Redis keys is always refused.
 *
 * A removal is published to the channel `<prefix>removals`, with the key of the entry, by the script that removes it.
 *
 * Redis may lose a write that was evicted, or that had not reached the disk or the replica. A lost write costs a login. To make it rarer,
 * use `appendonly yes`, `appendfsync always` and `maxmemory-policy noeviction`, and no failover to a replica that lags behind.
 *
 * The client is `@redis/client`, the core of the `redis` package without its modules. It has no dependencies, is maintained by Redis, and
 * drops a queued command when its signal is aborted. To use another client, such as `ioredis`, give a function to {@link layerOver}.
 *
 * @since 0.1.0
 */
import { createClient } from "@redis/client"
import * as Config from "effect/Config"
import type * as ConfigError from "effect/ConfigError"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { type Condition, TokenStore, TokenStoreError, type TokenStoreService } from "../../services/TokenStore.js"
import { checked, timeToLiveOf } from "./Checked.js"
import * as Removals from "./Removals.js"

/**
 * - `prefix`: the beginning of every key in Redis, without braces, and of the channel for removals. The default is `effect-dintero:`. The databases of
 *   one Redis share channels, so stores with the same prefix in several databases report the removals of each other, which costs some reads
 * - `timeToLive`: the longest time that an entry stays after its last write, for entries without a time to live of their own, and for those with a
 *   longer one. `Sessions` gives each entry its time, so it needs no limit here. By default there is none
 * - `timeout`: the longest time that one operation waits for an answer. The default is 2 seconds
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly prefix?: string | undefined
  readonly timeToLive?: Duration.DurationInput | undefined
  readonly timeout?: Duration.DurationInput | undefined
}

/**
 * - `url`: `redis://user:password@host:6379/0`, or `rediss://` for TLS
 * - `tls`: PEM texts of the authorities that a `rediss://` connection trusts instead of those of the runtime, and of a client certificate
 * - `connectTimeout`: the time for one attempt to connect. The default is 5 seconds
 *
 * @since 0.1.0
 * @category models
 */
export interface ConnectionOptions extends Options {
  readonly url: Redacted.Redacted
  readonly tls?:
    | {
        readonly ca?: string | undefined
        readonly cert?: string | undefined
        readonly key?: Redacted.Redacted | undefined
        readonly servername?: string | undefined
      }
    | undefined
  readonly connectTimeout?: Duration.DurationInput | undefined
}

/**
 * Sends one command and resolves to the answer of Redis. `signal` is aborted when nobody waits for the answer any more. Then the client
 * should not send the command if it has not been sent yet.
 *
 * @since 0.1.0
 * @category models
 */
export type Send = (command: ReadonlyArray<string>, signal: AbortSignal) => PromiseLike<unknown>

/**
 * - `message`: gives the text of each message of the channel
 * - `lost`: says that messages may have been lost, for example because the connection was closed. Calling it more than once does no harm
 *
 * @since 0.1.0
 * @category models
 */
export interface Listener {
  readonly message: (text: string) => void
  readonly lost: () => void
}

/**
 * Subscribes to one channel, and resolves to a function that ends the subscription. It needs a connection of its own, since Redis accepts few other
 * commands on one that is subscribed. `signal` is aborted when nobody waits for the subscription any more.
 *
 * @since 0.1.0
 * @category models
 */
export type Subscribe = (channel: string, listener: Listener, signal: AbortSignal) => PromiseLike<() => unknown>

/**
 * - `subscribe`: makes the store report removals, so that sessions which another process ends are over here at once. {@link makeOver} says how to write
 *   it. Without it, sessions read the store again after the time `notice` of `Sessions.layer`
 *
 * @since 0.1.0
 * @category models
 */
export interface ClientOptions extends Options {
  readonly subscribe?: Subscribe | undefined
}

/**
 * KEYS are the hash and the lease. ARGV is the operation with its arguments: `read`, `write expected fence value timeToLive`,
 * `remove expected fence channel key`, `lease millis`, `release fence` or `publish channel message`. Times are in milliseconds. An empty text stands for
 * none, and `!` as `expected` for no entry or an unreadable one. Numbers are returned as texts. They are below 2^53, so they are exact in Lua too.
 *
 * The field `ends` is the time at which the entry is over. The keys themselves stay longer, for the sake of their numbers.
 */
const script = `
local hash, lease, op = KEYS[1], KEYS[2], ARGV[1]
-- A user who may not publish can still remove.
local function publish(channel, message) return type(redis.pcall('PUBLISH', channel, message)) == 'number' end
if op == 'publish' then return {publish(ARGV[2], ARGV[3]) and 'some' or 'none'} end
local h = redis.call('HMGET', hash, 'format', 'version', 'value', 'fence', 'ends')
local value = h[3]
local function isCount(text) return text and #text <= 15 and string.match(text, '^%d+$') end
local function isDamagedFormat(text)
  local format, changed = 'effect-dintero/1', 0
  if string.match(text, '^effect%-dintero/%d+$') then return false end
  if #text < #format then return string.sub(format, 1, #text) == text end
  for at = 1, #format do
    if string.byte(text, at) ~= string.byte(format, at) then changed = changed + 1 end
  end
  return #text == #format and changed == 1
end
local isDamaged = false
if h[1] and h[1] ~= 'effect-dintero/1' then
  if not isDamagedFormat(h[1]) then return {'foreign'} end
  isDamaged = true
elseif not h[1] and redis.call('EXISTS', hash) == 1 then
  if not (isCount(h[2]) and isCount(h[4])) then return {'foreign'} end
  isDamaged = true
end
local function count(text)
  if not h[1] then return 0 end
  if isCount(text) then return tonumber(text) end
end
local version, fence, ends = count(h[2]), count(h[4]), isCount(h[5]) and tonumber(h[5])
isDamaged = isDamaged or not version or not fence or (value and version == 0) or (h[5] and not ends)
if isDamaged and ARGV[2] ~= '!' then return {'unreadable'} end
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
if ends and ends <= now then value = false end
local function text(number) return string.format('%.0f', number) end
local function after(number) return math.max(number + 1, now) end
local function keep()
  redis.call('HSET', hash, 'format', 'effect-dintero/1', 'version', text(version), 'fence', text(fence))
  if not value then
    ends = false
    redis.call('HDEL', hash, 'value')
  end
  if ends then redis.call('HSET', hash, 'ends', text(ends)) else redis.call('HDEL', hash, 'ends') end
  if value and not ends then
    redis.call('PERSIST', hash)
  else
    -- A time that is past removes it at once.
    redis.call('PEXPIREAT', hash, text(math.max(ends or 0, version, fence) + 5000))
  end
end
if isDamaged then
  value, version, fence = false, after(0), after(0)
  keep()
end
local function holds()
  if ARGV[3] ~= '' and ARGV[3] ~= (redis.call('GET', lease) or text(fence)) then return false end
  if ARGV[2] == '' or ARGV[2] == '!' then return not value end
  return value and ARGV[2] == text(version)
end
if op == 'read' then
  if value then return {'some', text(version), value} end
elseif op == 'write' then
  if holds() then
    version, value, ends = after(version), ARGV[4], ARGV[5] ~= '' and now + ARGV[5]
    redis.call('HSET', hash, 'value', value)
    keep()
    return {'some', text(version)}
  end
elseif op == 'remove' then
  if holds() then
    if value then
      value = false
      keep()
      publish(ARGV[4], ARGV[5])
    elseif isDamaged then
      publish(ARGV[4], ARGV[5])
    end
    return {'some'}
  end
elseif op == 'lease' then
  if redis.call('EXISTS', lease) == 0 then
    fence = after(fence)
    keep()
    redis.call('SET', lease, text(fence), 'PX', ARGV[2], 'NX')
    return {'some', text(fence)}
  end
elseif op == 'release' then
  if redis.call('GET', lease) == ARGV[2] then redis.call('DEL', lease) end
end
return {'none'}
`

const unavailable = (message: string) => new TokenStoreError({ reason: "unavailable", message })

const credentials = "refused the name or the password: check those of the url"
const unreachable = "cannot be reached: check that it runs, and check the host and port of the url"

const advice: Readonly<Record<string, string>> = {
  WRONGPASS: credentials,
  NOAUTH: credentials,
  NOPERM: "does not let this user run EVAL on these keys: check its ACL",
  READONLY: "is a replica that cannot be written: give the url of the primary",
  NOREPLICAS: "has lost its replicas and takes no writes",
  UNKILLABLE: "is busy with a script that cannot be ended: restart it",
  LOADING: "is still loading its data: try again",
  MASTERDOWN: "is a replica that has lost its primary",
  CLUSTERDOWN: "is a cluster that is down",
  MOVED: "is a node of a cluster: use a cluster client, with layerOver",
  MISCONF: "cannot save to its disk and takes no writes",
  OOM: "has no memory left and takes no writes",
  BUSY: "is busy with another script: try again",
  ECONNREFUSED: unreachable,
  ENOTFOUND: unreachable,
  EHOSTUNREACH: unreachable,
  ETIMEDOUT: unreachable,
  DBINDEX: "has no database of this number: check the number at the end of the url, and databases in its configuration"
}

/** After one of these errors, another server may have taken over. A new connection to the same address may reach it. */
const elsewhere: ReadonlySet<string> = new Set(["READONLY", "MASTERDOWN", "NOREPLICAS", "LOADING", "UNKILLABLE", "CLUSTERDOWN"])

/** Advice after a failed connection that suggests a port of the other kind, with or without TLS. */
const adviceFor = (isTls: boolean, code: string): string | undefined => {
  if (isTls && (code === "EPROTO" || code === "TLSHANDSHAKE" || code.startsWith("ERR_SSL_"))) {
    return "does not speak TLS on this port: write redis:// in the url, or give its port for TLS"
  }
  if (isTls && /CERT|UNABLE_TO_/.test(code)) {
    return "has a certificate that is not trusted for this host: give its authority in tls.ca, or its name in tls.servername"
  }
  return !isTls && (code === "SocketClosedUnexpectedlyError" || code === "ECONNRESET")
    ? "closes each connection before it is ready: if its port is for TLS, write rediss:// in the url"
    : undefined
}

/**
 * A short code of the failure. Its text is never used, because a server may quote a command with an entry in it, and a client its url.
 */
const codeOf = (cause: unknown): string => {
  if (!(cause instanceof Error)) return "Error"
  if ("code" in cause && typeof cause.code === "string" && /^[A-Z][A-Z0-9_]{2,40}$/.test(cause.code)) return cause.code
  // An AggregateError of several addresses has the code only in its parts.
  if (cause instanceof AggregateError && cause.errors.length > 0) return codeOf(cause.errors[0])
  if (/^ERR (.*DB index|value is .*out of range)/.test(cause.message)) return "DBINDEX"
  return (
    // Before Redis 7, the failure of a script contains the failure of its command.
    /^ERR .*@user_script: ?[0-9]+: -([A-Z]{3,16}) /.exec(cause.message)?.[1] ??
    /^(?!ERR )([A-Z]{3,16}) /.exec(cause.message)?.[1] ??
    (/^[A-Za-z]{1,60}$/.test(cause.constructor.name) ? cause.constructor.name : "Error")
  )
}

const failed = (code: string, isTls: boolean | undefined = undefined): TokenStoreError =>
  code === "WRONGTYPE"
    ? new TokenStoreError({
        reason: "foreign",
        message: "Redis has a value of another kind under a key of the token store. It was not changed. Choose another prefix."
      })
    : unavailable(
        `The token store's Redis ${advice[code] ?? (isTls === undefined ? undefined : adviceFor(isTls, code)) ?? "refused the operation"} (${code}).`
      )

const refusals = {
  foreign: () =>
    new TokenStoreError({
      reason: "foreign",
      message:
        "Redis has a value under a key of the token store that this release of effect-dintero did not write. It was not changed. Choose another prefix, or update effect-dintero."
    }),
  unreadable: () =>
    new TokenStoreError({
      reason: "unreadable",
      message: "An entry of the token store in Redis is damaged. It was not changed. Log in again to replace it."
    })
}

/** The values that the script returns after `some`, or none. */
const parse = (reply: unknown): Effect.Effect<Option.Option<ReadonlyArray<string>>, TokenStoreError> => {
  const [first, ...rest] = Array.isArray(reply) ? reply.map(String) : []
  switch (first) {
    case "some":
      return Effect.succeedSome(rest)
    case "none":
      return Effect.succeedNone
    case "foreign":
    case "unreadable":
      return Effect.fail(refusals[first]())
    default:
      return Effect.fail(unavailable("The token store's Redis gave an answer that is not one of its script."))
  }
}

const mayNot = (what: string, channel: string): TokenStoreError =>
  unavailable(`The token store's Redis does not let this user ${what} the channel ${channel}: check its ACL (NOPERM).`)

const bounded = (name: string, input: Duration.DurationInput): number => {
  const millis = Duration.toMillis(input)
  if (millis >= 1 && Number.isSafeInteger(Math.ceil(millis))) return Math.ceil(millis)
  throw new RangeError(`RedisTokenStore.${name}: it must be at least a millisecond, and finite`)
}

/** ms. How long it may take to subscribe. */
const subscribing = 5_000

/** ms between two tests of a subscription. */
const ping = 5_000

/** `lastTrouble` is the known failure of the connection. It says more than the failure of a command that was not sent. */
const over = (send: Send, options: ClientOptions, lastTrouble: () => TokenStoreError | undefined): TokenStoreService => {
  const prefix = options.prefix ?? "effect-dintero:"
  if (/[{}]/.test(prefix))
    throw new RangeError(
      "RedisTokenStore.prefix: it must not have braces, which would put the keys of an entry into different slots"
    )
  const longest = options.timeToLive === undefined ? undefined : bounded("timeToLive", options.timeToLive)
  const timeout = bounded("timeout", options.timeout ?? "2 seconds")

  const failureOf = (cause: unknown): TokenStoreError => {
    const code = codeOf(cause)
    return (code in advice ? undefined : lastTrouble()) ?? failed(code)
  }

  const run = (key: string, ...args: ReadonlyArray<string>) => {
    const hash = `${prefix}{${key}}`
    return Effect.tryPromise({
      // Async, so that a client that throws counts as one that fails.
      try: async (signal) => send(["EVAL", script, "2", hash, `${hash}:lease`, ...args], signal),
      catch: failureOf
    }).pipe(
      Effect.timeoutFail({
        duration: timeout,
        onTimeout: () => lastTrouble() ?? unavailable(`The token store's Redis did not answer within ${timeout} ms.`)
      }),
      Effect.flatMap(parse)
    )
  }

  const condition = ({ expected, fence, orUnreadable }: Condition): ReadonlyArray<string> => [
    Option.match(expected, { onNone: () => (orUnreadable === true ? "!" : ""), onSome: String }),
    fence === undefined ? "" : String(fence)
  ]

  const channel = `${prefix}removals`

  /**
   * A message of its own goes through the whole way from time to time: by the connection of the commands to Redis, and from there by that of the
   * subscription. It shows what no event does: a user who may not publish, a server that hangs, or one connection that leads to another server.
   */
  const removalsBy = (subscribe: Subscribe): NonNullable<TokenStoreService["removals"]> =>
    Effect.gen(function* () {
      const subscriber = yield* Removals.make
      let probe: { readonly message: string; readonly arrived: Deferred.Deferred<void> } | undefined
      const listener: Listener = {
        message: (text) => {
          if (text === probe?.message) Deferred.unsafeDone(probe.arrived, Exit.void)
          // The probes of other subscribers start with a character that no key has.
          else if (!text.startsWith("?")) subscriber.report(text)
        },
        lost: () => subscriber.fail(unavailable("The connection that reports the removals of the token store's Redis was lost."))
      }
      const controller = new AbortController()
      // Async, so that a client that throws counts as one that fails.
      const subscribed = yield* Effect.acquireRelease(
        Effect.sync(async () => subscribe(channel, listener, controller.signal)),
        (subscribed) =>
          Effect.sync(() => {
            controller.abort()
            void subscribed.then((end) => end()).catch(() => undefined)
          })
      )
      // Before the connection is closed, which would count as its loss.
      yield* Effect.addFinalizer(() => subscriber.end)
      yield* Effect.tryPromise({
        try: () => subscribed,
        catch: (cause) => (codeOf(cause) === "NOPERM" ? mayNot("subscribe to", channel) : failureOf(cause))
      }).pipe(
        Effect.timeoutFail({
          duration: subscribing,
          onTimeout: () => unavailable(`The token store's Redis did not subscribe within ${subscribing} ms.`)
        })
      )
      const test = Effect.gen(function* () {
        const id = crypto.randomUUID()
        const arrived = yield* Deferred.make<void>()
        probe = { message: `?${id}`, arrived }
        // The nodes of a cluster are tested in turn, as the key leads to any of them.
        const published = yield* run(`probe-${id}`, "publish", channel, probe.message)
        if (Option.isNone(published)) return yield* mayNot("publish to", channel)
        yield* Effect.timeoutFail(Deferred.await(arrived), {
          duration: timeout,
          onTimeout: () => unavailable(`The token store's Redis did not report a removal within ${timeout} ms.`)
        })
      })
      yield* test
      yield* Effect.sleep(ping).pipe(
        Effect.zipRight(test),
        Effect.forever,
        Effect.catchAll((error) => Effect.sync(() => subscriber.fail(error))),
        Effect.forkScoped
      )
      return subscriber.keys
    })

  return checked({
    read: (key) =>
      Effect.map(
        run(key, "read"),
        Option.map(([version, value]) => ({ version: Number(version), value: Redacted.make(value ?? "") }))
      ),
    write: (key, value, which, how) => {
      const millis = Math.min(timeToLiveOf(how) ?? Infinity, longest ?? Infinity)
      return Effect.map(
        run(key, "write", ...condition(which), Redacted.value(value), millis === Infinity ? "" : String(millis)),
        Option.map(([version]) => Number(version))
      )
    },
    remove: (key, which) => Effect.map(run(key, "remove", ...condition(which), channel, key), Option.isSome),
    lease: (key, millis) =>
      Effect.map(
        run(key, "lease", String(millis)),
        Option.map(([fence]) => ({ fence: Number(fence) }))
      ),
    release: (key, { fence }) => Effect.asVoid(run(key, "release", String(fence))),
    ...(options.subscribe === undefined ? {} : { removals: removalsBy(options.subscribe) })
  })
}

/**
 * Makes a store over a Redis client of your own, for example one that your program already has. You close that client.
 *
 * Throws a `RangeError` when an option cannot work. Give a function that sends a command:
 *
 * - `redis`, `@redis/client`: `(command, abortSignal) => client.sendCommand([...command], { abortSignal })`
 * - the cluster client of `redis`: `(command) => cluster.sendCommand(command[3], false, [...command])`
 * - `ioredis`: `([name = "", ...args]) => client.call(name, ...args)`
 *
 * The store reports removals when the option `subscribe` is given. It needs a connection of its own, and calls `lost` when that connection is lost. A
 * client may connect again by itself, but messages are lost meanwhile. In a cluster, connect to any one node, since each gets every message.
 *
 * Give every user of the store the right to publish to the channel. A user without it cannot subscribe, and others do not learn of its removals.
 *
 * @example
 * ```ts
 * import { createClient } from "@redis/client"
 * import { Config, Effect, Layer, Redacted } from "effect"
 * import { RedisTokenStore } from "effect-dintero/redis"
 *
 * const SessionStore = Layer.unwrapScoped(
 *   Effect.gen(function* () {
 *     const url = Redacted.value(yield* Config.redacted("REDIS_URL"))
 *     const client = yield* Effect.acquireRelease(
 *       Effect.promise(() => createClient({ url }).on("error", console.error).connect()),
 *       (client) => Effect.sync(() => client.destroy())
 *     )
 *     return RedisTokenStore.layerOver((command, abortSignal) => client.sendCommand([...command], { abortSignal }), {
 *       subscribe: async (channel, { lost, message }) => {
 *         const subscriber = client.duplicate().on("error", lost)
 *         await subscriber.connect()
 *         await subscriber.subscribe(channel, message)
 *         return () => subscriber.destroy()
 *       }
 *     })
 *   })
 * )
 * ```
 *
 * With `ioredis`, `subscribe` is:
 *
 * ```text
 * async (channel, { lost, message }) => {
 *   const subscriber = client.duplicate()
 *   subscriber.on("message", (_, text) => message(text)).on("close", lost).on("error", lost)
 *   await subscriber.subscribe(channel)
 *   return () => subscriber.disconnect()
 * }
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const makeOver = (send: Send, options: ClientOptions = {}): TokenStoreService => over(send, options, () => undefined)

/**
 * {@link makeOver} as a layer.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerOver = (send: Send, options: ClientOptions = {}): Layer.Layer<TokenStore> =>
  Layer.sync(TokenStore, () => makeOver(send, options))

/** ms. A connection without a byte for this time is closed. The ping keeps a working connection from being silent for so long. */
const silence = 15_000

/**
 * Makes a store with a connection of its own, which is closed with the scope.
 *
 * It waits for the first attempt to connect, and does not fail when that attempt fails. Operations then fail as `unavailable` at once, and
 * work as soon as Redis can be reached. It fails only when the url or a TLS option cannot work.
 *
 * When Redis answers that it cannot serve now (`READONLY` of a replica, `LOADING`, `MASTERDOWN`, `NOREPLICAS`, `CLUSTERDOWN`,
 * `UNKILLABLE`), the connection is replaced and the command is sent once more: after a failover, the address may lead to another server.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: ConnectionOptions): Effect.Effect<TokenStoreService, TokenStoreError, Scope.Scope> =>
  Effect.gen(function* () {
    const connectTimeout = bounded("connectTimeout", options.connectTimeout ?? "5 seconds")
    const url = Redacted.value(options.url)
    const tls = options.tls
    const isTls = url.startsWith("rediss://")
    const again = (retries: number) => Math.min(50 * 2 ** Math.min(retries, 10), 2_000)
    const clientOf = (reconnectStrategy: false | typeof again) => {
      const settings = { connectTimeout, socketTimeout: silence, reconnectStrategy }
      return createClient({
        url,
        // Without this, a command that waits for a connection could be carried out long after its caller got an error.
        disableOfflineQueue: true,
        pingInterval: ping,
        socket: !isTls
          ? settings
          : {
              ...settings,
              tls: true,
              ...(tls?.ca === undefined ? {} : { ca: tls.ca }),
              ...(tls?.cert === undefined ? {} : { cert: tls.cert }),
              ...(tls?.key === undefined ? {} : { key: Redacted.value(tls.key) }),
              ...(tls?.servername === undefined ? {} : { servername: tls.servername })
            }
      })
    }

    interface Connection {
      readonly client: ReturnType<typeof clientOf>
      /** Resolves when the first attempt to connect has ended, either way. */
      readonly tried: Promise<void>
      trouble: TokenStoreError | undefined
    }

    const open = new Set<Connection["client"]>()

    const connect = (client: Connection["client"]): Connection => {
      open.add(client)
      let settled = () => {}
      const tried = new Promise<void>((resolve) => {
        settled = resolve
      })
      const connection: Connection = { client, tried, trouble: undefined }
      let wasReady = false
      client.on("ready", () => {
        wasReady = true
        connection.trouble = undefined
        settled()
      })
      client.on("error", (cause: unknown) => {
        // The end of a connection that has worked says nothing about the kind of its port.
        if (!client.isReady) connection.trouble = failed(codeOf(cause), wasReady ? undefined : isTls)
        settled()
      })
      // Each failed attempt is an `error` event above. The promise settles when the client is closed.
      void client.connect().catch(() => undefined)
      return connection
    }

    let current = yield* Effect.acquireRelease(
      Effect.map(
        Effect.try({
          try: () => {
            // For an empty url or an unknown scheme the client would use its defaults. TLS options without TLS must not be ignored.
            if (!/^rediss?:\/\/[^/]/.test(url) || (tls !== undefined && !isTls)) throw new Error()
            return clientOf(again)
          },
          // The cause is dropped, because it quotes the url with its password.
          catch: () =>
            unavailable(
              "The url of the token store's Redis is not valid. Give redis://user:password@host:6379/0, or rediss:// for TLS."
            )
        }),
        connect
      ),
      () =>
        Effect.sync(() => {
          for (const client of open) if (client.isOpen) client.destroy()
          open.clear()
        })
    )

    /** Replaces a connection once for all operations that failed on it. The old one is closed after its pending commands are answered. */
    const replace = (old: Connection): Connection => {
      if (current === old && open.has(old.client)) {
        current = connect(clientOf(again))
        void old.client.close().finally(() => open.delete(old.client))
      }
      return current
    }

    const send: Send = async (command, abortSignal) => {
      const used = current
      try {
        return await used.client.sendCommand([...command], { abortSignal })
      } catch (cause) {
        if (!elsewhere.has(codeOf(cause))) throw cause
        const next = replace(used)
        await next.tried
        if (abortSignal.aborted) throw cause
        return await next.client.sendCommand([...command], { abortSignal })
      }
    }

    /** On a connection that is not made again: a subscriber has to know that messages were lost. */
    const subscribe: Subscribe = async (channel, { lost, message }, signal) => {
      const client = clientOf(false).on("error", lost)
      const end = () => {
        open.delete(client)
        if (client.isOpen) client.destroy()
      }
      open.add(client)
      signal.addEventListener("abort", end)
      try {
        await client.connect()
        await client.subscribe(channel, message)
        return end
      } catch (cause) {
        end()
        throw cause
      }
    }

    const tried = yield* Effect.timeoutOption(
      Effect.promise(() => current.tried),
      connectTimeout
    )
    // A server without TLS waits for the rest of a command, and never answers the beginning of a TLS handshake.
    if (Option.isNone(tried) && isTls) current.trouble ??= failed("TLSHANDSHAKE", isTls)
    return over(send, { ...options, subscribe }, () => current.trouble)
  })

/**
 * {@link make} as a layer.
 *
 * @example
 * ```ts
 * import { Redacted } from "effect"
 * import { RedisTokenStore } from "effect-dintero/redis"
 *
 * const Sessions = RedisTokenStore.layer({ url: Redacted.make("rediss://shop:secret@redis.internal:6380") })
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (options: ConnectionOptions): Layer.Layer<TokenStore, TokenStoreError> =>
  Layer.scoped(TokenStore, make(options))

/**
 * {@link layer} with options from the configuration. It also fails with a `ConfigError` when a variable is missing or invalid.
 *
 * @example
 * ```ts
 * import { Config } from "effect"
 * import { RedisTokenStore } from "effect-dintero/redis"
 *
 * const Sessions = RedisTokenStore.layerConfig({ url: Config.redacted("REDIS_URL") })
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layerConfig = (
  options: Config.Config.Wrap<ConnectionOptions>
): Layer.Layer<TokenStore, TokenStoreError | ConfigError.ConfigError> =>
  Layer.scoped(TokenStore, Effect.flatMap(Config.unwrap(options), make))
