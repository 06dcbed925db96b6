/**
 * The grants of API clients: for which API a client gets tokens, by which grant types, and with which scopes.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { entityFields } from "./Entity.js"
import { optional, scopeToken, secret } from "./Fields.js"
import { openEnum } from "./OpenEnum.js"

const OidcProvider = Schema.Struct({
  client_id: Schema.String,
  client_secret: optional(secret),
  authority: Schema.String
})

const grantTypes = ["any", "authorization_code", "client_credentials", "password"] as const

const granted = { client_id: Schema.String, audience: Schema.String, oidc: optional(OidcProvider) }

const ClientGrant_ = Schema.Struct({
  ...entityFields,
  ...granted,
  scope: Schema.Array(Schema.String),
  type: optional(openEnum(...grantTypes))
}).annotations({ identifier: "ClientGrant" })

/**
 * A decoded {@link ClientGrant}.
 *
 * @since 0.1.0
 * @category models
 */
export interface ClientGrant extends Schema.Schema.Type<typeof ClientGrant_> {}

/**
 * A {@link ClientGrant} as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface ClientGrantEncoded extends Schema.Schema.Encoded<typeof ClientGrant_> {}

/**
 * A grant of an API client.
 *
 * - `client_id`: the `id` of the client
 * - `audience`: the API that its tokens are for: the URL of an account
 * - `type`: the grant types that it may be used for; `any` when it is left out
 * - `oidc`: with `authorization_code`, the OpenID provider whose codes `auth.oidcToken` takes: its `authority`, and the id and secret that the
 *   provider knows the account by
 *
 * Source: https://docs.dintero.com/management-auth-api/grants/aid_auths_client_grants_get
 *
 * @since 0.1.0
 * @category schemas
 */
export const ClientGrant: Schema.Schema<ClientGrant, ClientGrantEncoded> = ClientGrant_

const ClientGrantCreate_ = Schema.Struct({
  ...granted,
  scope: Schema.Array(scopeToken),
  type: optional(Schema.Literal(...grantTypes))
}).annotations({ identifier: "ClientGrantCreate" })

/**
 * A decoded {@link ClientGrantCreate}.
 *
 * @since 0.1.0
 * @category models
 */
export interface ClientGrantCreate extends Schema.Schema.Type<typeof ClientGrantCreate_> {}

/**
 * A {@link ClientGrantCreate} as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface ClientGrantCreateEncoded extends Schema.Schema.Encoded<typeof ClientGrantCreate_> {}

/**
 * A new grant of an API client.
 *
 * Source: https://docs.dintero.com/management-auth-api/grants/aid_auths_client_grants_post
 *
 * @since 0.1.0
 * @category schemas
 */
export const ClientGrantCreate: Schema.Schema<ClientGrantCreate, ClientGrantCreateEncoded> = ClientGrantCreate_

const ClientGrantUpdate_ = Schema.Struct({ scope: Schema.Array(scopeToken) }).annotations({ identifier: "ClientGrantUpdate" })

/**
 * A decoded {@link ClientGrantUpdate}.
 *
 * @since 0.1.0
 * @category models
 */
export interface ClientGrantUpdate extends Schema.Schema.Type<typeof ClientGrantUpdate_> {}

/**
 * A {@link ClientGrantUpdate} as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface ClientGrantUpdateEncoded extends Schema.Schema.Encoded<typeof ClientGrantUpdate_> {}

/**
 * The scopes that a grant has from now on.
 *
 * Source: https://docs.dintero.com/management-auth-api/grants/aid_auths_client_grants_id_patch
 *
 * @since 0.1.0
 * @category schemas
 */
export const ClientGrantUpdate: Schema.Schema<ClientGrantUpdate, ClientGrantUpdateEncoded> = ClientGrantUpdate_
