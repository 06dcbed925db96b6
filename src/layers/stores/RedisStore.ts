/**
 * A token store in Redis, for any number of machines.
 *
 * Each operation is one script, which Redis runs alone: condition and change are one step. Of a key there are two Redis keys,
 * `<prefix>{<key>}` (a hash: format, version, value, fence) and `<prefix>{<key>}:lease` (the fence of the lease, which Redis itself
 * ends). The braces put both into one slot of a cluster.
 *
 * Versions and fences are at least Redis' time of day in milliseconds. So they rise also after a removed entry's numbers have been
 * dropped, which happens 30 days after, and after Redis lost what it held: when it was evicted, or not yet on the disk or the replica.
 *
 * That loss is what Redis cannot exclude. What a lost write costs is a login. For less of it: `appendonly yes`, `appendfsync always`,
 * `maxmemory-policy noeviction`, and no failover to a replica that lags behind.
 *
 * The client is `@redis/client`, the core of the `redis` package without its modules: it has no dependencies, Redis' own
 * maintainers keep it, and its queue drops a command whose signal is aborted before it was sent. `ioredis` refers new
 * projects to it. Whoever has another client gives {@link layerOver} a function.
 *
 * @since 0.1.0
 */
import { createClient } from "@redis/client"
import * as Config from "effect/Config"
import type * as ConfigError from "effect/ConfigError"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { type Condition, TokenStore, TokenStoreError, type TokenStoreService } from "../../services/TokenStore.js"
import { checked } from "./Checked.js"

/**
 * - `prefix`: of every key in Redis, without braces. `effect-dintero:`
 * - `timeToLive`: an entry that was not written for so long is removed by Redis. None: entries stay until they are removed. Choose it
 *   longer than a refresh token lives.
 * - `timeout`: the longest time that one operation waits for an answer. 2 seconds
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
 * - `tls`: what a `rediss://` connection trusts, instead of the runtime's own authorities: PEM texts
 * - `connectTimeout`: of one attempt to connect. 5 seconds
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
 * Sends one command and resolves to Redis' answer. `signal` is aborted when nobody waits for it any more: a client that can should then
 * not send it any more.
 *
 * @since 0.1.0
 * @category models
 */
export type Send = (command: ReadonlyArray<string>, signal: AbortSignal) => PromiseLike<unknown>

/**
 * KEYS: the hash, the lease. ARGV: the operation, and then
 * read; write expected fence value ttl; remove expected fence; lease millis; release fence. Times in milliseconds, `` for none; for
 * `expected`, `!` for none or an unreadable entry.
 * Numbers are answered as texts: below 2^53, they are exact in Lua too.
 */
const script = `
local hash, lease, op = KEYS[1], KEYS[2], ARGV[1]
local h = redis.call('HMGET', hash, 'format', 'version', 'value', 'fence')
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
local version, fence = count(h[2]), count(h[4])
isDamaged = isDamaged or not version or not fence or (value and version == 0)
if isDamaged and ARGV[2] ~= '!' then return {'unreadable'} end
local function text(number) return string.format('%.0f', number) end
local function after(number)
  local t = redis.call('TIME')
  return math.max(number + 1, t[1] * 1000 + math.floor(t[2] / 1000))
end
local function keep(ttl)
  redis.call('HSET', hash, 'format', 'effect-dintero/1', 'version', text(version), 'fence', text(fence))
  if ttl then redis.call('PEXPIRE', hash, ttl) else redis.call('PERSIST', hash) end
end
local month = 2592000000
if isDamaged then
  redis.call('HDEL', hash, 'value')
  value, version, fence = false, after(0), after(0)
  keep(month)
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
    version = after(version)
    redis.call('HSET', hash, 'value', ARGV[4])
    keep(ARGV[5] ~= '' and ARGV[5])
    return {'some', text(version)}
  end
elseif op == 'remove' then
  if holds() then
    if value then
      redis.call('HDEL', hash, 'value')
      keep(month)
    end
    return {'some'}
  end
elseif op == 'lease' then
  if redis.call('EXISTS', lease) == 0 then
    fence = after(fence)
    redis.call('HSET', hash, 'format', 'effect-dintero/1', 'version', text(version), 'fence', text(fence))
    if not value then redis.call('PEXPIRE', hash, math.max(month, tonumber(ARGV[2]))) end
    redis.call('SET', lease, text(fence), 'PX', ARGV[2], 'NX')
    return {'some', text(fence)}
  end
elseif op == 'release' then
  if redis.call('GET', lease) == ARGV[2] then redis.call('DEL', lease) end
end
return {'none'}
`

