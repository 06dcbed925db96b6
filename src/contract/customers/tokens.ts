/**
 * Docs tag `tokens`.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { CustomerId, naturalKey } from "../../schemas/CustomerId.js"
import {
  CustomerToken,
  CustomerTokenCreate,
  TokenDetail,
  TokenEvents,
  TokenEventsDelete,
  TokenLookup
} from "../../schemas/CustomerToken.js"
import { byId, operation, streamed, streamedChanges } from "../Operation.js"
import { flag, paging, text, time } from "./Query.js"

const listEvents = operation({
  method: "GET",
  path: "/accounts/{aid}/customers/tokens/events",
  operationId: "aid_customers_tokens_events_get",
  summary: "List tokens that have events",
  docs: "https://docs.dintero.com/customers-api/tokens/aid_customers_tokens_events_get",
  scopes: ["admin:customers", "read:customers"],
  query: Schema.Struct({ ...paging, since_datetime: time, deleted_since: time }),
  success: Schema.Array(TokenEvents),
  failures: [400, 401, 403, 404],
  // Deleted events leave an event behind that says so (assumed: event-deletions).
  paging: { cursor: ["paging_token", "id"], since: { time: ["updated_at"], id: "id", all: {} } }
})

const listTokens = operation({
  method: "GET",
  path: "/accounts/{aid}/customers/users/{customer_id}/tokens",
  operationId: "aid_customers_cid_tokens_get",
  summary: "List the tokens of a customer",
  docs: "https://docs.dintero.com/customers-api/tokens/aid_customers_cid_tokens_get",
  scopes: ["admin:customers", "read:customers", "user:customers"],
  parameters: { customer_id: CustomerId },
  query: Schema.Struct({ ...paging, total: flag, type: text, include_deleted: flag }),
  success: Schema.Array(CustomerToken),
  failures: byId,
  paging: { cursor: ["paging_token", "token_id", "id"] }
})

/**
 * @since 0.1.0
 * @category operations
 */
export const events = {
  /**
   * `GET /accounts/{aid}/customers/tokens/events`. One page of the tokens that have events.
   *
   * - `since_datetime`: those that were changed at that time or later. It cannot go with `starting_after`.
   * - `deleted_since`: those whose events were deleted at that time or later
   *
   * Needs one of the scopes `admin:customers`, `read:customers`.
   *
   * Source: https://docs.dintero.com/customers-api/tokens/aid_customers_tokens_events_get
   *
   * @example
   * ```ts
   * import { Customers } from "effect-dintero"
   * import { Effect } from "effect"
   *
   * const optOuts = Effect.gen(function*() {
   *   const customers = yield* Customers
   *   const { items } = yield* customers.tokens.events.list({ limit: 100 })
   *   return items.filter(({ status }) => status === "OPT_OUT")
   * })
   * ```
   */
  list: listEvents,

  /**
   * Every token that has events, as a stream that asks for the next page when it is needed. Its errors are those of `list`.
   *
   * @example
   * ```ts
   * import { Customers } from "effect-dintero"
   * import { Effect, Stream } from "effect"
   *
   * const count = Effect.gen(function*() {
   *   const customers = yield* Customers
   *   return yield* Stream.runCount(customers.tokens.events.stream())
   * })
   * ```
   */
  stream: streamed(listEvents),

  /**
   * The tokens whose events have changed, for a program that keeps a copy of them: a stream of pages, each with a checkpoint, as
   * `customers.users.changes` is. A token whose events were deleted comes with the status `DELETED` (assumed: event-deletions). Its errors are those of
   * `list`.
   *
   * Source: https://docs.dintero.com/customers-api/tokens/aid_customers_tokens_events_get
   *
   * @example
   * ```ts
   * import { type Checkpoint, Customers } from "effect-dintero"
   * import { Effect, Stream } from "effect"
   *
   * const newOptOuts = (last: Checkpoint | undefined) =>
   *   Effect.gen(function*() {
   *     const customers = yield* Customers
   *     const pages = yield* Stream.runCollect(customers.tokens.events.changes({ checkpoint: last }))
   *     return Array.from(pages, ({ items }) => items).flat().filter(({ status }) => status === "OPT_OUT")
   *   })
   * ```
   */
  changes: streamedChanges(listEvents),

  /**
   * `POST /accounts/{aid}/customers/tokens/events`. Looks a token up by its type and value: its owner, its status and
   * its events. With `event`, the event is recorded first. A token that nobody has is answered too, with the status `UNKNOWN`. The call is not
   * repeated once the service may have seen it, because it could record the event twice.
   *
   * Needs one of the scopes `admin:customers`, `write:customers`.
   *
   * Source: https://docs.dintero.com/customers-api/tokens/aid_customers_tokens_events_post
   *
   * @example
   * ```ts
   * import { Customers } from "effect-dintero"
   * import { Effect } from "effect"
   *
   * const ownerOf = (type: string, value: string) =>
   *   Effect.gen(function*() {
   *     const customers = yield* Customers
   *     const { customer } = yield* customers.tokens.events.lookup({ token: { type, value } })
   *     return customer?.customer_id
   *   })
   * ```
   */
  lookup: operation({
    method: "POST",
    path: "/accounts/{aid}/customers/tokens/events",
    operationId: "aid_customers_tokens_events_post",
    summary: "Look a token up, and record an event of it",
    docs: "https://docs.dintero.com/customers-api/tokens/aid_customers_tokens_events_post",
    scopes: ["admin:customers", "write:customers"],
    body: TokenLookup,
    bodyName: "lookup",
    success: TokenDetail
  }),

  /**
   * `DELETE /accounts/{aid}/customers/tokens/events`. Takes the events away from a token. `event` says why; its status is
   * `DELETED`.
   *
   * Needs one of the scopes `admin:customers`, `write:customers`.
   *
   * Source: https://docs.dintero.com/customers-api/tokens/aid_customers_tokens_events_delete
   *
   * @example
   * ```ts
   * import { Customers } from "effect-dintero"
   * import { Effect } from "effect"
   *
   * const forget = (type: string, value: string) =>
   *   Effect.gen(function*() {
   *     const customers = yield* Customers
   *     yield* customers.tokens.events.delete({ token: { type, value }, event: { event: "customer asked for it" } })
   *   })
   * ```
   */
  delete: operation({
    method: "DELETE",
    path: "/accounts/{aid}/customers/tokens/events",
    operationId: "aid_customers_tokens_events_delete",
    summary: "Delete the events of a token",
    docs: "https://docs.dintero.com/customers-api/tokens/aid_customers_tokens_events_delete",
    scopes: ["admin:customers", "write:customers"],
    body: TokenEventsDelete,
    bodyName: "deletion"
  })
}

