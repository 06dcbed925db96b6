/**
 * The file of the database is gone from its path while the system runs.
 */
import * as Data from "effect/Data"

/** Nothing was written. `message` is a sentence that names the file and says what to do. */
export class LostDatabase extends Data.TaggedError("LostDatabase")<{ readonly message: string }> {}

/** The `LostDatabase` for which a statement failed. */
export const causeOf = (error: { readonly cause?: unknown }): LostDatabase | undefined =>
  error.cause instanceof LostDatabase ? error.cause : undefined
