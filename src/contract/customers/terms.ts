/**
 * Docs tag `terms`.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { TermsAndConditions, TermsAndConditionsCreate } from "../../schemas/TermsAndConditions.js"
import { byId, operation, streamed } from "../Operation.js"
import { flag, paging } from "./Query.js"

const list = operation({
  method: "GET",
  path: "/accounts/{aid}/customers/terms",
  operationId: "aid_customers_terms_get",
  summary: "List the terms and conditions",
  docs: "https://docs.dintero.com/api-reference/terms/terms-collection",
  scopes: ["admin:customers", "read:customers", "public:customers"],
  query: Schema.Struct({ ...paging, include_deleted: flag }),
  success: Schema.Array(TermsAndConditions),
  paging: { cursor: ["paging_token", "id"] }
})

/**
 * @since 0.1.0
 * @category operations
 */
export const terms = {
  /**
   * `GET /accounts/{aid}/customers/terms`. One page of the versions of the account's terms. With `include_deleted` also those that were removed.
   *
   * Needs one of the scopes `admin:customers`, `read:customers`, `public:customers`.
   *
   * Source: https://docs.dintero.com/api-reference/terms/terms-collection
   *
   * @example
   * ```ts
   * import { Customers } from "effect-dintero"
   * import { Effect } from "effect"
   *
   * const versions = Effect.gen(function*() {
   *   const customers = yield* Customers
   *   const { items } = yield* customers.terms.list({ limit: 100 })
   *   return items
   * })
   * ```
   */
  list,

  /**
   * Every version of the terms, as a stream that asks for the next page when it is needed. Its errors are those of `list`.
   *
   * @example
   * ```ts
   * import { Customers } from "effect-dintero"
   * import { Effect, Stream } from "effect"
   *
   * const count = Effect.gen(function*() {
   *   const customers = yield* Customers
   *   return yield* Stream.runCount(customers.terms.stream())
   * })
   * ```
   */
  stream: streamed(list),

  /**
   * `POST /accounts/{aid}/customers/terms`. Adds a version of the terms. The call is not repeated once the service may
   * have seen it, because it would add a second version.
   *
   * Needs one of the scopes `admin:customers`, `write:customers`.
   *
   * Source: https://docs.dintero.com/customers-api/terms/aid_customers_terms_post
   *
   * @example
   * ```ts
   * import { Customers } from "effect-dintero"
   * import { Effect } from "effect"
   *
   * const publish = (text: string) =>
   *   Effect.gen(function*() {
   *     const customers = yield* Customers
   *     return yield* customers.terms.create({ terms: text })
   *   })
   * ```
   */
  create: operation({
    method: "POST",
    path: "/accounts/{aid}/customers/terms",
    operationId: "aid_customers_terms_post",
    summary: "Add a version of the terms and conditions",
    docs: "https://docs.dintero.com/customers-api/terms/aid_customers_terms_post",
    scopes: ["admin:customers", "write:customers"],
    body: TermsAndConditionsCreate,
    bodyName: "terms",
    success: TermsAndConditions
  }),

  /**
   * `GET /accounts/{aid}/customers/terms/{tid}`. One version of the terms, by its `id`.
   *
   * Needs one of the scopes `admin:customers`, `read:customers`, `public:customers`.
   *
   * Source: https://docs.dintero.com/customers-api/terms/aid_customers_terms_tid_post
   *
   * @example
   * ```ts
   * import { Customers } from "effect-dintero"
   * import { Effect } from "effect"
   *
   * const text = (termsId: string) =>
   *   Effect.gen(function*() {
   *     const customers = yield* Customers
   *     const { terms } = yield* customers.terms.get(termsId)
   *     return terms
   *   })
   * ```
   */
  get: operation({
    method: "GET",
    path: "/accounts/{aid}/customers/terms/{tid}",
    operationId: "aid_customers_terms_tid_post",
    summary: "Get a version of the terms and conditions",
    docs: "https://docs.dintero.com/customers-api/terms/aid_customers_terms_tid_post",
    scopes: ["admin:customers", "read:customers", "public:customers"],
    parameters: { tid: Schema.NonEmptyString },
    success: TermsAndConditions,
    failures: byId
  }),

  /**
   * `DELETE /accounts/{aid}/customers/terms/{tid}`. Removes a version of the terms, and answers it.
   *
   * Needs one of the scopes `admin:customers`, `write:customers`.
   *
   * Source: https://docs.dintero.com/customers-api/terms/aid_customers_terms_tid_delete
   *
   * @example
   * ```ts
   * import { Customers } from "effect-dintero"
   * import { Effect } from "effect"
   *
   * const withdraw = (termsId: string) =>
   *   Effect.gen(function*() {
   *     const customers = yield* Customers
   *     return yield* customers.terms.delete(termsId)
   *   })
   * ```
   */
  delete: operation({
    method: "DELETE",
    path: "/accounts/{aid}/customers/terms/{tid}",
    operationId: "aid_customers_terms_tid_delete",
    summary: "Remove a version of the terms and conditions",
    docs: "https://docs.dintero.com/customers-api/terms/aid_customers_terms_tid_delete",
    scopes: ["admin:customers", "write:customers"],
    parameters: { tid: Schema.NonEmptyString },
    success: TermsAndConditions,
    failures: byId
  })
}
