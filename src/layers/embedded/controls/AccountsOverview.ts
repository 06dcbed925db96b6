import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import type { AccountControl } from "./Controls.js"
export class AccountsOverview extends Context.Tag("effect-dintero/embedded/AccountsOverview")<
  AccountsOverview,
  {
    readonly list: (f: (accountId: string, clientId: string) => Redacted.Redacted | undefined) => AccountControl["list"]
    readonly customers: AccountControl["customers"]
  }
>() {}
export const layer = Layer.succeed(AccountsOverview, { list: () => Effect.succeed([]), customers: () => Effect.succeed([]) })
