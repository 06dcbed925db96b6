/**
 * The services of the room.
 */
import * as Composition from "../../system/Composition.js"
import * as ApiClients from "./ApiClients.js"
import type { ClientRules } from "./ClientRules.js"

export interface Choices {
  readonly clients: ClientRules
}

export const make = ({ clients }: Choices) =>
  Composition.empty.pipe(Composition.add(ApiClients.ApiClients, ApiClients.make(clients)))
