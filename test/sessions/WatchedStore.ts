/**
 * A store in memory that notes what is done to it, does something else where the test says so, and reports removals if it is asked to.
 */
import { Effect, PubSub, Stream } from "effect"
import { TokenStoreError, type TokenStoreService, TokenStores } from "effect-dintero"

/** What a store does, and the kind of the entry: `read session`. */
export type Step = `${"read" | "write" | "remove"} ${string}`

export interface WatchedStore {
  readonly store: TokenStoreService
  /** The steps since the last look. */
  readonly steps: Effect.Effect<ReadonlyArray<Step>>
  /** Comes before a step, or in its place if it fails or never ends. */
  before: (step: Step, key: string) => Effect.Effect<void, TokenStoreError>
  /** Comes after a step was done, before its answer is known. */
  after: (step: Step, key: string) => Effect.Effect<void, TokenStoreError>
  /** How many subscriptions to removals there are. */
  subscribers: number
  /** Lets all subscriptions fail. */
  readonly loseSubscriptions: Effect.Effect<void>
}

export const down = new TokenStoreError({ reason: "unavailable", message: "The store is down: start it." })

const lost = Symbol("the subscription is lost")

export const make = (options: { readonly reports?: boolean } = {}): Effect.Effect<WatchedStore> =>
  Effect.gen(function* () {
    const below = yield* TokenStores.memory
    const hub = yield* PubSub.unbounded<string | typeof lost>()
    let steps: Array<Step> = []
    const noted = <A>(what: "read" | "write" | "remove", key: string, run: Effect.Effect<A, TokenStoreError>) =>
      Effect.suspend(() => {
        const step: Step = `${what} ${key.split("-")[0]}`
        steps.push(step)
        return watched.before(step, key).pipe(Effect.zipRight(run), Effect.zipLeft(Effect.suspend(() => watched.after(step, key))))
      })
    const removals = Effect.gen(function* () {
      const queue = yield* PubSub.subscribe(hub)
      yield* Effect.acquireRelease(
        Effect.sync(() => watched.subscribers++),
        () => Effect.sync(() => watched.subscribers--)
      )
      return Stream.fromQueue(queue).pipe(
        Stream.mapEffect((key) => (key === lost ? Effect.fail(down) : Effect.succeed(key)))
      )
    })
    const { removals: _, ...plain } = below
    const watched: WatchedStore = {
      store: {
        ...plain,
        read: (key) => noted("read", key, below.read(key)),
        write: (key, ...rest) => noted("write", key, below.write(key, ...rest)),
        remove: (key, condition) =>
          noted(
            "remove",
            key,
            Effect.tap(below.remove(key, condition), (isDone) => (isDone ? PubSub.publish(hub, key) : Effect.void))
          ),
        ...(options.reports === true ? { removals } : {})
      },
      steps: Effect.sync(() => {
        const seen = steps
        steps = []
        return seen
      }),
      before: () => Effect.void,
      after: () => Effect.void,
      subscribers: 0,
      loseSubscriptions: Effect.asVoid(PubSub.publish(hub, lost))
    }
    return watched
  })

/** How often this step was taken. */
export const count = (steps: ReadonlyArray<Step>, wanted: Step): number => steps.filter((step) => step === wanted).length
