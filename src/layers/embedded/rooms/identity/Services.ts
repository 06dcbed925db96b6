/**
 * The services of the room.
 */
import * as Composition from "../../system/Composition.js"
import * as ForeignTokens from "./ForeignTokens.js"
import * as OpenIdProvider from "./OpenIdProvider.js"

export const make = Composition.empty.pipe(
  Composition.add(ForeignTokens.ForeignTokens, ForeignTokens.make),
  Composition.add(OpenIdProvider.OpenIdProvider, OpenIdProvider.make())
)
