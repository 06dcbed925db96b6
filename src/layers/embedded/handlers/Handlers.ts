/**
 * Every operation of the contract. A new one that has no handler does not compile.
 */
import * as Effect from "effect/Effect"
import type { operations } from "../../../contract/Contract.js"
import type * as ContractServer from "../ContractServer.js"
import * as Authenticate from "./Authenticate.js"
import * as Challenge from "./Challenge.js"
import * as Keys from "./Keys.js"
import * as Password from "./Password.js"
import * as Settings from "./Settings.js"

export const make = Effect.gen(function* () {
  const handlers: ContractServer.Handlers<typeof operations> = {
    ...(yield* Authenticate.make),
    ...(yield* Challenge.make),
    ...(yield* Keys.make),
    ...(yield* Password.make),
    ...(yield* Settings.make)
  }
  return handlers
})
