/**
 * Docs tag `users`.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { ChangeCustomerId, Customer, CustomerCreate, CustomerUpdate } from "../../schemas/Customer.js"
import { CustomerId } from "../../schemas/CustomerId.js"
import { optional } from "../../schemas/Fields.js"
import { byId, operation, streamed, streamedChanges } from "../Operation.js"
import { flag, paging, text, time, upToFour } from "./Query.js"

/** All that is given has to match. Texts match from their beginning. */
const filters = {
  token_value: text,
  token_type: text,
  email: text,
  phone_number: text,
  type: optional(Schema.Literal("customer", "company", "contact", "employee", "other", "any")),
  search: text,
  tag_id: text,
  include_deleted: flag,
  attributes_keys: upToFour,
  attributes_values: upToFour,
  since_datetime: time
}

const list = operation({
  method: "GET",
  path: "/accounts/{aid}/customers/users",
  operationId: "aid_customers_get",
  summary: "Find customers",
  docs: "https://docs.dintero.com/api-reference/users/customer-collection",
  scopes: ["admin:customers", "read:customers"],
  query: Schema.Struct({ ...paging, total: flag, ...filters }),
  success: Schema.Array(Customer),
  paging: {
    cursor: ["paging_token", "customer_id", "id"],
    // A deleted customer has lost its `updated_at` (assumed: deleted-in-changes).
    since: { time: ["updated_at", "deleted_at"], id: "id", all: { type: "any", include_deleted: true } }
  }
})

/**
 * @since 0.1.0
 * @category operations
 */
