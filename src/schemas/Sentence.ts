/**
 * Issues as one sentence, for the message of an error.
 */
import type { Issue } from "./RequestInfo.js"

/** Such as `users.head.enabled: expected a boolean; email: expected a string`. */
export const sentence = (issues: ReadonlyArray<Issue>): string =>
  issues.map(({ message, path }) => (path === "" ? message : `${path}: ${message}`)).join("; ")
