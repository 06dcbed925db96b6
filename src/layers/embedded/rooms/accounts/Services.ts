/**
 * The services of the room.
 */
import * as Composition from "../../system/Composition.js"
import * as Accounts from "./Accounts.js"

export const make = Composition.empty.pipe(Composition.add(Accounts.Accounts, Accounts.make))