export const users = {
  /**
   * `GET /accounts/{aid}/customers/users`. One page of the customers that match every filter. Without a filter it is a page of
   * all customers.
   *
   * - `search`: the beginning of a name, phone number, customer_id or email
   * - `email`, `phone_number`, `token_type` and `token_value`, `tag_id`: find by that field
   * - `type`: customers of one type. Contacts are left out unless `type` is `contact` or `any`; a contact that is found brings the customers
   *   that it acts for.
   * - `attributes_keys` and `attributes_values`: at most 4 of each. The customer has each of the keys, with the value at the same place.
   * - `since_datetime`: customers that were created or changed at that time or later. It cannot go with `starting_after`.
   * - `include_deleted`: the page has deleted customers too. Only their ids and times are left.
   * - `total`: the page has the number of all that match
   *
   * Needs one of the scopes `admin:customers`, `read:customers`.
   *
   * Source: https://docs.dintero.com/api-reference/users/customer-collection
   *
   * @example
   * ```ts
   * import { Customers } from "effect-dintero"
   * import { Effect } from "effect"
   *
   * const byEmail = (email: string) =>
   *   Effect.gen(function*() {
   *     const customers = yield* Customers
   *     const { items } = yield* customers.users.list({ email })
   *     return items
   *   })
   * ```
   */
  list,

  /**
   * Every customer that matches, as a stream that asks for the next page when it is needed. Its errors are those of `list`.
   *
   * @example
   * ```ts
   * import { Customers } from "effect-dintero"
   * import { Effect, Stream } from "effect"
   *
   * const countOf = (type: "customer" | "company") =>
   *   Effect.gen(function*() {
   *     const customers = yield* Customers
   *     return yield* Stream.runCount(customers.users.stream({ type, limit: 100 }))
   *   })
   * ```
   */
  stream: streamed(list),

  /**
   * What has changed among the customers, for a program that keeps a copy of them: a stream of pages, each with a checkpoint. It has customers
   * of every type that were created, changed or deleted, each as it is now; a deleted one has a `deleted_at` and nothing but its ids. The stream ends
   * when there are no more changes. A later call with the last checkpoint goes on from there.
   *
   * - Apply the items of a page and store its checkpoint in one transaction. After a crash, the call with the stored checkpoint gives every change
   *   that was not applied, and none that was.
   * - Without a transaction, apply the items first. After a crash they come once more.
   * - `since`, `overlap` and `limit` say from where changes are read. See `ChangesOptions` for their defaults.
   *
   * Its errors are those of `list`. A checkpoint that is damaged, or of another list or account, is an `InvalidRequest`. More than 100 customers that
   * changed in the same millisecond are an `InvalidResponse`, because the service has no way to read on behind them.
   *
   * Source: https://docs.dintero.com/api-reference/users/customer-collection (`since_datetime`, `include_deleted`)
   *
   * @example
   * ```ts
   * import { type Checkpoint, Customers } from "effect-dintero"
   * import { Effect, Stream } from "effect"
   *
   * const copy = new Map<string, string>()
   *
   * const readChanges = (last: Checkpoint | undefined) =>
   *   Effect.gen(function*() {
   *     const customers = yield* Customers
   *     return yield* Stream.runFold(customers.users.changes({ checkpoint: last }), last, (_, { checkpoint, items }) => {
   *       for (const { customer_id, deleted_at, id = customer_id } of items) {
   *         if (deleted_at === undefined) copy.set(id, customer_id)
   *         else copy.delete(id)
   *       }
   *       return checkpoint
   *     })
   *   })
   * ```
   */
  changes: streamedChanges(list),

  /**
   * `POST /accounts/{aid}/customers/users`. Creates a customer. The call is not repeated once the service may have seen it,
   * because it could create a second customer. A `customer_id`, email or phone number that another customer has is a `Duplicate`.
   *
   * Needs one of the scopes `admin:customers`, `write:customers`, `create:customers:/users`.
   *
   * Source: https://docs.dintero.com/api-reference/users/aid_customers_post
   *
   * @example
   * ```ts
   * import { Customers } from "effect-dintero"
   * import { Effect } from "effect"
   *
   * const signUp = (email: string) =>
   *   Effect.gen(function*() {
   *     const customers = yield* Customers
   *     return yield* customers.users.create({ type: "customer", email, marketing_consent: { email: { consent: true } } })
   *   })
   * ```
   */
  create: operation({
    method: "POST",
    path: "/accounts/{aid}/customers/users",
    operationId: "aid_customers_post",
    summary: "Create a customer",
    docs: "https://docs.dintero.com/api-reference/users/aid_customers_post",
    scopes: ["admin:customers", "write:customers", "create:customers:/users"],
    body: CustomerCreate,
    bodyName: "customer",
    success: Customer,
    refusal: "duplicate"
  }),

  /**
   * `HEAD /accounts/{aid}/customers/users`. Whether any customer has this email and this phone number. The service answers
   * only when the account's settings have `users.head.enabled`; otherwise it is a `MethodNotAllowed`.
   *
   * Needs one of the scopes `admin:customers`, `read:customers`, `public:customers`.
   *
   * Source: https://docs.dintero.com/api-reference/users/user-exist
   *
   * @example
   * ```ts
   * import { Customers } from "effect-dintero"
   * import { Effect } from "effect"
   *
   * const isTaken = (email: string) =>
   *   Effect.gen(function*() {
   *     const customers = yield* Customers
   *     return yield* customers.users.exists({ email })
   *   })
   * ```
   */
  exists: operation({
    method: "HEAD",
    path: "/accounts/{aid}/customers/users",
    operationId: "aid_customers_head",
    summary: "Whether a customer exists",
    docs: "https://docs.dintero.com/api-reference/users/user-exist",
    scopes: ["admin:customers", "read:customers", "public:customers"],
    query: Schema.Struct({ email: text, phone_number: text }),
    presence: true,
    setting: "users.head.enabled",
    failures: [400, 401, 403, 404, 405, 500]
  }),

  /**
   * `GET /accounts/{aid}/customers/users/{customer_id}`. One customer, by `customer_id`.
   *
   * Needs one of the scopes `admin:customers`, `read:customers`, `user:customers`, `user:customers:/customer/details`.
   *
   * Source: https://docs.dintero.com/api-reference/users/customer-details
   *
   * @example
   * ```ts
   * import { Customers } from "effect-dintero"
   * import { Effect } from "effect"
   *
   * const emailOf = (customerId: string) =>
   *   Effect.gen(function*() {
   *     const customers = yield* Customers
   *     const { email } = yield* customers.users.get(customerId)
   *     return email
   *   })
   * ```
   */
  get: operation({
    method: "GET",
    path: "/accounts/{aid}/customers/users/{customer_id}",
    operationId: "aid_customers_cid_get",
    summary: "Get a customer",
    docs: "https://docs.dintero.com/api-reference/users/customer-details",
    scopes: ["admin:customers", "read:customers", "user:customers", "user:customers:/customer/details"],
    parameters: { customer_id: CustomerId },
    success: Customer,
    failures: byId
  }),

  /**
   * `PUT /accounts/{aid}/customers/users/{customer_id}`. Changes a customer, and answers the customer as it then is. A field
   * that is left out stays as it is; `null` clears a field where the type allows it. An email or phone number that another customer has is a
   * `Duplicate`.
   *
   * Needs one of the scopes `admin:customers`, `write:customers`, `user:customers`.
   *
   * Source: https://docs.dintero.com/api-reference/users/aid_customers_cid_put
   *
   * @example
   * ```ts
   * import { Customers } from "effect-dintero"
   * import { Effect } from "effect"
   *
   * const allowEmails = (customerId: string) =>
   *   Effect.gen(function*() {
   *     const customers = yield* Customers
   *     return yield* customers.users.update(customerId, { marketing_consent: { email: { consent: true } } })
   *   })
   * ```
   */
  update: operation({
    method: "PUT",
    path: "/accounts/{aid}/customers/users/{customer_id}",
    operationId: "aid_customers_cid_put",
    summary: "Change a customer",
    docs: "https://docs.dintero.com/api-reference/users/aid_customers_cid_put",
    scopes: ["admin:customers", "write:customers", "user:customers"],
    parameters: { customer_id: CustomerId },
    body: CustomerUpdate,
    bodyName: "changes",
    success: Customer,
    failures: byId,
    refusal: "duplicate"
  }),

  /**
   * `DELETE /accounts/{aid}/customers/users/{customer_id}`. Erases a customer, and answers what was erased. With `delete_tokens`
   * the customer's tokens go too.
   *
   * Needs one of the scopes `admin:customers`, `write:customers`, `user:customers`.
   *
   * Source: https://docs.dintero.com/api-reference/users/aid_customers_cid_delete
   *
   * @example
   * ```ts
   * import { Customers } from "effect-dintero"
   * import { Effect } from "effect"
   *
   * const forget = (customerId: string) =>
   *   Effect.gen(function*() {
   *     const customers = yield* Customers
   *     yield* customers.users.delete(customerId, { delete_tokens: true })
   *   })
   * ```
   */
  delete: operation({
    method: "DELETE",
    path: "/accounts/{aid}/customers/users/{customer_id}",
    operationId: "aid_customers_cid_delete",
    summary: "Delete a customer",
    docs: "https://docs.dintero.com/api-reference/users/aid_customers_cid_delete",
    scopes: ["admin:customers", "write:customers", "user:customers"],
    parameters: { customer_id: CustomerId },
    query: Schema.Struct({ delete_tokens: flag }),
    success: Customer,
    failures: byId
  }),

  /**
   * `POST /accounts/{aid}/customers/users/{customer_id}/change_customer_id`. Gives a customer another `customer_id`. What
   * other services keep of the customer, such as receipts, keeps the old one. Each change leaves an entry in the customer's `metadata`. The call
   * is not repeated once the service may have seen it, because the old id is then gone. An id that another customer has is a `Duplicate`.
   *
   * Needs one of the scopes `admin:customers`, `admin:accounts`.
   *
   * Source: https://docs.dintero.com/api-reference/users/aid_customers_cid_change_customer_id_post
   *
   * @example
   * ```ts
   * import { Customers } from "effect-dintero"
   * import { Effect } from "effect"
   *
   * const rename = (from: string, to: string) =>
   *   Effect.gen(function*() {
   *     const customers = yield* Customers
   *     return yield* customers.users.changeCustomerId(from, { customer_id: to })
   *   })
   * ```
   */
  changeCustomerId: operation({
    method: "POST",
    path: "/accounts/{aid}/customers/users/{customer_id}/change_customer_id",
    operationId: "aid_customers_cid_change_customer_id_post",
    summary: "Change the customer_id of a customer",
    docs: "https://docs.dintero.com/api-reference/users/aid_customers_cid_change_customer_id_post",
    scopes: ["admin:customers", "admin:accounts"],
    parameters: { customer_id: CustomerId },
    body: ChangeCustomerId,
    bodyName: "change",
    success: Customer,
    failures: byId,
    refusal: "duplicate"
  })
}
