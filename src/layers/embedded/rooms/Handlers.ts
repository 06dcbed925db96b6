/**
 * The handlers of all rooms, one for each operation of the contract. An operation without a handler is a compile error.
 */
import * as Effect from "effect/Effect"
import type { operations } from "../../../contract/Contract.js"
import * as Settings from "./accounts/Settings.js"
import type { Handlers as AllHandlers } from "./Handler.js"
import * as Challenge from "./logins/Challenge.js"
import * as Password from "./logins/Password.js"
import * as Authenticate from "./sessions/Authenticate.js"
import * as Keys from "./signing/Keys.js"

export const make = Effect.gen(function* () {
  const handlers: AllHandlers<typeof operations> = {
    ...(yield* Authenticate.make),
    ...(yield* Challenge.make),
    ...(yield* Keys.make),
    ...(yield* Password.make),
    ...(yield* Settings.make)
  }
  return handlers
})
