/**
 * Docs tag `tags`.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { CustomerId } from "../../schemas/CustomerId.js"
import { CustomerTag, CustomerTagCreate } from "../../schemas/CustomerTag.js"
import { byId, operation } from "../Operation.js"

/**
 * @since 0.1.0
 * @category operations
 */
export const tags = {
  /**
   * `GET /accounts/{aid}/customers/tags`. Every label that the account has. The list does not page.
   *
   * Needs one of the scopes `admin:customers`, `read:customers`.
   *
   * Source: https://docs.dintero.com/customers-api/tags/aid_customers_tags_get
   *
   * @example
   * ```ts
   * import { Customers } from "effect-dintero"
   * import { Effect } from "effect"
   *
   * const labels = Effect.gen(function*() {
   *   const customers = yield* Customers
   *   const tags = yield* customers.tags.list()
   *   return tags.map(({ tag }) => tag)
   * })
   * ```
   */
  list: operation({
    method: "GET",
    path: "/accounts/{aid}/customers/tags",
    operationId: "aid_customers_tags_get",
    summary: "List the tags of the account",
    docs: "https://docs.dintero.com/customers-api/tags/aid_customers_tags_get",
    scopes: ["admin:customers", "read:customers"],
    success: Schema.Array(CustomerTag)
  }),

  /**
   * `POST /accounts/{aid}/customers/tags`. Adds a label to the account. Two labels may have the same text (assumed: equal-tags). The call
   * is not repeated once the service may have seen it, because it would add a second label.
   *
   * Needs one of the scopes `admin:customers`, `write:customers`.
   *
   * Source: https://docs.dintero.com/customers-api/tags/aid_customers_tags_post
   *
   * @example
   * ```ts
   * import { Customers } from "effect-dintero"
   * import { Effect } from "effect"
   *
   * const vip = Effect.gen(function*() {
   *   const customers = yield* Customers
   *   return yield* customers.tags.create({ tag: "VIP" })
   * })
   * ```
   */
  create: operation({
    method: "POST",
    path: "/accounts/{aid}/customers/tags",
    operationId: "aid_customers_tags_post",
    summary: "Add a tag to the account",
    docs: "https://docs.dintero.com/customers-api/tags/aid_customers_tags_post",
    scopes: ["admin:customers", "write:customers"],
    body: CustomerTagCreate,
    bodyName: "tag",
    success: CustomerTag
  }),

  /**
   * `DELETE /accounts/{aid}/customers/tags/{tag_id}`. Removes a label, also from the customers that have it, and answers the removed
   * label. The documentation has no 404 for a label that is not there (assumed: deleted-tag-404).
   *
   * Needs one of the scopes `admin:customers`, `write:customers`.
   *
   * Source: https://docs.dintero.com/customers-api/tags/aid_customers_tags_tid_delete
   *
   * @example
   * ```ts
   * import { Customers } from "effect-dintero"
   * import { Effect } from "effect"
   *
   * const remove = (tagId: string) =>
   *   Effect.gen(function*() {
   *     const customers = yield* Customers
   *     return yield* customers.tags.delete(tagId)
   *   })
   * ```
   */
  delete: operation({
    method: "DELETE",
    path: "/accounts/{aid}/customers/tags/{tag_id}",
    operationId: "aid_customers_tags_tid_delete",
    summary: "Remove a tag from the account and from its customers",
    docs: "https://docs.dintero.com/customers-api/tags/aid_customers_tags_tid_delete",
    scopes: ["admin:customers", "write:customers"],
    parameters: { tag_id: Schema.NonEmptyString },
    success: CustomerTag,
    failures: byId
  }),

  /**
   * `GET /accounts/{aid}/customers/users/{customer_id}/tags`. The labels that a customer has. The list does not page.
   *
   * Needs one of the scopes `admin:customers`, `read:customers`, `user:customers`.
   *
   * Source: https://docs.dintero.com/customers-api/tags/aid_customers_cid_tags_get
   *
   * @example
   * ```ts
   * import { Customers } from "effect-dintero"
   * import { Effect } from "effect"
   *
   * const isVip = (customerId: string) =>
   *   Effect.gen(function*() {
   *     const customers = yield* Customers
   *     const tags = yield* customers.tags.ofCustomer(customerId)
   *     return tags.some(({ tag }) => tag === "VIP")
   *   })
   * ```
   */
  ofCustomer: operation({
    method: "GET",
    path: "/accounts/{aid}/customers/users/{customer_id}/tags",
    operationId: "aid_customers_cid_tags_get",
    summary: "List the tags of a customer",
    docs: "https://docs.dintero.com/customers-api/tags/aid_customers_cid_tags_get",
    scopes: ["admin:customers", "read:customers", "user:customers"],
    parameters: { customer_id: CustomerId },
    success: Schema.Array(CustomerTag),
    failures: byId
  }),

  /**
   * `PUT /accounts/{aid}/customers/users/{customer_id}/tags`. Gives a customer these labels and no others, by the `id`s of the labels. Answers
   * the labels that the customer then has. An id that is none of the account's is a `BadRequest` (assumed: unknown-tag).
   *
   * Needs one of the scopes `admin:customers`, `write:customers`, `user:customers`.
   *
   * Source: https://docs.dintero.com/customers-api/tags/aid_customers_cid_tags_put
   *
   * @example
   * ```ts
   * import { Customers } from "effect-dintero"
   * import { Effect } from "effect"
   *
   * const label = (customerId: string, tagIds: ReadonlyArray<string>) =>
   *   Effect.gen(function*() {
   *     const customers = yield* Customers
   *     return yield* customers.tags.setOfCustomer(customerId, tagIds)
   *   })
   * ```
   */
  setOfCustomer: operation({
    method: "PUT",
    path: "/accounts/{aid}/customers/users/{customer_id}/tags",
    operationId: "aid_customers_cid_tags_put",
    summary: "Replace the tags of a customer",
    docs: "https://docs.dintero.com/customers-api/tags/aid_customers_cid_tags_put",
    scopes: ["admin:customers", "write:customers", "user:customers"],
    parameters: { customer_id: CustomerId },
    body: Schema.Array(Schema.String),
    bodyName: "tagIds",
    success: Schema.Array(CustomerTag),
    failures: byId
  })
}
