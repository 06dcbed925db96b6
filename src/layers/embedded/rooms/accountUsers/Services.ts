/**
 * The services of the room.
 */
import * as Composition from "../../system/Composition.js"
import * as AccountUserRecords from "./AccountUserRecords.js"

export const make = Composition.empty.pipe(Composition.add(AccountUserRecords.AccountUserRecords, AccountUserRecords.make))
