/**
 * Organizations of public registers, and departments of companies.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { Address } from "./Address.js"
import { openEnum } from "./OpenEnum.js"

const optional = <S extends Schema.Schema.All>(schema: S) => Schema.optionalWith(schema, { exact: true })

const addresses = { business_address: optional(Address), registry_address: optional(Address) }

// A register can say more than is documented.
const parseOptions = { onExcessProperty: "preserve" } as const

/**
 * An organization, or an office of one. The documentation has `office_type` as a text, and an array as its example; both are taken
 * (assumed: office-type).
 *
 * Source: https://docs.dintero.com/api-reference/organizations/aid_get_external_organizations
 *
 * @since 0.1.0
 * @category schemas
 */
export const Organization = Schema.Struct({
  organization_number: Schema.String,
  business_name: Schema.String,
  ...addresses,
  office_type: optional(Schema.Union(Schema.String, Schema.Array(Schema.String)))
}).annotations({ identifier: "Organization", parseOptions })

/**
 * @since 0.1.0
 * @category models
 */
export type Organization = typeof Organization.Type

/**
 * What one organization number stands for. It can have several offices.
 *
 * Source: https://docs.dintero.com/api-reference/organizations/aid_get_external_organizations
 *
 * @since 0.1.0
 * @category schemas
 */
export const Organizations = Schema.Struct({ items: optional(Schema.Array(Organization)) }).annotations({
  identifier: "Organizations"
})

/**
 * @since 0.1.0
 * @category models
 */
export type Organizations = typeof Organizations.Type

/**
 * A unit of an organization that has an organization number of its own.
 *
 * Source: https://docs.dintero.com/api-reference/organizations/aid_get_external_organization_subunits
 *
 * @since 0.1.0
 * @category schemas
 */
export const OrganizationSubunit = Schema.Struct({
  organization_number: Schema.String,
  business_name: Schema.String,
  ...addresses,
  phone_number: optional(Schema.String),
  email: optional(Schema.String),
  website_url: optional(Schema.String)
}).annotations({ identifier: "OrganizationSubunit", parseOptions })

/**
 * @since 0.1.0
 * @category models
 */
export type OrganizationSubunit = typeof OrganizationSubunit.Type

/**
 * An organization that a search has found. `response_from` names the register, and `organization_type` is the register's own code, such as
 * `AS`.
 *
 * Source: https://docs.dintero.com/api-reference/organizations/aid_search_external_organizations_country
 *
 * @since 0.1.0
 * @category schemas
 */
export const FoundOrganization = Schema.Struct({
  response_from: openEnum("enhetsregisteret"),
  organization_type: Schema.String,
  organization_number: Schema.String,
  business_name: Schema.String,
  phone_number: optional(Schema.String),
  email: optional(Schema.String),
  ...addresses,
  website_url: optional(Schema.String)
}).annotations({ identifier: "FoundOrganization", parseOptions })

/**
 * @since 0.1.0
 * @category models
 */
export type FoundOrganization = typeof FoundOrganization.Type

/**
 * The departments that customers of the type `company` have named for one organization number.
 *
 * Source: https://docs.dintero.com/customers-api/company/aid_company_departments_get
 *
 * @since 0.1.0
 * @category schemas
 */
export const CompanyDepartments = Schema.Struct({
  organization_number: optional(Schema.String),
  departments: optional(Schema.Array(Schema.String))
}).annotations({ identifier: "CompanyDepartments" })

/**
 * @since 0.1.0
 * @category models
 */
export type CompanyDepartments = typeof CompanyDepartments.Type
