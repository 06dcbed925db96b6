import { Effect } from "effect"

/** Gives way to sockets and timers until it holds, however long that takes. A clock of the test stands still meanwhile. */
export const until = (holds: () => boolean): Effect.Effect<void> =>
  Effect.promise(async () => {
    while (!holds()) await new Promise((resolve) => setTimeout(resolve, 1))
  })
