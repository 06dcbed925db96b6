/**
 * Calls of the account that the credentials are for.
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Dintero from "../../layers/Dintero.js"
import type { Connection } from "../../layers/http/Connection.js"
import type * as RetryPolicy from "../../policies/RetryPolicy.js"
import type { DinteroError } from "../../schemas/DinteroError.js"
import type { AccessTokens } from "../../services/AccessTokens.js"
import type { Auth } from "../../services/Auth.js"
import type { Customers } from "../../services/Customers.js"
import { CommandFailed, wrongUsage } from "../CommandFailed.js"
import * as Credentials from "./Credentials.js"
import * as Prompt from "./Prompt.js"
import * as Refusal from "./Refusal.js"

type Services = Auth | Customers | AccessTokens | Connection

/** A production account is changed only if a person or `--yes` says so. The id decides, whatever the address is. */
const mayChange = (accountId: string, yes: boolean): Effect.Effect<void, CommandFailed> =>
  Effect.gen(function* () {
    if (yes || !accountId.startsWith("P")) return
    if (!(yield* Prompt.isTerminal)) {
      return yield* wrongUsage(
        `${accountId} is a production account, and this command changes it. Without a terminal it cannot ask, so it needs --yes.`
      )
    }
    const isSure = yield* Prompt.confirm(`This changes the production account ${accountId}: continue?`)
    if (!isSure) return yield* new CommandFailed({ message: "Nothing was changed." })
  })

interface Options {
  /** Given by a command that changes the account: whether it may do so without asking. */
  readonly changes?: { readonly yes: boolean } | undefined
  readonly retry?: RetryPolicy.RetryPolicy | undefined
}

/** Runs `use` with the services of the account. The errors of its calls are put into words. */
export const call = <A>(
  options: Options,
  use: (credentials: Credentials.Credentials) => Effect.Effect<A, DinteroError | CommandFailed, Services>
): Effect.Effect<A, CommandFailed> =>
  Effect.gen(function* () {
    const credentials = yield* Credentials.read
    const services = yield* Layer.build(
      Layer.provide(Dintero.layer({ ...credentials, retry: options.retry }), FetchHttpClient.layer)
    ).pipe(Effect.mapError(Credentials.refused))
    if (options.changes !== undefined) yield* mayChange(credentials.accountId, options.changes.yes)
    return yield* use(credentials).pipe(
      Effect.provide(services),
      Effect.mapError((error) => (error._tag === "CommandFailed" ? error : Refusal.toFailure(error)))
    )
  }).pipe(Effect.scoped)
