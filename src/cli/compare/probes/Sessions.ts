/**
 * The sessions of customers.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Claims from "../../../internal/Claims.js"
import * as Json from "../Json.js"
import * as Own from "../Own.js"
import { answered, isSuccess, type Probe, probe, refused } from "../Probe.js"
import { type Target, unclear } from "../Target.js"

const subjectOf = Claims.reader(Schema.Struct({ sub: Schema.String }))

/** A session, and the refresh token of its first refresh. `undefined` when that is the same token, or none. */
const refreshed = (target: Target) =>
  Effect.gen(function* () {
    const own = yield* Own.customerWithPassword(target)
    const { refreshToken: first } = yield* Own.sessionWithRefresh(target, own)
    const answer = yield* Own.refresh(target, first)
    if (!isSuccess(answer)) return yield* unclear(`The first refresh was answered with ${answer.status}`)
    const second = Json.at(answer.json, "refresh_token")
    return { own, first, second: typeof second === "string" && second !== first ? second : undefined }
  })

const refreshes = (target: Target, token: string) => Effect.map(Own.refresh(target, token), isSuccess)

/** Whether a customer's own token reads the customer. */
const reads = (target: Target, customerId: string, authorization: string) =>
  target.call("customers.users.get", { path: { customer_id: customerId }, authorization })

const readsItself = (target: Target, own: Own.OwnCustomer, authorization: string) =>
  Effect.filterOrFail(reads(target, own.customerId, authorization), isSuccess, ({ status }) =>
    unclear(`A customer who reads the own data was answered with ${status}`)
  )

export const sessions: ReadonlyArray<Probe> = [
  probe({
    assumption: "refresh-token-rotation",
    asks: "Does a refresh give a new refresh token, and how long is the old one accepted?",
    switches: {
      "no new token": { refreshTokens: { rotation: "none" } },
      "a new token; the old one is refused at once": { refreshTokens: { rotation: "strict" } },
      "a new token; the old one is refused after the first use of the new one": { refreshTokens: { rotation: "until-used" } },
      "a new token; the old one is accepted for some time": { refreshTokens: { rotation: "grace" } }
    },
    run: (target) =>
      Effect.gen(function* () {
        const { first, second } = yield* refreshed(target)
        if (second === undefined) return "no new token"
        if (!(yield* refreshes(target, first))) return "a new token; the old one is refused at once"
        if (!(yield* refreshes(target, second))) return yield* unclear("The new refresh token was refused")
        return (yield* refreshes(target, first))
          ? "a new token; the old one is accepted for some time"
          : "a new token; the old one is refused after the first use of the new one"
      })
  }),
  probe({
    assumption: "refresh-token-reuse",
    asks: "Does a session end when a refresh token is used after it was replaced?",
    switches: {},
    run: (target) =>
      Effect.gen(function* () {
        const { first, second } = yield* refreshed(target)
        if (second === undefined) return "tokens are not replaced"
        const third = yield* Own.refresh(target, second)
        if (yield* refreshes(target, first)) return "the used token is accepted"
        const last = Json.at(third.json, "refresh_token")
        return (yield* refreshes(target, typeof last === "string" ? last : second)) ? "it goes on" : "it ends"
      })
  }),
  probe({
    assumption: "sessions-of-a-customer",
    asks: "Can a session be refreshed after its customer was deleted?",
    switches: {},
    run: (target) =>
      Effect.gen(function* () {
        const own = yield* Own.customerWithPassword(target)
        const { refreshToken } = yield* Own.sessionWithRefresh(target, own)
        yield* Own.deleteCustomer(target, own.customerId)
        return (yield* refreshes(target, refreshToken)) ? "yes" : "no"
      })
  }),
  probe({
    assumption: "access-token-after-revoke",
    asks: "Is an access token still valid after the refresh token of its session was revoked?",
    switches: {},
    run: (target) =>
      Effect.gen(function* () {
        const own = yield* Own.customerWithPassword(target)
        const { bearer, refreshToken } = yield* Own.sessionWithRefresh(target, own)
        yield* readsItself(target, own, bearer)
        yield* target.expect("auth.revoke", { body: { token: refreshToken } })
        return isSuccess(yield* reads(target, own.customerId, bearer)) ? "yes" : "no"
      })
  }),
  probe({
    assumption: "revoke-unknown-token",
    asks: "What is the answer to the revocation of an unknown token?",
    switches: {},
    run: (target) => Effect.map(target.call("auth.revoke", { body: { token: "effect-dintero-compare-of-nobody" } }), answered)
  }),
  probe({
    assumption: "customer-token-claims",
    asks: "What is the subject of a customer's access token?",
    switches: {},
    run: (target) =>
      Effect.gen(function* () {
        const own = yield* Own.customerWithPassword(target)
        const { bearer } = yield* Own.login(target, own)
        const claims = subjectOf(Redacted.make(bearer.slice("Bearer ".length)))
        if (Option.isNone(claims)) return "the token does not say"
        if (claims.value.sub === own.customerId) return "the customer_id"
        const id = Json.at(yield* Own.readCustomer(target, own.customerId), "id")
        return claims.value.sub === id ? "the id" : "something else"
      })
  }),
  probe({
    assumption: "own-customer",
    asks: "What is the answer to a customer who reads another customer?",
    switches: {},
    run: (target) =>
      Effect.gen(function* () {
        const own = yield* Own.customerWithPassword(target)
        const other = yield* Own.customer(target)
        const { bearer } = yield* Own.login(target, own)
        yield* readsItself(target, own, bearer)
        const answer = yield* reads(target, other.customerId, bearer)
        return isSuccess(answer) ? "the other customer" : refused(answer)
      })
  })
]
