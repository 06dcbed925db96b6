/**
 * Docs tag `keys`.
 */
import * as Effect from "effect/Effect"
import type { operations } from "../../../../contract/Contract.js"
import type { Handlers } from "../Handler.js"
import { SigningKeys } from "./SigningKeys.js"

export const make = Effect.gen(function* () {
  const keys = yield* SigningKeys
  return {
    "auth.keys": () =>
      Effect.map(keys.all, (all) =>
        all.map(({ kid, publicKey }) => {
          const { e = "", n = "" } = publicKey.export({ format: "jwk" })
          return { alg: "RS256", kty: "RSA", use: "sig", n, e, kid }
        })
      )
  } satisfies Partial<Handlers<typeof operations>>
})
