/**
 * Brings the copy of the customers up to date, every night or when somebody asks for it.
 */
import { Effect, Layer, Option, Schedule, Stream } from "effect"
import { Customers } from "effect-dintero"
import { CustomerCopy } from "./CustomerCopy.js"
import * as Settings from "./Settings.js"

/** Goes on from the last checkpoint, and returns the number of changes. It may end anywhere. */
export const synchronise = Effect.gen(function* () {
  const copy = yield* CustomerCopy
  const customers = yield* Customers
  const checkpoint = Option.getOrUndefined(yield* copy.checkpoint)
  return yield* customers.users.changes({ checkpoint }).pipe(
    Stream.mapEffect(({ checkpoint, items }) => Effect.as(copy.write(items, checkpoint), items.length)),
    Stream.runSum
  )
}).pipe(
  Effect.tap((changes) => Effect.logInfo("The copy of the customers is up to date", { changes })),
  Effect.withSpan("shop.synchronise")
)

/** A night that fails is logged. The next one goes on where it ended. */
export const NightlyLive = Layer.scopedDiscard(
  Effect.flatMap(Settings.synchroniseAt, (cron) =>
    synchronise.pipe(
      Effect.catchAll((error) => Effect.logError("The copy of the customers is not up to date", error)),
      Effect.schedule(Schedule.cron(cron)),
      Effect.forkScoped
    )
  )
)