const unavailable = (message: string) => new TokenStoreError({ reason: "unavailable", message })

const credentials = "refused the name or the password: see those of the url"
const unreachable = "cannot be reached: see that it runs, and the host and port of the url"

const advice: Readonly<Record<string, string>> = {
  WRONGPASS: credentials,
  NOAUTH: credentials,
  NOPERM: "does not let this user run EVAL on these keys: see its ACL",
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
  DBINDEX: "has no database of this number: see the number at the end of the url, and databases in its configuration"
}

/** Told by a server that another one may have taken the place of: a new connection to the same address may reach that one. */
const elsewhere: ReadonlySet<string> = new Set(["READONLY", "MASTERDOWN", "NOREPLICAS", "LOADING", "UNKILLABLE", "CLUSTERDOWN"])

/** What a connection that never came about says of the two kinds of port. */
const adviceFor = (isTls: boolean, code: string): string | undefined => {
  if (isTls && (code === "EPROTO" || code === "TLSHANDSHAKE" || code.startsWith("ERR_SSL_"))) {
    return "does not speak TLS on this port: write redis:// in the url, or give its port for TLS"
  }
  if (isTls && /CERT|UNABLE_TO_/.test(code)) {
    return "has a certificate that is not trusted for this host: give its authority in tls.ca, or its name in tls.servername"
  }
  return !isTls && (code === "SocketClosedUnexpectedlyError" || code === "ECONNRESET")
    ? "closes each connection before it is ready: when its port is for TLS, write rediss:// in the url"
    : undefined
}

/**
 * A name for what went wrong. Never the text of the failure: a server may quote the command that it did not understand, with the entry
 * in it, and a client its url.
 */
const codeOf = (cause: unknown): string => {
  if (!(cause instanceof Error)) return "Error"
  if ("code" in cause && typeof cause.code === "string" && /^[A-Z][A-Z0-9_]{2,40}$/.test(cause.code)) return cause.code
  // An AggregateError of several addresses names its code in its parts only.
  if (cause instanceof AggregateError && cause.errors.length > 0) return codeOf(cause.errors[0])
  if (/^ERR (.*DB index|value is .*out of range)/.test(cause.message)) return "DBINDEX"
  return (
    // Before Redis 7 the failure of a script has that of its command in it.
    /^ERR .*@user_script: ?[0-9]+: -([A-Z]{3,16}) /.exec(cause.message)?.[1] ??
    /^(?!ERR )([A-Z]{3,16}) /.exec(cause.message)?.[1] ??
    (/^[A-Za-z]{1,60}$/.test(cause.constructor.name) ? cause.constructor.name : "Error")
  )
}

const failed = (code: string, isTls: boolean | undefined = undefined): TokenStoreError =>
  code === "WRONGTYPE"
    ? new TokenStoreError({
        reason: "foreign",
        message: "Redis holds something else under a key of the token store. It was left as it is; choose another prefix."
      })
    : unavailable(
        `The token store's Redis ${advice[code] ?? (isTls === undefined ? undefined : adviceFor(isTls, code)) ?? "did not do what it was asked"} (${code}).`
      )

const refusals = {
  foreign: () =>
    new TokenStoreError({
      reason: "foreign",
      message:
        "Redis holds something under a key of the token store that this release of effect-dintero did not write. It was left as it is; choose another prefix, or update effect-dintero."
    }),
  unreadable: () =>
    new TokenStoreError({
      reason: "unreadable",
      message:
        "An entry of the token store in Redis is damaged. It was left as it is: log in again, which puts a new one in its place."
    })
}

/** What the script answers after `some`; nothing when it answers `none`. */
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
      return Effect.fail(unavailable("The token store's Redis gave an answer that its script does not give."))
  }
}

const bounded = (name: string, input: Duration.DurationInput): number => {
  const millis = Duration.toMillis(input)
  if (millis >= 1 && Number.isSafeInteger(Math.ceil(millis))) return Math.ceil(millis)
  throw new RangeError(`RedisTokenStore.${name}: it has to be at least a millisecond, and finite`)
}

