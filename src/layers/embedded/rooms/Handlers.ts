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
  const handlers: AllHandlers<Omit<typeof operations, NotEmbedded>> = {
    ...(yield* Authenticate.make),
    ...(yield* AuthUsers.make),
    ...(yield* Partners.make),
    ...(yield* Oidc.make),
    ...(yield* Challenge.make),
    ...(yield* Clients.make),
    ...(yield* Grants.make),
    ...(yield* Keys.make),
    ...(yield* Password.make),
    ...(yield* Passwordless.make),
    ...(yield* Settings.make),
    ...(yield* Users.make),
    ...(yield* Tokens.make),
    ...(yield* CustomerTags.make),
    ...(yield* Terms.make),
    ...(yield* Communication.make),
    ...(yield* Locations.make),
    ...(yield* Lookups.make),
    ...(yield* Roles.make),
    ...(yield* AccountUsers.make)
  }
  return handlers
})
