/**
 * The services of the room.
 */
import * as Composition from "../../system/Composition.js"
import * as AccessTokenIssuer from "./AccessTokenIssuer.js"
import type { RefreshTokenRules } from "./RefreshTokenRules.js"
import * as StoredTokens from "./StoredTokens.js"

export interface Choices {
  readonly refreshTokens: RefreshTokenRules
}

export const make = ({ refreshTokens }: Choices) =>
  Composition.empty.pipe(
    Composition.add(StoredTokens.StoredTokens, StoredTokens.make(refreshTokens)),
    Composition.add(AccessTokenIssuer.AccessTokenIssuer, AccessTokenIssuer.make)
  )
