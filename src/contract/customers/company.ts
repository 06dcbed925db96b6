/**
 * Docs tag `company`.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { CompanyDepartments } from "../../schemas/Organization.js"
import { operation } from "../Operation.js"

/**
 * @since 0.1.0
 * @category operations
 */
export const company = {
  /**
   * `GET /accounts/{aid}/customers/company/departments`. The departments that customers of the type `company` have named for this
   * organization number.
   *
   * Needs one of the scopes `admin:customers`, `read:customers`, `public:customers`.
   *
   * Source: https://docs.dintero.com/customers-api/company/aid_company_departments_get
   *
   * @example
   * ```ts
   * import { Customers } from "effect-dintero"
   * import { Effect } from "effect"
   *
   * const departments = (organizationNumber: string) =>
   *   Effect.gen(function*() {
   *     const customers = yield* Customers
   *     return yield* customers.company.departments({ organization_number: organizationNumber })
   *   })
   * ```
   */
  departments: operation({
    method: "GET",
    path: "/accounts/{aid}/customers/company/departments",
    operationId: "aid_company_departments_get",
    summary: "List the departments of a company",
    docs: "https://docs.dintero.com/customers-api/company/aid_company_departments_get",
    scopes: ["admin:customers", "read:customers", "public:customers"],
    query: Schema.Struct({ organization_number: Schema.NonEmptyString }),
    success: Schema.Array(CompanyDepartments),
    failures: [400, 401, 403]
  })
}
