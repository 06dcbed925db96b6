/**
 * Fills a template such as `/accounts/{aid}/customers/users/{customer_id}`, so that the path always names the resource that is meant.
 */
import * as Either from "effect/Either"
import type { Issue } from "../schemas/DinteroError.js"

/** A segment that would name another resource, because it is empty or a URL parser removes it (`.` and `..`). */
const leavesItsPlace = (segment: string): boolean => /^(?:\.|%2e){0,2}$/i.test(segment)

const segmentOf = (value: string): Either.Either<string, string> => {
  if (leavesItsPlace(value)) return Either.left("expected a path segment, not one that is empty or made of dots")
  return Either.try({ try: () => encodeURIComponent(value), catch: () => "expected well-formed text" })
}

/**
 * Fills a template. Each parameter is percent-encoded as one segment. A parameter that is missing or not a valid segment is an issue with
 * its name.
 */
export const fill = (
  template: string,
  parameters: { readonly [name: string]: string }
): Either.Either<string, ReadonlyArray<Issue>> => {
  const issues: Array<Issue> = []
  const path = template.replace(/\{(\w+)\}/g, (_, name: string) =>
    Either.getOrElse(segmentOf(parameters[name] ?? ""), (message) => {
      issues.push({ path: name, message })
      return ""
    })
  )
  return issues.length === 0 ? Either.right(path) : Either.left(issues)
}
