/**
 * A public key that verifies access tokens.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { openStruct, optional } from "./Fields.js"
import { openEnum } from "./OpenEnum.js"

// Open, because a key of another kind has other fields, and without these it cannot verify anything.
const Jwk_ = openStruct({
  alg: optional(Schema.String),
  kty: optional(openEnum("RSA")),
  use: optional(openEnum("sig")),
  n: optional(Schema.String),
  e: optional(Schema.String),
  kid: optional(Schema.String)
}).annotations({ identifier: "Jwk" })

/**
 * A decoded {@link Jwk}.
 *
 * @since 0.1.0
 * @category models
 */
export interface Jwk extends Schema.Schema.Type<typeof Jwk_> {}

/**
 * A public key as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface JwkEncoded extends Schema.Schema.Encoded<typeof Jwk_> {}

/**
 * A public key. The `kid` in the header of a token names the key that verifies it. The documentation promises none of the fields.
 *
 * Source: https://docs.dintero.com/management-auth-api/keys/aid_auths_keys_get; RFC 7517
 *
 * @since 0.1.0
 * @category schemas
 */
export const Jwk: Schema.Schema<Jwk, JwkEncoded> = Jwk_
