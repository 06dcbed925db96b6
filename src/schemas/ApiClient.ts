/**
 * The API clients of an account: programs that get access tokens with an id and a secret.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { entityFields } from "./Entity.js"
import { optional, secret } from "./Fields.js"

const named = {
  name: optional(Schema.String),
  description: optional(Schema.String),
  /** The URLs to which a login may send its user back. */
  callbacks: optional(Schema.Array(Schema.String))
}

const ofService = { ...entityFields, ...named, client_id: optional(Schema.String) }

const ApiClient_ = Schema.Struct(ofService).annotations({ identifier: "ApiClient" })

/**
 * A decoded {@link ApiClient}.
 *
 * @since 0.1.0
 * @category models
 */
export interface ApiClient extends Schema.Schema.Type<typeof ApiClient_> {}

/**
 * A {@link ApiClient} as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface ApiClientEncoded extends Schema.Schema.Encoded<typeof ApiClient_> {}

/**
 * An API client. `id` is its user name at the token endpoint (recorded traffic), and `client_id` is a label.
 *
 * Source: https://docs.dintero.com/management-auth-api/clients/aid_auth_clients_post
 *
 * @since 0.1.0
 * @category schemas
 */
export const ApiClient: Schema.Schema<ApiClient, ApiClientEncoded> = ApiClient_

const ClientLabel = Schema.String.pipe(Schema.pattern(/^[^:]{1,255}$/, { description: "1 to 255 characters without a colon" }))

const ApiClientCreate_ = Schema.Struct({ ...named, client_id: optional(ClientLabel) }).annotations({
  identifier: "ApiClientCreate"
})

/**
 * A decoded {@link ApiClientCreate}.
 *
 * @since 0.1.0
 * @category models
 */
export interface ApiClientCreate extends Schema.Schema.Type<typeof ApiClientCreate_> {}

/**
 * A {@link ApiClientCreate} as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface ApiClientCreateEncoded extends Schema.Schema.Encoded<typeof ApiClientCreate_> {}

/**
 * A new API client. Every field may be left out. A `client_id` is a label of the caller's own, of 1 to 255 characters. It has no colon, because a user name of
 * Basic authorization has none (RFC 7617, section 2).
 *
 * Source: https://docs.dintero.com/management-auth-api/clients/aid_auth_clients_post
 *
 * @since 0.1.0
 * @category schemas
 */
export const ApiClientCreate: Schema.Schema<ApiClientCreate, ApiClientCreateEncoded> = ApiClientCreate_

const ApiClientUpdate_ = Schema.Struct({ name: optional(Schema.String), description: optional(Schema.String) }).annotations({
  identifier: "ApiClientUpdate"
})

/**
 * A decoded {@link ApiClientUpdate}.
 *
 * @since 0.1.0
 * @category models
 */
export interface ApiClientUpdate extends Schema.Schema.Type<typeof ApiClientUpdate_> {}

/**
 * A {@link ApiClientUpdate} as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface ApiClientUpdateEncoded extends Schema.Schema.Encoded<typeof ApiClientUpdate_> {}

/**
 * What can be changed of an API client. A field that is left out stays as it is.
 *
 * Source: https://docs.dintero.com/management-auth-api/clients/aid_auths_clients_id_patch
 *
 * @since 0.1.0
 * @category schemas
 */
export const ApiClientUpdate: Schema.Schema<ApiClientUpdate, ApiClientUpdateEncoded> = ApiClientUpdate_

const WithSecret = Schema.Struct({ ...ofService, client_secret: optional(secret) })

const OnWire = Schema.Struct({
  ...WithSecret.fields,
  client: optional(WithSecret.annotations({ description: "The fields above, in answers of older documentation" }))
})

const ApiClientWithSecret_ = Schema.transform(OnWire, Schema.typeSchema(WithSecret), {
  strict: true,
  decode: ({ client, ...flat }) => ({ ...flat, ...client }),
  encode: (flat) => flat
}).annotations({ identifier: "ApiClientWithSecret" })

/**
 * A decoded {@link ApiClientWithSecret}.
 *
 * @since 0.1.0
 * @category models
 */
export interface ApiClientWithSecret extends Schema.Schema.Type<typeof ApiClientWithSecret_> {}

/**
 * A {@link ApiClientWithSecret} as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface ApiClientWithSecretEncoded extends Schema.Schema.Encoded<typeof ApiClientWithSecret_> {}

/**
 * An API client with its secret. The service shows the secret only when it makes one, so keep it at once. Older documentation has all fields in an object
 * `client`, and newer documentation has not, so both are read (assumed: client-with-secret-shape).
 *
 * Source: https://docs.dintero.com/management-auth-api/clients/aid_auth_clients_post
 *
 * @since 0.1.0
 * @category schemas
 */
export const ApiClientWithSecret: Schema.Schema<ApiClientWithSecret, ApiClientWithSecretEncoded> = ApiClientWithSecret_