/** `lastTrouble`: what the connection suffers from, when it is known. It says more than that a command was not sent. */
const over = (send: Send, options: Options, lastTrouble: () => TokenStoreError | undefined): TokenStoreService => {
  const prefix = options.prefix ?? "effect-dintero:"
  if (/[{}]/.test(prefix))
    throw new RangeError("RedisTokenStore.prefix: braces would put the keys of an entry into several slots")
  const timeToLive = options.timeToLive === undefined ? "" : String(bounded("timeToLive", options.timeToLive))
  const timeout = bounded("timeout", options.timeout ?? "2 seconds")

  const run = (key: string, ...args: ReadonlyArray<string>) => {
    const hash = `${prefix}{${key}}`
    return Effect.tryPromise({
      // Async, so that a client that throws is one that fails.
      try: async (signal) => send(["EVAL", script, "2", hash, `${hash}:lease`, ...args], signal),
      catch: (cause) => {
        const code = codeOf(cause)
        return (code in advice ? undefined : lastTrouble()) ?? failed(code)
      }
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

  return checked({
    read: (key) =>
      Effect.map(
        run(key, "read"),
        Option.map(([version, value]) => ({ version: Number(version), value: Redacted.make(value ?? "") }))
      ),
    write: (key, value, which) =>
      Effect.map(
        run(key, "write", ...condition(which), Redacted.value(value), timeToLive),
        Option.map(([version]) => Number(version))
      ),
    remove: (key, which) => Effect.map(run(key, "remove", ...condition(which)), Option.isSome),
    lease: (key, millis) =>
      Effect.map(
        run(key, "lease", String(millis)),
        Option.map(([fence]) => ({ fence: Number(fence) }))
      ),
    release: (key, { fence }) => Effect.asVoid(run(key, "release", String(fence)))
  })
}

/**
 * Over a client of your own, whose life is your affair. Throws a `RangeError` at once when an option makes no sense.
 *
 * - `redis`, `@redis/client`: `(command, abortSignal) => client.sendCommand([...command], { abortSignal })`
 * - its cluster client: `(command) => cluster.sendCommand(command[3], false, [...command])`
 * - `ioredis`: `([name = "", ...args]) => client.call(name, ...args)`
 *
 * @since 0.1.0
 * @category constructors
 */
export const makeOver = (send: Send, options: Options = {}): TokenStoreService => over(send, options, () => undefined)

/**
 * {@link makeOver} as a layer.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerOver = (send: Send, options: Options = {}): Layer.Layer<TokenStore> =>
  Layer.sync(TokenStore, () => makeOver(send, options))

/** A connection that hangs is given up after this long without a byte; the ping sees to it that a sound one is never so silent. */
const silence = 15_000
const ping = 5_000

/**
 * With a connection of its own, closed with the scope. It waits for the first attempt to connect, and does not fail when that fails:
 * operations then fail as `unavailable` at once, and work as soon as Redis can be reached. Fails only when the options
 * are no good.
 *
 * When Redis answers that it cannot serve for now (`READONLY` of a replica, `LOADING`, `MASTERDOWN`, `NOREPLICAS`, `CLUSTERDOWN`,
 * `UNKILLABLE`), the connection is replaced and the command sent once more: after a failover, the address may lead to another server.
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
    const settings = {
      connectTimeout,
      socketTimeout: silence,
      reconnectStrategy: (retries: number) => Math.min(50 * 2 ** Math.min(retries, 10), 2_000)
    }
    const clientOf = () =>
      createClient({
        url,
        // A command that waited for a connection could be carried out long after its caller was told that it failed.
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
        // What ends a connection that worked says nothing of the kind of its port.
        if (!client.isReady) connection.trouble = failed(codeOf(cause), wasReady ? undefined : isTls)
        settled()
      })
      // Each failed attempt is an `error` above; the promise ends when the client is closed.
      void client.connect().catch(() => undefined)
      return connection
    }

    let current = yield* Effect.acquireRelease(
      Effect.map(
        Effect.try({
          try: () => {
            // Of an empty text and of an unknown scheme the client makes its defaults; to drop what TLS was to trust is no default.
            if (!/^rediss?:\/\/[^/]/.test(url) || (tls !== undefined && !isTls)) throw new Error()
            return clientOf()
          },
          // The cause is dropped: it quotes the url, password and all.
          catch: () =>
            unavailable("The url of the token store's Redis is none: redis://user:password@host:6379/0, or rediss:// for TLS.")
        }),
        connect
      ),
      () =>
        Effect.sync(() => {
          for (const client of open) if (client.isOpen) client.destroy()
          open.clear()
        })
    )

    /** One new connection for all who were told the same over the old one. That one ends when what is under way on it has its answers. */
    const replace = (old: Connection): Connection => {
      if (current === old && open.has(old.client)) {
        current = connect(clientOf())
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

    const tried = yield* Effect.timeoutOption(
      Effect.promise(() => current.tried),
      connectTimeout
    )
    // A server that waits for the rest of a plain command never answers to the beginning of TLS.
    if (Option.isNone(tried) && isTls) current.trouble ??= failed("TLSHANDSHAKE", isTls)
    return over(send, options, () => current.trouble)
  })

/**
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
 * The same with options from the configuration.
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
