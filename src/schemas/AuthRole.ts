/**
 * The roles of an account: names for sets of scopes, which account users have.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { entityFields } from "./Entity.js"
import { optional, scopeToken } from "./Fields.js"

const fields = { name: optional(Schema.String), description: optional(Schema.String) }

const AuthRole_ = Schema.Struct({ ...entityFields, ...fields, scope: Schema.Array(Schema.String) }).annotations({
  identifier: "AuthRole"
})

/**
 * A decoded {@link AuthRole}.
 *
 * @since 0.1.0
 * @category models
 */
export interface AuthRole extends Schema.Schema.Type<typeof AuthRole_> {}

/**
 * A {@link AuthRole} as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface AuthRoleEncoded extends Schema.Schema.Encoded<typeof AuthRole_> {}

/**
 * A role.
 *
 * Source: https://docs.dintero.com/management-auth-api/roles/aid_auths_roles_post
 *
 * @since 0.1.0
 * @category schemas
 */
export const AuthRole: Schema.Schema<AuthRole, AuthRoleEncoded> = AuthRole_

const AuthRoleCreate_ = Schema.Struct({ ...fields, scope: Schema.Array(scopeToken) }).annotations({
  identifier: "AuthRoleCreate"
})

/**
 * A decoded {@link AuthRoleCreate}.
 *
 * @since 0.1.0
 * @category models
 */
export interface AuthRoleCreate extends Schema.Schema.Type<typeof AuthRoleCreate_> {}

/**
 * A {@link AuthRoleCreate} as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface AuthRoleCreateEncoded extends Schema.Schema.Encoded<typeof AuthRoleCreate_> {}

/**
 * A new role, or what a role becomes.
 *
 * Source: https://docs.dintero.com/management-auth-api/roles/aid_auths_roles_post
 *
 * @since 0.1.0
 * @category schemas
 */
export const AuthRoleCreate: Schema.Schema<AuthRoleCreate, AuthRoleCreateEncoded> = AuthRoleCreate_
