/**
 * Packages that only some operations need.
 */
import * as Predicate from "effect/Predicate"

/** What to do when a package is not installed. `undefined` for any other error. */
export const missingPackage = (error: unknown): string | undefined => {
  const code = Predicate.hasProperty(error, "code") ? error.code : undefined
  if (code !== "ERR_MODULE_NOT_FOUND" && code !== "MODULE_NOT_FOUND") return undefined
  return "the packages jose and oauth4webapi are needed for it: npm install jose oauth4webapi"
}
