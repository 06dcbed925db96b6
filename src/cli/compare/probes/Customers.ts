/**
 * How customers are stored and changed.
 */
import { createHash } from "node:crypto"
import * as Effect from "effect/Effect"
import * as Json from "../Json.js"
import * as Own from "../Own.js"
import { answered, isSuccess, type Probe, probe, refused } from "../Probe.js"
import { type Target, unclear } from "../Target.js"

const update = (target: Target, customerId: string, body: object) =>
  target.call("customers.users.update", { path: { customer_id: customerId }, body })

/** The customer after a change. */
const changed = (target: Target, customerId: string, body: object) =>
  Effect.zipRight(
    target.expect("customers.users.update", { path: { customer_id: customerId }, body }),
    Own.readCustomer(target, customerId)
  )

type Merge = "merged" | "replaced"

/** What became of a field that a change has left out. */
const merged = (value: unknown): Merge => (value === undefined ? "replaced" : "merged")

interface Declared {
  readonly name: string
  readonly wrong: unknown
}

/** An attribute of the settings whose type not every value has. */
const declaredAttribute = (target: Target): Declared | undefined => {
  const attributes = Json.at(target.settings, "attributes")
  for (const { name, type } of Array.isArray(attributes) ? attributes.filter(Json.isObject) : []) {
    if (typeof name === "string" && (type === "integer" || type === "boolean" || type === "real")) {
      return { name, wrong: "effect-dintero-compare" }
    }
  }
  return undefined
}

const autoTokens = (target: Target, source: string): ReadonlyArray<Json.Object> => {
  const kinds = Json.at(target.settings, "auto_tokens", source)
  return Array.isArray(kinds) ? kinds.filter(Json.isObject) : []
}

