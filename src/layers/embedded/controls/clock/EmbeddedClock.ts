/**
 * The time of one system: the clock of its caller, moved or stopped. Other systems and callers are not affected.
 */
import type * as SqlClient from "@effect/sql/SqlClient"
import { SqlError } from "@effect/sql/SqlError"
import type { Fragment } from "@effect/sql/Statement"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as DefaultServices from "effect/DefaultServices"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { decodeRows } from "../../storage/Table.js"
import * as Changes from "../Changes.js"
import { InvalidTime } from "../ControlErrors.js"
import type { ClockControl } from "../Controls.js"
import type { ClockState } from "./ClockState.js"
import { bounded } from "./Instant.js"

export interface EmbeddedClockService extends ClockControl {
  /** The system's time in milliseconds, over the clock that it follows. With a shared database, as it was read last. */
  readonly nowOver: (base: Clock.Clock) => number
  /** Whether other processes can change its setting, which then has to be read before the time is known. */
  readonly isShared: boolean
  /** Runs an effect in the system's time. Its sleeps are on the clock that the system follows. */
  readonly within: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  readonly changes: Changes.Changes<ClockState>
}

export class EmbeddedClock extends Context.Tag("effect-dintero/embedded/EmbeddedClock")<EmbeddedClock, EmbeddedClockService>() {}

/** The time of a reproducible system at its start. */
export const reproducibleStart = Date.UTC(2026, 0, 1)

const backwards = (by: Duration.DurationInput): boolean =>
  typeof by === "string"
    ? by.trim().startsWith("-")
    : Array.isArray(by)
      ? by.some((part) => part < 0)
      : (typeof by === "number" || typeof by === "bigint") && by < 0

/** A duration in milliseconds. Negative ones are checked here, since `Duration` turns them into zero. */
export const distance = (by: Duration.DurationInput): Effect.Effect<number, InvalidTime> =>
  Option.match(Duration.decodeUnknown(by), {
    onNone: () => new InvalidTime({ message: "That is not a duration. Write one as 24 hours, or in milliseconds." }),
    onSome: (duration) =>
      backwards(by)
        ? new InvalidTime({
            message: "The clock only moves forward, so the duration cannot be negative. Use reset to go back."
          })
        : Duration.isFinite(duration)
          ? Effect.succeed(Duration.toMillis(duration))
          : new InvalidTime({ message: "The clock cannot be moved by an infinite time." })
  })

/** A time in milliseconds. */
export const instant = (to: DateTime.DateTime.Input): Effect.Effect<number, InvalidTime> =>
  Option.match(DateTime.make(to), {
    onNone: () => new InvalidTime({ message: "That is not a time. Write one as 2026-01-31T12:00:00Z." }),
    onSome: (time) => Effect.succeed(DateTime.toEpochMillis(time))
  })

/** Far before the last date of JavaScript, so that later times and expiry times are still dates. */
const maximumMillis = Date.UTC(9999, 11, 31, 23, 59, 59, 999)

/** The system's time runs on from {@link maximumMillis}, but not for ever: the clock of a test can be moved beyond the last date of JavaScript. */
const lastMillis = Date.UTC(10_999, 11, 31, 23, 59, 59, 999)

const followedTime = (base: Clock.Clock): number => bounded(base.unsafeCurrentTimeMillis(), lastMillis)

const liveClock = Context.get(DefaultServices.liveServices, Clock.Clock)

/** In whole milliseconds, as a machine's clock. It can have been moved by a fraction, and the database stores whole milliseconds. */
const moved = (base: Clock.Clock, now: () => number): Clock.Clock => ({
  [Clock.ClockTypeId]: Clock.ClockTypeId,
  unsafeCurrentTimeMillis: () => Math.floor(now()),
  unsafeCurrentTimeNanos: () => BigInt(Math.round(now() * 1e6)),
  currentTimeMillis: Effect.sync(() => Math.floor(now())),
  currentTimeNanos: Effect.sync(() => BigInt(Math.round(now() * 1e6))),
  sleep: (duration) => base.sleep(duration)
})

const Stored = Schema.parseJson(Schema.Struct({ offset: Schema.Number, frozenAt: Schema.NullOr(Schema.Number) }))
const encode = Schema.encodeSync(Stored)
const decode = decodeRows(Schema.Struct({ state: Stored }))

/**
 * - `startsAtKnownTime`: whether the time starts at {@link reproducibleStart}. It then stands still, unless it follows the clock of a test
 * - `shared`: the database in which several processes share the clock's setting
 */
