/**
 * The services of the room.
 */
import * as Composition from "../../system/Composition.js"
import * as LoginCodes from "./LoginCodes.js"
import type { PasswordlessRules } from "./PasswordlessRules.js"
import * as Sendings from "./Sendings.js"

export interface Choices {
  readonly passwordless: PasswordlessRules
}

export const make = ({ passwordless }: Choices) =>
  Composition.empty.pipe(
    Composition.add(LoginCodes.LoginCodes, LoginCodes.make),
    Composition.add(Sendings.Sendings, Sendings.make(passwordless))
  )
