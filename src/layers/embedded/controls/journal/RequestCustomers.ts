/**
 * The customers that a request is about, by their `customer_id`, for the journal.
 */
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import type { Principal } from "../../rooms/Principal.js"
import { customerIn } from "../../rooms/sessions/AccessTokenIssuer.js"
import { isStorable } from "../../storage/Column.js"

/** No customer has another id. A path can have any text. */
const isPossible = (id: unknown): id is string => typeof id === "string" && id !== "" && id.length <= 255 && isStorable(id)

/** The ids in both, once each. */
export const union = (known: ReadonlyArray<string>, found: ReadonlyArray<unknown>): ReadonlyArray<string> => [
  ...new Set([...known, ...found.filter(isPossible)])
]

/** The customer for whom the principal acts, if it is not an API client. */
export const ofPrincipal = ({ clientId, subject }: Principal): ReadonlyArray<string> => (subject === clientId ? [] : [subject])

/** The customer that was answered, or whose token was. A list of customers is about none of them. */
export const ofAnswer = (answer: unknown): ReadonlyArray<unknown> => {
  if (!Predicate.isRecord(answer)) return []
  const { access_token, customer, customer_id } = answer
  return [
    customer_id,
    Predicate.isRecord(customer) ? customer.customer_id : undefined,
    Redacted.isRedacted(access_token) ? customerIn(String(Redacted.value(access_token))) : undefined
  ]
}
