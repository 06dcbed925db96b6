/**
 * A public key that verifies access tokens.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { openEnum } from "./OpenEnum.js"
import { optional } from "./Optional.js"

/**
 * No field is promised. `kid` names the key in a token's header.
 *
 * Source: https://docs.dintero.com/management-auth-api/keys/aid_auths_keys_get; RFC 7517
 *
 * @since 0.1.0
 * @category schemas
 */
export const Jwk = Schema.Struct({
  alg: optional(Schema.String),
  kty: optional(openEnum("RSA")),
  use: optional(openEnum("sig")),
  n: optional(Schema.String),
  e: optional(Schema.String),
  kid: optional(Schema.String)
}).annotations({
  identifier: "Jwk",
  // A key of another kind has other fields, without which it verifies nothing.
  parseOptions: { onExcessProperty: "preserve" }
})

/**
 * @since 0.1.0
 * @category models
 */
export type Jwk = typeof Jwk.Type
