/**
 * The services of the room.
 */
import * as Composition from "../../system/Composition.js"
import * as IdTokens from "./IdTokens.js"
import * as OpenIdProvider from "./OpenIdProvider.js"

export const make = Composition.empty.pipe(
  Composition.add(IdTokens.IdTokens, IdTokens.make),
  Composition.add(OpenIdProvider.OpenIdProvider, OpenIdProvider.make())
)