export const make = (startsAtKnownTime: boolean, shared: Option.Option<SqlClient.SqlClient> = Option.none()) =>
  Effect.gen(function* () {
    const changes = Changes.make<ClockState>(16)
    let offset = 0
    let frozenAt: number | undefined

    /** Reads the setting that another process may have changed. The last known setting stays while the database does not respond. */
    const load = (base: Clock.Clock, sql: SqlClient.SqlClient, rest: Fragment) =>
      Effect.flatMap(decode(sql`SELECT state FROM effect_dintero_clock ${rest}`), ([row]) => {
        const known = row === undefined || (row.state.offset === offset && row.state.frozenAt === (frozenAt ?? null))
        if (known) return Effect.void
        offset = row.state.offset
        frozenAt = row.state.frozenAt ?? undefined
        return changes.publish(stateOver(base))
      })

    const refresh: Effect.Effect<void> = Option.match(shared, {
      onNone: () => Effect.void,
      onSome: (sql) => Effect.clockWith((base) => Effect.ignore(load(base, sql, sql``)))
    })

    /** Changes the current setting. No other process can change it meanwhile. */
    const exclusively = <E>(f: Effect.Effect<void, E>): Effect.Effect<void, E> =>
      Option.match(shared, {
        onNone: () => f,
        onSome: (sql) =>
          Effect.clockWith((base) =>
            load(base, sql, sql`FOR UPDATE`).pipe(
              Effect.zipRight(f),
              Effect.zipRight(
                Effect.suspend(
                  () => sql`UPDATE effect_dintero_clock SET state = ${encode({ offset, frozenAt: frozenAt ?? null })}`
                )
              ),
              sql.withTransaction,
              Effect.catchIf((error) => error instanceof SqlError, Effect.die)
            )
          )
      })

    const nowOver = (base: Clock.Clock): number => frozenAt ?? bounded(followedTime(base) + offset, lastMillis)

    const atSystemTime = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
      Effect.clockWith((base) =>
        Effect.withClock(
          effect,
          moved(base, () => nowOver(base))
        )
      )

    const within: typeof atSystemTime = Option.isNone(shared)
      ? atSystemTime
      : (effect) => Effect.zipRight(refresh, atSystemTime(effect))

    const stateOver = (base: Clock.Clock): ClockState => {
      const followed = followedTime(base)
      const now = frozenAt ?? bounded(followed + offset, lastMillis)
      return { now: DateTime.unsafeMake(now), is_frozen: frozenAt !== undefined, offset_millis: now - followed }
    }

    const change = (f: (base: Clock.Clock) => Effect.Effect<void, InvalidTime>): Effect.Effect<ClockState, InvalidTime> =>
      Effect.clockWith((base) =>
        Effect.zipRight(
          exclusively(f(base)),
          Effect.suspend(() => {
            const state = stateOver(base)
            return Effect.as(changes.publish(state), state)
          })
        )
      )

    const always = (f: (base: Clock.Clock) => void): Effect.Effect<ClockState> =>
      Effect.orDie(change((base) => Effect.sync(() => f(base))))

    /** Reads the clock once: a millisecond that passes between two readings would be lost. */
    const move = (target: (now: number) => number) =>
      change((base) =>
        Effect.suspend(() => {
          const now = nowOver(base)
          const to = target(now)
          if (!(to >= now)) {
            return new InvalidTime({
              message: `The clock only moves forward, and it is ${new Date(now).toISOString()} already. Use reset to go back.`
            })
          }
          if (to > maximumMillis) return new InvalidTime({ message: "The clock cannot be moved beyond the year 9999." })
          if (frozenAt === undefined) offset += to - now
          else frozenAt = to
          return Effect.void
        })
      )

    if (startsAtKnownTime) {
      yield* Effect.clockWith((base) =>
        Effect.sync(() => {
          // The machine's time differs at each start. The clock of a test is as reproducible as a stopped one.
          if (base === liveClock) frozenAt = reproducibleStart
          else offset = reproducibleStart - followedTime(base)
        })
      )
    }

    return {
      isShared: Option.isSome(shared),
      nowOver: (base) => Math.floor(nowOver(base)),
      within,
      changes,
      state: Effect.zipRight(
        refresh,
        Effect.clockWith((base) => Effect.sync(() => stateOver(base)))
      ),
      advance: (by) => Effect.flatMap(distance(by), (millis) => move((now) => now + millis)),
      set: (to) => Effect.flatMap(instant(to), (millis) => move(() => millis)),
      freeze: always((base) => {
        frozenAt = nowOver(base)
      }),
      resume: always((base) => {
        if (frozenAt !== undefined) offset = frozenAt - followedTime(base)
        frozenAt = undefined
      }),
      reset: always(() => {
        offset = 0
        frozenAt = undefined
      })
    } satisfies EmbeddedClockService
  })
