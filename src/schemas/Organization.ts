/**
 * Organizations of public registers, and departments of companies.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { Address } from "./Address.js"
import { optional } from "./Fields.js"
import { openEnum } from "./OpenEnum.js"

const addresses = { business_address: optional(Address), registry_address: optional(Address) }

// A register can say more than is documented.
const parseOptions = { onExcessProperty: "preserve" } as const

const Organization_ = Schema.Struct({
  organization_number: Schema.String,
  business_name: Schema.String,
  ...addresses,
  office_type: optional(Schema.Union(Schema.String, Schema.Array(Schema.String)))
}).annotations({ identifier: "Organization", parseOptions })

/**
 * A decoded {@link Organization}.
 *
 * @since 0.1.0
 * @category models
 */
export interface Organization extends Schema.Schema.Type<typeof Organization_> {}

/**
 * A {@link Organization} as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface OrganizationEncoded extends Schema.Schema.Encoded<typeof Organization_> {}

/**
 * An organization, or an office of one. The documentation has `office_type` as a text, and an array as its example; both are taken
 * (assumed: office-type).
 *
 * Source: https://docs.dintero.com/api-reference/organizations/aid_get_external_organizations
 *
 * @since 0.1.0
 * @category schemas
 */
export const Organization: Schema.Schema<Organization, OrganizationEncoded> = Organization_

const Organizations_ = Schema.Struct({ items: optional(Schema.Array(Organization)) }).annotations({
  identifier: "Organizations"
})

/**
 * A decoded {@link Organizations}.
 *
 * @since 0.1.0
 * @category models
 */
export interface Organizations extends Schema.Schema.Type<typeof Organizations_> {}

/**
 * A {@link Organizations} as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface OrganizationsEncoded extends Schema.Schema.Encoded<typeof Organizations_> {}

/**
 * What one organization number stands for. It can have several offices.
 *
 * Source: https://docs.dintero.com/api-reference/organizations/aid_get_external_organizations
 *
 * @since 0.1.0
 * @category schemas
 */
export const Organizations: Schema.Schema<Organizations, OrganizationsEncoded> = Organizations_

const OrganizationSubunit_ = Schema.Struct({
  organization_number: Schema.String,
  business_name: Schema.String,
  ...addresses,
  phone_number: optional(Schema.String),
  email: optional(Schema.String),
  website_url: optional(Schema.String)
}).annotations({ identifier: "OrganizationSubunit", parseOptions })

/**
 * A decoded {@link OrganizationSubunit}.
 *
 * @since 0.1.0
 * @category models
 */
export interface OrganizationSubunit extends Schema.Schema.Type<typeof OrganizationSubunit_> {}

/**
 * A {@link OrganizationSubunit} as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface OrganizationSubunitEncoded extends Schema.Schema.Encoded<typeof OrganizationSubunit_> {}

/**
 * A unit of an organization that has an organization number of its own.
 *
 * Source: https://docs.dintero.com/api-reference/organizations/aid_get_external_organization_subunits
 *
 * @since 0.1.0
 * @category schemas
 */
export const OrganizationSubunit: Schema.Schema<OrganizationSubunit, OrganizationSubunitEncoded> = OrganizationSubunit_

// In the order of recorded traffic.
const FoundOrganization_ = Schema.Struct({
  response_from: openEnum("enhetsregisteret"),
  organization_number: Schema.String,
  organization_type: Schema.String,
  business_name: Schema.String,
  website_url: optional(Schema.String),
  ...addresses,
  phone_number: optional(Schema.String),
  email: optional(Schema.String)
}).annotations({ identifier: "FoundOrganization", parseOptions })

/**
 * A decoded {@link FoundOrganization}.
 *
 * @since 0.1.0
 * @category models
 */
export interface FoundOrganization extends Schema.Schema.Type<typeof FoundOrganization_> {}

/**
 * A {@link FoundOrganization} as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface FoundOrganizationEncoded extends Schema.Schema.Encoded<typeof FoundOrganization_> {}

/**
 * An organization that a search has found. `response_from` names the register, and `organization_type` is the register's own code, such as
 * `AS`.
 *
 * Source: https://docs.dintero.com/api-reference/organizations/aid_search_external_organizations_country
 *
 * @since 0.1.0
 * @category schemas
 */
export const FoundOrganization: Schema.Schema<FoundOrganization, FoundOrganizationEncoded> = FoundOrganization_

const CompanyDepartments_ = Schema.Struct({
  organization_number: optional(Schema.String),
  departments: optional(Schema.Array(Schema.String))
}).annotations({ identifier: "CompanyDepartments" })

/**
 * A decoded {@link CompanyDepartments}.
 *
 * @since 0.1.0
 * @category models
 */
export interface CompanyDepartments extends Schema.Schema.Type<typeof CompanyDepartments_> {}

/**
 * A {@link CompanyDepartments} as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface CompanyDepartmentsEncoded extends Schema.Schema.Encoded<typeof CompanyDepartments_> {}

/**
 * The departments that customers of the type `company` have named for one organization number.
 *
 * Source: https://docs.dintero.com/customers-api/company/aid_company_departments_get
 *
 * @since 0.1.0
 * @category schemas
 */
export const CompanyDepartments: Schema.Schema<CompanyDepartments, CompanyDepartmentsEncoded> = CompanyDepartments_
