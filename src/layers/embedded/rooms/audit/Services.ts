/**
 * The services of the room.
 */
import * as Composition from "../../system/Composition.js"
import * as Audit from "./Audit.js"

export const make = Composition.empty.pipe(Composition.add(Audit.Audit, Audit.make))