/**
 * @since 0.1.0
 * @category operations
 */
export const tokens = {
  /**
   * `GET /accounts/{aid}/customers/users/{customer_id}/tokens`. One page of a customer's tokens. With `include_deleted` also
   * those that were deleted; with `total` the page has the number of all of them.
   *
   * Needs one of the scopes `admin:customers`, `read:customers`, `user:customers`.
   *
   * Source: https://docs.dintero.com/customers-api/tokens/aid_customers_cid_tokens_get
   *
   * @example
   * ```ts
   * import { Customers } from "effect-dintero"
   * import { Effect } from "effect"
   *
   * const cards = (customerId: string) =>
   *   Effect.gen(function*() {
   *     const customers = yield* Customers
   *     const { items } = yield* customers.tokens.list(customerId, { type: "card", limit: 100 })
   *     return items
   *   })
   * ```
   */
  list: listTokens,

  /**
   * Every token of a customer, as a stream that asks for the next page when it is needed. Its errors are those of `list`.
   *
   * @example
   * ```ts
   * import { Customers } from "effect-dintero"
   * import { Effect, Stream } from "effect"
   *
   * const count = (customerId: string) =>
   *   Effect.gen(function*() {
   *     const customers = yield* Customers
   *     return yield* Stream.runCount(customers.tokens.stream(customerId))
   *   })
   * ```
   */
  stream: streamed(listTokens),

  /**
   * `POST /accounts/{aid}/customers/users/{customer_id}/tokens`. Attaches a token to a customer. With `delete_token_events`
   * the events of the same type and value are deleted first. A token that the account has already is a `Duplicate` (assumed: token-unique).
   *
   * Needs one of the scopes `admin:customers`, `write:customers`, `user:customers`.
   *
   * Source: https://docs.dintero.com/customers-api/tokens/aid_customers_cid_tokens_post
   *
   * @example
   * ```ts
   * import { Customers } from "effect-dintero"
   * import { Effect } from "effect"
   *
   * const attachCard = (customerId: string, cardHash: string) =>
   *   Effect.gen(function*() {
   *     const customers = yield* Customers
   *     return yield* customers.tokens.create(customerId, { type: "card", value: cardHash })
   *   })
   * ```
   */
  create: operation({
    method: "POST",
    path: "/accounts/{aid}/customers/users/{customer_id}/tokens",
    operationId: "aid_customers_cid_tokens_post",
    summary: "Attach a token to a customer",
    docs: "https://docs.dintero.com/customers-api/tokens/aid_customers_cid_tokens_post",
    scopes: ["admin:customers", "write:customers", "user:customers"],
    parameters: { customer_id: CustomerId },
    query: Schema.Struct({ delete_token_events: flag }),
    body: CustomerTokenCreate,
    bodyName: "token",
    status: 201,
    success: CustomerToken,
    failures: byId,
    refusal: "duplicate"
  }),

  /**
   * `DELETE /accounts/{aid}/customers/users/{customer_id}/tokens/{tid}`. Takes a token from a customer, by its `token_id`, and
   * answers it.
   *
   * Needs one of the scopes `admin:customers`, `write:customers`, `user:customers`.
   *
   * Source: https://docs.dintero.com/customers-api/tokens/aid_customers_cid_tokens_tid_delete
   *
   * @example
   * ```ts
   * import { Customers } from "effect-dintero"
   * import { Effect } from "effect"
   *
   * const detach = (customerId: string, tokenId: string) =>
   *   Effect.gen(function*() {
   *     const customers = yield* Customers
   *     return yield* customers.tokens.delete({ customer_id: customerId, tid: tokenId })
   *   })
   * ```
   */
  delete: operation({
    method: "DELETE",
    path: "/accounts/{aid}/customers/users/{customer_id}/tokens/{tid}",
    operationId: "aid_customers_cid_tokens_tid_delete",
    summary: "Take a token from a customer",
    docs: "https://docs.dintero.com/customers-api/tokens/aid_customers_cid_tokens_tid_delete",
    scopes: ["admin:customers", "write:customers", "user:customers"],
    parameters: { customer_id: CustomerId, tid: naturalKey },
    success: CustomerToken,
    failures: byId
  }),

  /** What happened to tokens, whether a customer has them or not. */
  events
}