export const customers: ReadonlyArray<Probe> = [
  probe({
    assumption: "duplicate-answer",
    asks: "What is the body of the 400 for an email that exists already?",
    switches: {
      "a message that names the field": { assumed: { duplicateAnswer: "message" } },
      "only BAD_REQUEST": { assumed: { duplicateAnswer: "bare" } }
    },
    run: (target) =>
      Effect.gen(function* () {
        const { email } = yield* Own.customer(target)
        const answer = yield* Own.tryCustomer(target, { email })
        if (isSuccess(answer)) return "it is accepted"
        if (answer.status !== 400) return refused(answer)
        const message = Json.at(answer.json, "error", "message")
        const isBare = message === "BAD_REQUEST" && Json.at(answer.json, "error", "code") === undefined
        if (isBare) return "only BAD_REQUEST"
        // The email itself may be in the message, and has no such word.
        return typeof message === "string" && /\be-?mail\b/i.test(message)
          ? "a message that names the field"
          : "a message that does not name the field"
      })
  }),
  probe({
    assumption: "phone-unique-per-type",
    asks: "Can a customer and a company have the same phone number?",
    switches: {
      "they can": { assumed: { phoneUniqueWithin: "type" } },
      "they cannot": { assumed: { phoneUniqueWithin: "account" } }
    },
    run: (target) =>
      Effect.gen(function* () {
        if (Json.at(target.settings, "users", "phone_number_validation", "allow_duplicates") === true) {
          return yield* unclear("The settings allow equal phone numbers")
        }
        const phone_number = yield* target.phone
        yield* Own.customer(target, { phone_number })
        if (isSuccess(yield* Own.tryCustomer(target, { phone_number }))) {
          return yield* unclear("Two customers of one type could have the same phone number")
        }
        const answer = yield* Own.tryCustomer(target, {
          type: "company",
          company: { bussiness_name: "Effect-dintero-compare" },
          phone_number
        })
        return isSuccess(answer) ? "they can" : "they cannot"
      })
  }),
  probe({
    assumption: "customer-merge",
    asks: "Does an update merge the fields of `attributes` and `company`, or replace the object?",
    switches: {
      merged: { assumed: { objectsOnUpdate: "merged" } },
      replaced: { assumed: { objectsOnUpdate: "replaced" } }
    },
    run: (target) =>
      Effect.gen(function* () {
        const { customerId } = yield* Own.customer(target, {
          type: "company",
          attributes: { effect_dintero_compare_1: "a" },
          company: { bussiness_name: "A", department: "D" }
        })
        const after = yield* changed(target, customerId, {
          attributes: { effect_dintero_compare_2: "b" },
          company: { bussiness_name: "B" }
        })
        const attributes = merged(Json.at(after, "attributes", "effect_dintero_compare_1"))
        const company = merged(Json.at(after, "company", "department"))
        return attributes === company ? attributes : `attributes ${attributes}, company ${company}`
      })
  }),
  probe({
    assumption: "customer-merge",
    aspect: "consents",
    asks: "Does an update merge consents by channel, or replace them all?",
    switches: {
      merged: { assumed: { consentsOnUpdate: "merged" } },
      replaced: { assumed: { consentsOnUpdate: "replaced" } }
    },
    run: (target) =>
      Effect.gen(function* () {
        const { customerId } = yield* Own.customer(target, { marketing_consent: { email: { consent: true } } })
        const after = yield* changed(target, customerId, { marketing_consent: { sms: { consent: true } } })
        return merged(Json.at(after, "marketing_consent", "email"))
      })
  }),
  probe({
    assumption: "metadata-on-update",
    asks: "What does an update do to the keys of `metadata` that it leaves out?",
    switches: {
      merged: { assumed: { metadataOnUpdate: "merged" } },
      replaced: { assumed: { metadataOnUpdate: "replaced" } }
    },
    run: (target) =>
      Effect.gen(function* () {
        const { customerId } = yield* Own.customer(target, { metadata: { one: "1" } })
        const after = yield* changed(target, customerId, { metadata: { two: "2" } })
        if (Json.at(after, "metadata", "two") === undefined) return "metadata is not changed"
        return merged(Json.at(after, "metadata", "one"))
      })
  }),
  probe({
    assumption: "consent-time",
    asks: "Does a consent that is given without a time get one?",
    switches: {
      "it does": { assumed: { consentTime: "stamped" } },
      "it does not": { assumed: { consentTime: "asGiven" } }
    },
    run: (target) =>
      Effect.gen(function* () {
        const { customerId } = yield* Own.customer(target, { marketing_consent: { email: { consent: true } } })
        const consent = Json.at(yield* Own.readCustomer(target, customerId), "marketing_consent", "email")
        if (consent === undefined) return "the consent is not kept"
        return Json.at(consent, "updated_at") === undefined ? "it does not" : "it does"
      })
  }),
  probe({
    assumption: "custom-consents",
    asks: "Is a consent of another channel than `sms` and `email` kept?",
    switches: {},
    run: (target) =>
      Effect.gen(function* () {
        const marketing_consent = { effect_dintero_compare: { consent: true } }
        const customer_id = yield* Own.customerName(target)
        const answer = yield* target.call("customers.users.create", {
          body: { type: "customer", customer_id, marketing_consent }
        })
        if (!isSuccess(answer)) return refused(answer)
        const after = yield* Own.readCustomer(target, customer_id)
        return Json.at(after, "marketing_consent", "effect_dintero_compare") === undefined ? "not kept" : "kept"
      })
  }),
  probe({
    assumption: "attribute-types",
    asks: "Is an attribute with a value of another type than the settings declare refused?",
    switches: {
      "it is": { assumed: { attributeTypes: "checked" } },
      "it is not": { assumed: { attributeTypes: "unchecked" } }
    },
    run: (target) =>
      Effect.gen(function* () {
        const declared = declaredAttribute(target)
        if (declared === undefined) return yield* unclear("The settings declare no attribute of type integer, real or boolean")
        const answer = yield* Own.tryCustomer(target, { attributes: { [declared.name]: declared.wrong } })
        return isSuccess(answer) ? "it is not" : "it is"
      })
  }),
  probe({
    assumption: "private-attributes",
    asks: "Does a customer see an attribute that the settings call private?",
    switches: {},
    run: (target) =>
      Effect.gen(function* () {
        const attributes = Json.at(target.settings, "attributes")
        const secret = (Array.isArray(attributes) ? attributes.filter(Json.isObject) : []).find(
          (attribute) => attribute.private === true && attribute.type === "string"
        )
        if (typeof secret?.name !== "string") return yield* unclear("The settings declare no private attribute of type string")
        const own = yield* Own.customerWithPassword(target, { attributes: { [secret.name]: "effect-dintero-compare" } })
        const { bearer } = yield* Own.login(target, own)
        const path = { customer_id: own.customerId }
        const { json } = yield* target.expect("customers.users.get", { path, authorization: bearer })
        return Json.at(json, "attributes", secret.name) === undefined ? "no" : "yes"
      })
  }),
  probe({
    assumption: "verified-phone-change",
    asks: "Which status does a change of a phone number get that was not verified?",
    switches: {
      "refused with 400": { assumed: { unverifiedPhoneChange: 400 } },
      "refused with 403": { assumed: { unverifiedPhoneChange: 403 } }
    },
    run: (target) =>
      Effect.gen(function* () {
        if (Json.at(target.settings, "users", "verifications", "phone_number") !== "sms") {
          return yield* unclear("The settings do not have phone numbers verified")
        }
        const { customerId } = yield* Own.customer(target, { phone_number: yield* target.phone })
        const answer = yield* update(target, customerId, { phone_number: yield* target.phone })
        return isSuccess(answer) ? "it is accepted" : refused(answer)
      })
  }),
  probe({
    assumption: "linked-customers",
    asks: "Where in a list are the customers that a contact acts for?",
    switches: {},
    run: (target) =>
      Effect.gen(function* () {
        const linked = yield* Own.customer(target)
        const contact = yield* Own.customer(target, { type: "contact", contact_for: [{ customer_id: linked.customerId }] })
        const query = { type: "contact", email: contact.email }
        const found = yield* Effect.flatMap(target.expect("customers.users.list", { query }), Own.itemsOf)
        const placeOf = (customerId: string) => found.findIndex(({ customer_id }) => customer_id === customerId)
        if (placeOf(contact.customerId) < 0) return yield* unclear("The list does not have the contact")
        if (placeOf(linked.customerId) < 0) return "they are not in it"
        return placeOf(linked.customerId) < placeOf(contact.customerId) ? "before the contact" : "after the contact"
      })
  }),
  probe({
    assumption: "customer-id-trail",
    asks: "How do the time and the digest look in the key of metadata that a change of the `customer_id` leaves?",
    switches: {},
    run: (target) =>
      Effect.gen(function* () {
        const { customerId } = yield* Own.customer(target)
        const to = yield* Own.customerName(target)
        yield* target.expect("customers.users.changeCustomerId", { path: { customer_id: customerId }, body: { customer_id: to } })
        const metadata = Json.at(yield* Own.readCustomer(target, to), "metadata")
        const keys = Json.isObject(metadata) ? Object.keys(metadata) : []
        const key = keys.find((name) => name.startsWith("dintero_change_customer_id_"))
        if (key === undefined) return "there is no such key"
        const [time = "", digest = ""] = key.slice("dintero_change_customer_id_".length).split(".")
        const timeForm = /^\d{13}$/.test(time) ? "milliseconds" : /^\d{10}$/.test(time) ? "seconds" : "another form of time"
        const digestForm = /^[0-9a-f]+$/.test(digest) ? `${digest.length} hexadecimal digits` : "another form of digest"
        return `${timeForm}, ${digestForm}`
      })
  }),
  probe({
    assumption: "deleted-customer",
    asks: "Which values of a deleted customer can be used again?",
    switches: {},
    run: (target) =>
      Effect.gen(function* () {
        const { customerId, email } = yield* Own.customer(target)
        yield* Own.deleteCustomer(target, customerId, { delete_tokens: "true" })
        const takesEmail = isSuccess(yield* Own.tryCustomer(target, { email }))
        const takesId = isSuccess(
          yield* target.call("customers.users.create", { body: { type: "customer", customer_id: customerId } })
        )
        return takesEmail && takesId
          ? "the email and the customer_id"
          : takesEmail
            ? "the email"
            : takesId
              ? "the customer_id"
              : "neither"
      })
  }),
  probe({
    assumption: "delete-tokens-default",
    asks: "What happens to the tokens of a customer who is deleted without `delete_tokens`?",
    switches: {
      "they stay": { assumed: { tokensOfDeleted: "kept" } },
      "they are deleted": { assumed: { tokensOfDeleted: "deleted" } }
    },
    run: (target) =>
      Effect.gen(function* () {
        const { customerId } = yield* Own.customer(target)
        const token = yield* Own.token(target)
        const path = { customer_id: customerId }
        // A token of a deleted customer can only be removed by another customer who takes it over.
        yield* Effect.addFinalizer(() =>
          Effect.gen(function* () {
            const other = yield* Own.customer(target)
            yield* target.call("customers.tokens.create", { path: { customer_id: other.customerId }, body: token })
          }).pipe(Effect.scoped, Effect.ignore)
        )
        yield* target.expect("customers.tokens.create", { path, body: token })
        const query = { token_type: token.type, token_value: token.value, include_deleted: "true" }
        const find = Effect.flatMap(target.expect("customers.users.list", { query }), Own.itemsOf)
        if ((yield* find).length !== 1) return yield* unclear("The list does not find a customer by a token")
        yield* Own.deleteCustomer(target, customerId)
        return (yield* find).length === 0 ? "they are deleted" : "they stay"
      })
  }),
  probe({
    assumption: "token-unique",
    asks: "What happens when a customer gets a token that another customer has?",
    switches: {
      "it is refused": { assumed: { equalToken: "refused" } },
      "it moves to the new customer": { assumed: { equalToken: "moved" } }
    },
    run: (target) =>
      Effect.gen(function* () {
        const [first, second] = [yield* Own.customer(target), yield* Own.customer(target)]
        const body = yield* Own.token(target)
        yield* target.expect("customers.tokens.create", { path: { customer_id: first.customerId }, body })
        const answer = yield* target.call("customers.tokens.create", { path: { customer_id: second.customerId }, body })
        if (!isSuccess(answer)) return "it is refused"
        const path = { customer_id: first.customerId }
        const kept = yield* Effect.flatMap(target.expect("customers.tokens.list", { path }), Own.itemsOf)
        return kept.some(({ value }) => value === body.value) ? "both customers have it" : "it moves to the new customer"
      })
  }),
  probe({
    assumption: "auto-tokens",
    asks: "What are the type and the value of the token that is made from an email with SHA256?",
    switches: {},
    run: (target) =>
      Effect.gen(function* () {
        if (!autoTokens(target, "email").some(({ type }) => type === "SHA256")) {
          return yield* unclear("The settings make no token of type SHA256 from an email")
        }
        const { customerId, email } = yield* Own.customer(target)
        const path = { customer_id: customerId }
        const tokens = yield* Effect.flatMap(target.expect("customers.tokens.list", { path }), Own.itemsOf)
        if (tokens.length === 0) return "there is none"
        const digest = createHash("sha256").update(email).digest("hex")
        const token = tokens.find(({ value }) => value === digest)
        if (token === undefined) return "another value than the hexadecimal digest of the email"
        return token.type === "sha256:email"
          ? "sha256:email, and the hexadecimal digest of the email"
          : "another type than sha256:email"
      })
  }),
  probe({
    assumption: "hmac-secrets",
    asks: "Do the settings show the keys of automatic tokens?",
    switches: {
      shown: { assumed: { hmacSecrets: "shown" } },
      hidden: { assumed: { hmacSecrets: "hidden" } }
    },
    run: (target) => {
      const kinds = ["email", "phone_number"].flatMap((source) => autoTokens(target, source))
      const keyed = kinds.find(({ type }) => type === "HMAC-SHA256")
      if (keyed === undefined) return unclear("The settings have no automatic token with a key")
      return Effect.succeed(keyed.secret === undefined ? "hidden" : "shown")
    }
  }),
  probe({
    assumption: "communication-shape",
    asks: "What is the communication of a customer before anything was verified?",
    switches: {},
    run: (target) =>
      Effect.gen(function* () {
        const { customerId } = yield* Own.customer(target)
        const { json } = yield* target.expect("customers.communication.get", { path: { customer_id: customerId } })
        const communication = Json.at(json, "communication")
        if (communication === undefined) return "there is none"
        const email = Json.at(communication, "email")
        if (email === undefined) return "it has no email"
        return Json.isObject(email) && Object.keys(email).length === 0 ? "empty objects" : "objects with fields"
      })
  }),
  probe({
    assumption: "wrong-verification-code",
    asks: "Which status does a wrong verification code get?",
    switches: {
      "refused with 400": { assumed: { wrongVerificationCode: 400 } },
      "refused with 403": { assumed: { wrongVerificationCode: 403 } }
    },
    run: (target) =>
      Effect.gen(function* () {
        const { customerId } = yield* Own.customer(target)
        const path = { customer_id: customerId, field: "email" }
        return answered(yield* target.call("customers.communication.confirmCode", { path, body: { code: "000000" } }))
      })
  }),
  probe({
    assumption: "departments",
    asks: "Which departments has an organization with two companies of one department?",
    switches: {},
    run: (target) =>
      Effect.gen(function* () {
        // Of no organization, and of no other run.
        const organization_number = yield* target.name("customer")
        for (let count = 2; count > 0; count--) {
          const company = { bussiness_name: "Effect-dintero-compare", organization_number, department: "D" }
          yield* Own.customer(target, { type: "company", company })
        }
        const query = { organization_number }
        const found = yield* Effect.flatMap(target.expect("customers.company.departments", { query }), Own.itemsOf)
        const departments = found.flatMap((item) => (Array.isArray(item.departments) ? item.departments : []))
        const count = departments.filter((department) => department === "D").length
        return count === 0 ? "none" : count === 1 ? "it, once" : "it, for each company"
      })
  }),
  probe({
    assumption: "head-without-filter",
    asks: "What is the answer to `HEAD` of the customers without an email and a phone number?",
    switches: {},
    run: (target) =>
      Effect.gen(function* () {
        if (Json.at(target.settings, "users", "head", "enabled") !== true) {
          return yield* unclear("The settings have users.head.enabled off")
        }
        const answer = yield* target.call("customers.users.exists")
        return answered(answer)
      })
  })
]
