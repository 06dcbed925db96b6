/**
 * Loads the embedded system and the operators' commands only when they are needed: they need packages that are not installed for the client
 * alone.
 */
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import type * as Embedded from "../embedded.js"
import { CommandFailed } from "./CommandFailed.js"
import type { Manifest } from "./Manifest.js"
import type * as Operator from "./operator/Operator.js"

const neededToServe = ["@effect/experimental", "@effect/platform-node", "@effect/sql", "libsql"]

const neededByOperators = ["@effect/cli", "@effect/platform-node", "@effect/printer", "@effect/printer-ansi", "@effect/typeclass"]

const isInstalled = (name: string): boolean => {
  try {
    import.meta.resolve(name)
    return true
  } catch {
    return false
  }
}

/** The package that an import did not find. None when a file is missing instead, since no installation would help then. */
const missingPackage = (error: unknown): string | undefined => {
  const code = Predicate.hasProperty(error, "code") ? error.code : undefined
  if (!(error instanceof Error) || (code !== "ERR_MODULE_NOT_FOUND" && code !== "MODULE_NOT_FOUND")) return undefined
  return /Cannot find (?:package|module) '((?:@[\w.-]+\/)?[\w-][\w.-]*)/.exec(error.message)?.[1]
}

const list = (names: ReadonlyArray<string>): string =>
  names.length < 2 ? names.join() : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`

const notInstalled = (
  what: string,
  named: string,
  needed: ReadonlyArray<string>,
  { peerDependencies }: Manifest
): CommandFailed => {
  const missing = [...new Set([named, ...needed.filter((name) => !isInstalled(name))])]
  const install = missing.map((name) => (peerDependencies[name] === undefined ? name : `"${name}@${peerDependencies[name]}"`))
  const [are, them] = missing.length === 1 ? ["is", "it"] : ["are", "them"]
  return new CommandFailed({
    message: `${what} needs ${list(missing)}, which ${are} not installed. Install ${them} with: npm install ${install.join(" ")}`
  })
}

const orSay =
  (what: string, needed: ReadonlyArray<string>, manifest: Manifest) =>
  <A>(loading: Effect.Effect<A>): Effect.Effect<A, CommandFailed> =>
    Effect.catchAllDefect(loading, (error) => {
      const missing = missingPackage(error)
      return missing === undefined ? Effect.die(error) : Effect.fail(notInstalled(what, missing, needed, manifest))
    })

/** `command`: what needs it. */
export const load = (manifest: Manifest, command = "effect-dintero serve"): Effect.Effect<typeof Embedded, CommandFailed> =>
  Effect.promise(async () => {
    const embedded = await import("../embedded.js")
    // `embedded.js` loads this module only when it serves. It is loaded here so that a missing package is noticed now.
    await import("../layers/embedded/serving/NodeServer.js")
    return embedded
  }).pipe(orSay(command, neededToServe, manifest))

export const loadOperator = (manifest: Manifest): Effect.Effect<typeof Operator, CommandFailed> =>
  Effect.promise(() => import("./operator/Operator.js")).pipe(orSay("This command", neededByOperators, manifest))
