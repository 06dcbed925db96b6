/**
 * A client whose clock is wrong, against a system whose clock is right: what that costs beside what the right time would have cost.
 */
import { HttpClient } from "@effect/platform"
import { Effect, Layer } from "effect"
import { type AccessTokens, Session, Sessions, TokenStore, TokenStores } from "effect-dintero"
import { DinteroEmbedded } from "effect-dintero/embedded"
import * as ManualClock from "../utils/ManualClock.js"
import { begin, client, embedded, newCalls, settings } from "./System.js"

const hour = 3_600_000

export interface Wrong {
  readonly name: string
  /** ms, of the process that logs in; of the same after 90 minutes; of the one that resumes. */
  readonly first: number
  readonly later: number
  readonly other: number
}

const years = 56 * 365.25 * 24 * hour

export const wrongs: ReadonlyArray<Wrong> = [
  { name: "1 hour ahead, the other process 1 hour behind", first: hour, later: hour, other: -hour },
  { name: "1 hour behind, the other process 1 hour ahead", first: -hour, later: -hour, other: hour },
  { name: "set 1 hour ahead in mid life", first: 0, later: hour, other: 0 },
  { name: "set 1 hour back in mid life", first: 0, later: -hour, other: 0 },
  { name: "set 5 minutes ahead in mid life", first: 0, later: 5 * 60_000, other: 0 },
  { name: "in 1970, the other process right", first: -years, later: -years, other: 0 },
  { name: "right, the other process in 1970", first: 0, later: 0, other: -years }
]

/** The requests of each process, in order. */
export const run = ({ first, other, later }: Omit<Wrong, "name">): Effect.Effect<ReadonlyArray<ReadonlyArray<string>>> =>
  Effect.suspend(() => {
    const moved = ManualClock.make(Date.UTC(2026, 5, 1), first)
    const right = (http: HttpClient.HttpClient): HttpClient.HttpClient =>
      HttpClient.transform(http, (sent) => Effect.withClock(sent, moved.right))
    const inProcess = <A, E>(
      program: Effect.Effect<
        A,
        E,
        Effect.Effect.Context<typeof begin> | Effect.Effect.Context<typeof settings> | DinteroEmbedded.Embedded | AccessTokens
      >
    ) => Effect.provide(program, Sessions.layer().pipe(Layer.provideMerge(client({ transformClient: right }))))
    const program = Effect.gen(function* () {
      const one = yield* inProcess(
        Effect.gen(function* () {
          const session = yield* begin
          const both = Effect.zipRight(Session.with(settings, session), settings)
          for (let minute = 0; minute < 200; minute += 5) {
            if (minute === 90) moved.setWrongBy(later)
            yield* both
            yield* moved.advance(5 * 60_000)
          }
          return yield* newCalls
        })
      )
      moved.setWrongBy(other)
      const two = yield* inProcess(
        Effect.gen(function* () {
          const sessions = yield* Sessions
          const session = yield* sessions.resume("ada")
          yield* Session.with(settings, session)
          yield* moved.advance(60_000)
          yield* Session.with(settings, session)
          return yield* newCalls
        })
      )
      return [one, two]
    })
    return program.pipe(
      Effect.scoped,
      Effect.provide(
        Layer.merge(
          Layer.effect(TokenStore, TokenStores.memory),
          DinteroEmbedded.layerHttpClient.pipe(Layer.provideMerge(embedded()))
        )
      ),
      Effect.orDie,
      Effect.withClock(moved.clock)
    )
  })

export interface Cost {
  readonly refused: number
  readonly refreshes: number
}

/** Against the same with clocks that are right. */
export const needless = (wrong: Wrong): Effect.Effect<Cost> =>
  Effect.map(Effect.all([run(wrong), run({ first: 0, later: 0, other: 0 })]), ([found, base]) => {
    const count = (calls: ReadonlyArray<ReadonlyArray<string>>, what: RegExp) =>
      calls.flat().filter((call) => what.test(call)).length
    return {
      refused: count(found, / 401$/),
      refreshes: count(found, /^auth\.token/) - count(base, /^auth\.token/)
    }
  })
