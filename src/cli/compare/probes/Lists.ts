/**
 * The order and the pages of lists.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Own from "../Own.js"
import { isSuccess, type Probe, probe, refused } from "../Probe.js"
import { type Target, type Unclear, unclear } from "../Target.js"

/** Customers in the order of their creation, and the query of a list that has these alone. */
const several = (
  target: Target,
  count: number
): Effect.Effect<{ readonly ids: ReadonlyArray<string>; readonly query: { readonly search: string } }, Unclear, Scope.Scope> =>
  Effect.gen(function* () {
    // Lists are searched by the beginning of a name.
    const search = yield* target.name("customer")
    const ids: Array<string> = []
    while (ids.length < count) ids.push((yield* Own.customer(target, { first_name: search })).customerId)
    return { ids, query: { search } }
  })

const listed = (target: Target, query: { readonly [name: string]: string }) =>
  Effect.map(Effect.flatMap(target.expect("customers.users.list", { query }), Own.itemsOf), (found) =>
    found.map(({ customer_id }) => customer_id)
  )

const same = (one: ReadonlyArray<unknown>, other: ReadonlyArray<unknown>): boolean =>
  one.length === other.length && one.every((item, i) => item === other[i])

const orderOf = (found: ReadonlyArray<unknown>, ids: ReadonlyArray<string>) => {
  const own = found.filter((id) => ids.some((one) => one === id))
  if (own.length < ids.length) return undefined
  return same(own, ids) ? "first" : same(own, [...ids].reverse()) ? "last" : "other"
}

const notListed = unclear("The list does not have what was just made")

/** Some time before now, by the clock of the service: a list from then on has what is made now. */
const momentsAgo = (target: Target) =>
  Effect.gen(function* () {
    const { headers } = yield* target.expect("customers.settings.get")
    const told = Date.parse(headers.date ?? "")
    const now = Number.isNaN(told) ? yield* Clock.currentTimeMillis : told
    return new Date(now - 5_000).toISOString()
  })

export const lists: ReadonlyArray<Probe> = [
  probe({
    assumption: "list-order",
    asks: "In which order is a list of customers?",
    switches: {},
    run: (target) =>
      Effect.gen(function* () {
        const { ids, query } = yield* several(target, 3)
        const order = orderOf(yield* listed(target, query), ids)
        if (order === undefined) return yield* notListed
        return order === "first" ? "the oldest first" : order === "last" ? "the newest first" : "another order"
      })
  }),
  probe({
    assumption: "list-order",
    aspect: "total-count",
    asks: "What does `total-count` count on a page that is not the last one?",
    switches: {},
    run: (target) =>
      Effect.gen(function* () {
        const { query } = yield* several(target, 3)
        const { headers } = yield* target.expect("customers.users.list", { query: { ...query, limit: "2", total: "true" } })
        const count = headers["total-count"]
        if (count === undefined) return "there is none"
        return count === "3" ? "all that match" : count === "2" ? "the items of the page" : "something else"
      })
  }),
  probe({
    assumption: "cursor",
    asks: "Which field of a customer continues a list as `starting_after`?",
    switches: {},
    run: (target) =>
      Effect.gen(function* () {
        const { query } = yield* several(target, 2)
        const page = { ...query, limit: "1" }
        const [first] = yield* Effect.flatMap(target.expect("customers.users.list", { query: page }), Own.itemsOf)
        if (first === undefined) return yield* notListed
        const names: Array<string> = []
        for (const name of ["paging_token", "customer_id", "id"]) {
          const starting_after = first[name]
          if (typeof starting_after !== "string") continue
          const answer = yield* target.call("customers.users.list", { query: { ...page, starting_after } })
          if (!isSuccess(answer)) continue
          const [next] = yield* Own.itemsOf(answer)
          if (next !== undefined && next.customer_id !== first.customer_id) names.push(name)
        }
        return names.length === 0 ? "none of paging_token, customer_id, id" : names.join(", ")
      })
  }),
  probe({
    assumption: "last-page",
    asks: "Has every page but the last one as many items as its limit?",
    switches: {},
    run: (target) =>
      Effect.gen(function* () {
        const { ids, query } = yield* several(target, 3)
        const page = yield* listed(target, { ...query, limit: "2" })
        if (page.length === 0) return yield* notListed
        if (ids.length === page.length) return "a page has more items than its limit"
        return page.length === 2 ? "yes" : "no"
      })
  }),
  probe({
    assumption: "order-by-time",
    asks: "In which order is a list with `since_datetime`?",
    switches: {},
    run: (target) =>
      Effect.gen(function* () {
        const since_datetime = yield* momentsAgo(target)
        const { ids, query } = yield* several(target, 2)
        const [first = ""] = ids
        // The first one is now the one that was changed last.
        yield* target.expect("customers.users.update", { path: { customer_id: first }, body: { last_name: "Compare" } })
        const order = orderOf(yield* listed(target, { ...query, since_datetime }), ids)
        if (order === undefined) return yield* notListed
        return order === "last" ? "the earliest change first" : "the latest change, or the earliest creation, first"
      })
  }),
  probe({
    assumption: "deleted-in-changes",
    asks: "Does a list with `since_datetime` and `include_deleted` have what was deleted since then?",
    switches: {},
    run: (target) =>
      Effect.gen(function* () {
        const since_datetime = yield* momentsAgo(target)
        const { customerId } = yield* Own.customer(target)
        yield* Own.deleteCustomer(target, customerId, { delete_tokens: "true" })
        const found = yield* listed(target, { since_datetime, include_deleted: "true", type: "any", limit: "100" })
        if (found.includes(customerId)) return "yes"
        return found.length === 100 ? yield* unclear("Too much has changed in the account in the last seconds") : "no"
      })
  }),
  probe({
    assumption: "event-updated-at",
    asks: "Has each item of a list of token events an `updated_at`?",
    switches: {},
    run: (target) =>
      Effect.gen(function* () {
        const since_datetime = yield* momentsAgo(target)
        const token = yield* Own.tokenWithEvents(target)
        const body = { token, event: { event: "compare", status: "ACTIVE" } }
        const id = yield* Own.textAt(yield* target.expect("customers.tokens.events.lookup", { body }), "id")
        const query = { since_datetime, limit: "100" }
        const found = yield* Effect.flatMap(target.expect("customers.tokens.events.list", { query }), Own.itemsOf)
        const item = found.find((one) => one.id === id)
        if (item === undefined) return yield* notListed
        return item.updated_at === undefined ? "no" : "yes"
      })
  }),
  probe({
    assumption: "event-deletions",
    asks: "Does a list of token events with `since_datetime` have those that were deleted since then?",
    switches: {},
    run: (target) =>
      Effect.gen(function* () {
        const since_datetime = yield* momentsAgo(target)
        const token = yield* Own.tokenWithEvents(target)
        const body = { token, event: { event: "compare", status: "ACTIVE" } }
        const id = yield* Own.textAt(yield* target.expect("customers.tokens.events.lookup", { body }), "id")
        yield* target.expect("customers.tokens.events.delete", { body: { token } })
        const answer = yield* target.call("customers.tokens.events.list", { query: { since_datetime, limit: "100" } })
        if (!isSuccess(answer)) return refused(answer)
        const found = yield* Own.itemsOf(answer)
        return found.some((one) => one.id === id) ? "yes" : "no"
      })
  })
]
