/**
 * The credentials of an API client: from the environment, or from a person at a terminal. They are never on the command line, since every user
 * of a machine can read the command lines of its programs.
 */
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type * as Dintero from "../../layers/Dintero.js"
import type { InvalidConfiguration } from "../../schemas/DinteroError.js"
import { type CommandFailed, wrongUsage } from "../CommandFailed.js"
import * as Prompt from "./Prompt.js"

export type Credentials = Pick<
  Dintero.Options,
  "accountId" | "clientId" | "clientSecret" | "audience" | "baseUrl" | "allowInsecure"
>

const names = {
  accountId: "DINTERO_ACCOUNT_ID",
  clientId: "DINTERO_CLIENT_ID",
  clientSecret: "DINTERO_CLIENT_SECRET",
  audience: "DINTERO_AUDIENCE",
  baseUrl: "DINTERO_BASE_URL"
}

/** An empty variable counts as not set. */
export const variable = (name: string): Effect.Effect<string | undefined> =>
  Config.string(name).pipe(
    Effect.orElseSucceed(() => ""),
    Effect.map((value) => (value === "" ? undefined : value))
  )

/** The value of a variable, or the answer of a person. */
export const found = <A>(
  name: string,
  fromText: (text: string) => A,
  asking: Effect.Effect<A, CommandFailed>
): Effect.Effect<A, CommandFailed> =>
  Effect.flatMap(variable(name), (given) =>
    given !== undefined
      ? Effect.succeed(fromText(given))
      : Effect.if(Prompt.isTerminal, {
          onTrue: () => asking,
          onFalse: () => wrongUsage(`${name} is not set: set it, or run the command in a terminal, where it asks for the value.`)
        })
  )

export const read: Effect.Effect<Credentials, CommandFailed> = Effect.gen(function* () {
  const allowInsecure = yield* Config.boolean("DINTERO_ALLOW_INSECURE").pipe(
    Config.option,
    Effect.mapError(() => wrongUsage("DINTERO_ALLOW_INSECURE has to be true or false."))
  )
  return {
    accountId: yield* found(names.accountId, (text) => text, Prompt.ask("Account id, such as T12345678")),
    clientId: yield* found(names.clientId, (text) => text, Prompt.ask("Client id")),
    clientSecret: yield* found(names.clientSecret, Redacted.make, Prompt.askHidden("Client secret")),
    audience: yield* variable(names.audience),
    baseUrl: yield* variable(names.baseUrl),
    allowInsecure: Option.getOrElse(allowInsecure, () => false)
  }
})

const isName = (path: string): path is keyof typeof names => Object.hasOwn(names, path)

/** Names the variables that are wrong. */
export const refused = ({ issues }: InvalidConfiguration): CommandFailed =>
  wrongUsage(issues.map(({ message, path }) => `${isName(path) ? names[path] : path} cannot be used: ${message}.`).join("\n"))
