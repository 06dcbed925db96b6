/**
 * The services of the room.
 */
import * as Composition from "../../system/Composition.js"
import * as CustomerLogins from "./CustomerLogins.js"
import * as CustomerRecords from "./CustomerRecords.js"
import * as FailedLogins from "./FailedLogins.js"
import type { GuessingRules } from "./GuessingRules.js"
import * as LoginUsers from "./LoginUsers.js"
import * as OneTimeCodes from "./OneTimeCodes.js"
import * as PasswordHashing from "./PasswordHashing.js"

export interface Choices {
  readonly guessing: GuessingRules
  readonly passwordHashing: PasswordHashing.PasswordHashing
  readonly wrongCredentialStatus: CustomerLogins.WrongCredentialStatus
}

export const make = ({ guessing, passwordHashing, wrongCredentialStatus }: Choices) =>
  Composition.empty.pipe(
    Composition.add(PasswordHashing.PasswordHasher, PasswordHashing.make(passwordHashing)),
    Composition.add(CustomerRecords.CustomerRecords, CustomerRecords.make),
    Composition.add(LoginUsers.LoginUsers, LoginUsers.make),
    Composition.add(FailedLogins.FailedLogins, FailedLogins.make(guessing)),
    Composition.add(OneTimeCodes.OneTimeCodes, OneTimeCodes.make),
    Composition.add(CustomerLogins.CustomerLogins, CustomerLogins.make(wrongCredentialStatus))
  )
