/**
 * What a run makes in an account. It is removed at the end of the scope, also when its answer never arrived: its name is known before it is made.
 */
import { randomBytes } from "node:crypto"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Json from "./Json.js"
import { isSuccess } from "./Probe.js"
import { type Answer, type Kind, mostNames, nameOf, type Target, type Unclear, unclear } from "./Target.js"

type Body = { readonly [field: string]: unknown }

/** A text of an answer. */
export const textAt = (answer: Answer, ...path: ReadonlyArray<string>): Effect.Effect<string, Unclear> => {
  const value = Json.at(answer.json, ...path)
  return typeof value === "string" ? Effect.succeed(value) : unclear(`An answer has no ${path.join(".")}`)
}

/** The items of an answer. */
export const itemsOf = (answer: Answer): Effect.Effect<ReadonlyArray<Json.Object>, Unclear> => {
  const items = Json.items(answer.json)
  return items === undefined ? unclear("An answer is not a list") : Effect.succeed(items)
}

const isGone = (answer: Answer): boolean => isSuccess(answer) || answer.status === 404

/** Reports what stays. */
const orLeave = (target: Target, what: string, how: string, removal: Effect.Effect<boolean, Unclear>): Effect.Effect<void> =>
  Effect.flatMap(
    Effect.orElseSucceed(removal, () => false),
    (isRemoved) => (isRemoved ? Effect.void : target.leave({ what, how }))
  )

const removeCustomer = (target: Target, name: string): Effect.Effect<void> =>
  orLeave(
    target,
    `the customer ${name}`,
    `DELETE …/customers/users/${name}?delete_tokens=true`,
    Effect.map(target.call("customers.users.delete", { path: { customer_id: name }, query: { delete_tokens: "true" } }), isGone)
  )

/** There can be several, if a `location_id` need not be unique. */
const removeLocation = (target: Target, name: string): Effect.Effect<void> =>
  orLeave(
    target,
    `the location ${name}`,
    `DELETE …/locations/${name}`,
    Effect.gen(function* () {
      for (let left = 3; left > 0; left--) {
        const { status } = yield* target.call("customers.locations.delete", { path: { lid: name } })
        if (status === 404) return true
      }
      return false
    })
  )

/** Found by its text, since its id may have been in an answer that did not arrive. */
const removeTags = (target: Target, isOwn: (text: string) => boolean, name: string): Effect.Effect<void> =>
  orLeave(
    target,
    `the tag ${name}`,
    "DELETE …/customers/tags/{tag_id}, with the id of the tag of this text",
    Effect.gen(function* () {
      const tags = yield* Effect.flatMap(target.expect("customers.tags.list"), itemsOf)
      for (const { id, tag } of tags) {
        if (typeof tag !== "string" || typeof id !== "string" || !isOwn(tag)) continue
        if (!isGone(yield* target.call("customers.tags.delete", { path: { tag_id: id } }))) return false
      }
      return true
    })
  )

const pageSize = 100

const mostPages = 50

const removeTerms = (target: Target, isOwn: (text: string) => boolean, name: string): Effect.Effect<void> =>
  orLeave(
    target,
    `the terms that begin with ${name}`,
    "DELETE …/customers/terms/{tid}, with the id of the terms of this text",
    Effect.gen(function* () {
      const own: Array<string> = []
      let after: string | undefined
      for (let page = 1; page <= mostPages; page++) {
        const query = { limit: String(pageSize), ...(after === undefined ? {} : { starting_after: after }) }
        const found = yield* Effect.flatMap(target.expect("customers.terms.list", { query }), itemsOf)
        for (const { deleted_at, id, terms } of found) {
          if (typeof id === "string" && typeof terms === "string" && deleted_at === undefined && isOwn(terms)) own.push(id)
        }
        const last = found.at(-1)?.id
        if (found.length < pageSize || typeof last !== "string") break
        after = last
      }
      for (const tid of own) {
        if (!isGone(yield* target.call("customers.terms.delete", { path: { tid } }))) return false
      }
      return true
    })
  )

export interface OwnCustomer {
  readonly customerId: string
  readonly email: string
  readonly password: string
}

/** A name for a customer, who is removed if it is made. */
export const customerName = (target: Target): Effect.Effect<string, Unclear, Scope.Scope> =>
  Effect.tap(target.name("customer"), (name) => Effect.addFinalizer(() => removeCustomer(target, name)))

/** The answer to the creation of a customer of a new name. */
export const tryCustomer = (target: Target, body: Body): Effect.Effect<Answer, Unclear, Scope.Scope> =>
  Effect.flatMap(customerName(target), (customer_id) =>
    target.call("customers.users.create", { body: { type: "customer", customer_id, ...body } })
  )

export const emailOf = (name: string): string => `${name}@example.com`

/** A customer with an email of its own. */
export const customer = (target: Target, body: Body = {}): Effect.Effect<OwnCustomer, Unclear, Scope.Scope> =>
  Effect.gen(function* () {
    const customerId = yield* customerName(target)
    const email = emailOf(customerId)
    yield* target.expect("customers.users.create", { body: { type: "customer", customer_id: customerId, email, ...body } })
    return { customerId, email, password: "" }
  })

