/**
 * The services of all rooms. A room comes after those that it uses.
 */
import * as Effect from "effect/Effect"
import * as Composition from "../system/Composition.js"
import * as Assumed from "./Assumed.js"
import * as Accounts from "./accounts/Services.js"
import * as AccountUsers from "./accountUsers/Services.js"
import * as Audit from "./audit/Services.js"
import * as Clients from "./clients/Services.js"
import * as Customers from "./customers/Services.js"
import * as Identity from "./identity/Services.js"
import * as Logins from "./logins/Services.js"
import * as Lookups from "./lookups/Services.js"
import * as Passwordless from "./passwordless/Services.js"
import * as Sessions from "./sessions/Services.js"
import * as Signing from "./signing/Services.js"

export interface Choices
  extends Clients.Choices,
    Logins.Choices,
    Lookups.Choices,
    Passwordless.Choices,
    Sessions.Choices,
    Signing.Choices {
  readonly assumed: Assumed.Choices
}

export const make = (choices: Choices) =>
  Composition.empty.pipe(
    Composition.add(Assumed.Assumed, Effect.succeed(choices.assumed)),
    Composition.addAll(Accounts.make),
    Composition.addAll(Clients.make(choices)),
    Composition.addAll(AccountUsers.make),
    Composition.addAll(Identity.make),
    Composition.addAll(Signing.make(choices)),
    Composition.addAll(Sessions.make(choices)),
    Composition.addAll(Logins.make(choices)),
    Composition.addAll(Passwordless.make(choices)),
    Composition.addAll(Customers.make),
    Composition.addAll(Audit.make),
    Composition.addAll(Lookups.make(choices))
  )
