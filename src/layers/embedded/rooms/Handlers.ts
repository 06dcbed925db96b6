/**
 * The handlers of all rooms, one for each operation of the contract that is embedded. An operation without a handler is a compile error.
 */
import * as Effect from "effect/Effect"
import type { operations } from "../../../contract/Contract.js"
import * as Settings from "./accounts/Settings.js"
import * as AccountUsers from "./accountUsers/AccountUsers.js"
import * as AuthUsers from "./authUsers/AuthUsers.js"
import * as Clients from "./clients/Clients.js"
import * as Grants from "./clients/Grants.js"
import * as Communication from "./communication/Communication.js"
import * as Users from "./customers/Users.js"
import type { Handlers as AllHandlers } from "./Handler.js"
import * as Oidc from "./identity/Oidc.js"
import * as Locations from "./locations/Locations.js"
import * as Challenge from "./logins/Challenge.js"
import * as Password from "./logins/Password.js"
import * as Lookups from "./lookups/Lookups.js"
import type { NotEmbedded } from "./NotEmbedded.js"
import * as Passwordless from "./passwordless/Passwordless.js"
import * as Roles from "./roles/Roles.js"
import * as Authenticate from "./sessions/Authenticate.js"
import * as Partners from "./sessions/Partners.js"
import * as Keys from "./signing/Keys.js"
import * as CustomerTags from "./tags/CustomerTags.js"
import * as Terms from "./terms/Terms.js"
import * as Tokens from "./tokens/Tokens.js"

export const make = Effect.gen(function* () {
  // Spreading all of them into one literal would leave 80 KiB of garbage that lives until a whole collection.
  const logins = Object.assign(yield* Authenticate.make, yield* Challenge.make, yield* Password.make, yield* Passwordless.make)
  const users = Object.assign(yield* AuthUsers.make, yield* AccountUsers.make, yield* Roles.make, yield* Partners.make)
  const clients = Object.assign(yield* Clients.make, yield* Grants.make, yield* Keys.make, yield* Oidc.make)
  const customers = Object.assign(yield* Users.make, yield* Tokens.make, yield* CustomerTags.make, yield* Communication.make)
  const others = Object.assign(yield* Settings.make, yield* Terms.make, yield* Locations.make, yield* Lookups.make)
  const handlers: AllHandlers<Omit<typeof operations, NotEmbedded>> = Object.assign(
    Object.assign(logins, users, clients, customers),
    others
  )
  return handlers
})
