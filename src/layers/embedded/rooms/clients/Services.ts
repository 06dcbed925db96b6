/**
 * The services of the room.
 */
import * as Composition from "../../system/Composition.js"
import * as ApiClients from "./ApiClients.js"

export const make = Composition.empty.pipe(Composition.add(ApiClients.ApiClients, ApiClients.make))
