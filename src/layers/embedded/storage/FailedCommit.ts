/**
 * A COMMIT that fails, as on a disk that is full or a connection that is lost.
 */
import { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"

/** `@effect/sql` makes a defect of a COMMIT that fails. Here it is a failure, as that of any other statement. */
export const asFailure = <A, E, R>(transaction: Effect.Effect<A, E, R>): Effect.Effect<A, E | SqlError, R> =>
  Effect.catchSomeDefect(transaction, (defect) => (defect instanceof SqlError ? Option.some(Effect.fail(defect)) : Option.none()))