/** A customer who can log in. */
export const customerWithPassword = (target: Target, body: Body = {}): Effect.Effect<OwnCustomer, Unclear, Scope.Scope> =>
  Effect.suspend(() => {
    const password = randomBytes(18).toString("base64url")
    return Effect.map(customer(target, { password, ...body }), (own) => ({ ...own, password }))
  })

export const readCustomer = (target: Target, customerId: string): Effect.Effect<unknown, Unclear> =>
  Effect.map(target.expect("customers.users.get", { path: { customer_id: customerId } }), ({ json }) => json)

export const deleteCustomer = (target: Target, customerId: string, query?: { readonly [name: string]: string }) =>
  target.expect("customers.users.delete", { path: { customer_id: customerId }, ...(query === undefined ? {} : { query }) })

/** A location of a new name, and the answer to its creation. */
export const locationName = (target: Target): Effect.Effect<string, Unclear, Scope.Scope> =>
  Effect.tap(target.name("location"), (name) => Effect.addFinalizer(() => removeLocation(target, name)))

/** The text of a tag, all tags of which are removed. */
export const tagText = (target: Target): Effect.Effect<string, Unclear, Scope.Scope> =>
  Effect.tap(target.name("tag"), (name) => Effect.addFinalizer(() => removeTags(target, (text) => text === name, name)))

/** The beginning of the text of terms, all of which are removed. */
export const termsText = (target: Target): Effect.Effect<string, Unclear, Scope.Scope> =>
  Effect.tap(target.name("terms"), (name) =>
    Effect.addFinalizer(() => removeTerms(target, (text) => text === name || text.startsWith(`${name} `), name))
  )

const ownToken = (value: string) => ({ type: "effect-dintero-compare", value })

/** A token that nobody has. Its customer has to be removed with its tokens. */
export const token = (target: Target) => Effect.map(target.name("token"), ownToken)

/** A token that has no events is not touched, since its deletion is an event too. */
const removeEvents = (target: Target, name: string): Effect.Effect<void> =>
  orLeave(
    target,
    `the events of the token ${name}`,
    "DELETE …/customers/tokens/events, with this token",
    Effect.gen(function* () {
      const body = { token: ownToken(name) }
      const { json } = yield* target.expect("customers.tokens.events.lookup", { body })
      const events = Json.at(json, "events")
      if (!Array.isArray(events) || events.every((event) => Json.at(event, "status") === "DELETED")) return true
      return isGone(yield* target.call("customers.tokens.events.delete", { body }))
    })
  )

/** A token that may get events, which are removed. */
export const tokenWithEvents = (target: Target) =>
  Effect.map(
    Effect.tap(target.name("event"), (name) => Effect.addFinalizer(() => removeEvents(target, name))),
    ownToken
  )

export interface OwnSession {
  readonly bearer: string
  readonly refreshToken: string | undefined
}

/** The answer to a login with this password. */
export const tryLogin = (target: Target, { email }: OwnCustomer, password: string): Effect.Effect<Answer, Unclear> =>
  target.call("customers.password.login", {
    body: { type: "customer", email, password, audience: target.audience }
  })

export const login = (target: Target, own: OwnCustomer): Effect.Effect<OwnSession, Unclear, Scope.Scope> =>
  Effect.gen(function* () {
    const answer = yield* tryLogin(target, own, own.password)
    if (Json.at(answer.json, "mfa_token") !== undefined) return yield* unclear("A login of the account asks for a one-time code")
    if (!isSuccess(answer)) return yield* unclear(`A login with the right password was answered with ${answer.status}`)
    const bearer = `Bearer ${yield* textAt(answer, "access_token")}`
    const refreshToken = Json.at(answer.json, "refresh_token")
    if (typeof refreshToken !== "string") return { bearer, refreshToken: undefined }
    // The customer is removed in any case, so a failure leaves nothing that anybody can use.
    yield* Effect.addFinalizer(() => Effect.ignore(target.call("auth.revoke", { body: { token: refreshToken } })))
    return { bearer, refreshToken }
  })

export const sessionWithRefresh = (target: Target, own: OwnCustomer) =>
  Effect.flatMap(login(target, own), ({ bearer, refreshToken }) =>
    refreshToken === undefined ? unclear("A login of the account has no refresh token") : Effect.succeed({ bearer, refreshToken })
  )

export const refresh = (target: Target, refreshToken: string): Effect.Effect<Answer, Unclear> =>
  target.call("auth.token", { body: { grant_type: "refresh_token", refresh_token: refreshToken } })

/** Removes everything that a run of this name can have made. For a run that was killed. */
export const removeAll = (target: Target, run: string): Effect.Effect<void> =>
  Effect.gen(function* () {
    const each = (kind: Kind, remove: (name: string) => Effect.Effect<void>) =>
      Effect.forEach(
        Array.from({ length: mostNames[kind] }, (_, i) => nameOf(run, kind, i + 1)),
        remove,
        { discard: true }
      )
    const isOwn = (text: string) => text.startsWith(`${run}-`)
    yield* each("customer", (name) => removeCustomer(target, name))
    yield* each("location", (name) => removeLocation(target, name))
    yield* each("event", (name) => removeEvents(target, name))
    yield* removeTags(target, isOwn, run)
    yield* removeTerms(target, isOwn, run)
  })
