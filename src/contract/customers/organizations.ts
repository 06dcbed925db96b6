/**
 * Docs tag `organizations`.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { FoundOrganization, OrganizationSubunit, Organizations } from "../../schemas/Organization.js"
import { operation, streamed } from "../Operation.js"
import { paging, text } from "./Query.js"

const organization = { country: Schema.NonEmptyString, organization_number: Schema.NonEmptyString }

const search = operation({
  method: "GET",
  path: "/accounts/{aid}/search/external/organizations/{country}",
  operationId: "aid_search_external_organizations_country",
  summary: "Search a public register for organizations",
  docs: "https://docs.dintero.com/api-reference/organizations/aid_search_external_organizations_country",
  scopes: [],
  authorization: "none",
  parameters: { country: Schema.NonEmptyString },
  query: Schema.Struct({ ...paging, name: text, organization_number: text }),
  success: Schema.Array(FoundOrganization),
  failures: [400, 500],
  paging: { cursor: ["paging_token", "organization_number"] }
})

/**
 * @since 0.1.0
 * @category operations
 */
export const organizations = {
  /**
   * `GET /accounts/{aid}/search/external/organizations/{country}/{organization_number}`. The organization with this number, and its
   * offices. `country` is ISO 3166-1, such as `no`.
   *
   * It is sent without a token, unless the layer has `authorizeLookups`.
   *
   * Source: https://docs.dintero.com/api-reference/organizations/aid_get_external_organizations
   *
   * @example
   * ```ts
   * import { Customers } from "effect-dintero"
   * import { Effect } from "effect"
   *
   * const nameOf = (organizationNumber: string) =>
   *   Effect.gen(function*() {
   *     const customers = yield* Customers
   *     const { items } = yield* customers.organizations.get({ country: "no", organization_number: organizationNumber })
   *     return items?.[0]?.business_name
   *   })
   * ```
   */
  get: operation({
    method: "GET",
    path: "/accounts/{aid}/search/external/organizations/{country}/{organization_number}",
    operationId: "aid_get_external_organizations",
    summary: "Get an organization from a public register",
    docs: "https://docs.dintero.com/api-reference/organizations/aid_get_external_organizations",
    scopes: [],
    authorization: "none",
    parameters: organization,
    success: Organizations,
    failures: [400, 500]
  }),

  /**
   * `GET /accounts/{aid}/search/external/organizations/{country}/{organization_number}/subunits`. The units of an organization that have a
   * number of their own. `country` is `no`.
   *
   * It is sent without a token, unless the layer has `authorizeLookups`.
   *
   * Source: https://docs.dintero.com/api-reference/organizations/aid_get_external_organization_subunits
   *
   * @example
   * ```ts
   * import { Customers } from "effect-dintero"
   * import { Effect } from "effect"
   *
   * const subunits = (organizationNumber: string) =>
   *   Effect.gen(function*() {
   *     const customers = yield* Customers
   *     return yield* customers.organizations.subunits({ country: "no", organization_number: organizationNumber })
   *   })
   * ```
   */
  subunits: operation({
    method: "GET",
    path: "/accounts/{aid}/search/external/organizations/{country}/{organization_number}/subunits",
    operationId: "aid_get_external_organization_subunits",
    summary: "List the subunits of an organization",
    docs: "https://docs.dintero.com/api-reference/organizations/aid_get_external_organization_subunits",
    scopes: [],
    authorization: "none",
    parameters: organization,
    success: Schema.Array(OrganizationSubunit),
    failures: [400, 500]
  }),

  /**
   * `GET /accounts/{aid}/search/external/organizations/{country}`. One page of the organizations with this name or number. `country` is
   * `no` or `dk`.
   *
   * It is sent without a token, unless the layer has `authorizeLookups`.
   *
   * Source: https://docs.dintero.com/api-reference/organizations/aid_search_external_organizations_country
   *
   * @example
   * ```ts
   * import { Customers } from "effect-dintero"
   * import { Effect } from "effect"
   *
   * const find = (name: string) =>
   *   Effect.gen(function*() {
   *     const customers = yield* Customers
   *     const { items } = yield* customers.organizations.search("no", { name })
   *     return items
   *   })
   * ```
   */
  search,

  /**
   * Every organization that matches, as a stream that asks for the next page when it is needed. Its errors are those of `search`.
   *
   * @example
   * ```ts
   * import { Customers } from "effect-dintero"
   * import { Effect, Stream } from "effect"
   *
   * const firstHundred = (name: string) =>
   *   Effect.gen(function*() {
   *     const customers = yield* Customers
   *     return yield* customers.organizations.stream("no", { name }).pipe(Stream.take(100), Stream.runCollect)
   *   })
   * ```
   */
  stream: streamed(search)
}
