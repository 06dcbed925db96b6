/**
 * How requests are taken, whatever they are for.
 */
import * as Effect from "effect/Effect"
import * as Json from "../Json.js"
import * as Own from "../Own.js"
import { isSuccess, type Probe, probe, refused } from "../Probe.js"
import { type Target, unclear } from "../Target.js"

const settings = "/customers/settings"

/** More than the limits of the embedded system. */
const manyCharacters = 101 * 1024
const manyLevels = 101

const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)])

/** Whether a spelling of a grant is answered as one that does not exist. */
const spellingsOf = <const A extends string, const B extends string>(target: Target, body: object, spellings: readonly [A, B]) =>
  Effect.gen(function* () {
    const answerTo = (grant_type: string) =>
      Effect.map(
        target.call("auth.token", { body: { ...body, grant_type } }),
        ({ json, status }) => `${status} ${Json.at(json, "error", "code")}`
      )
    const unknown = yield* answerTo("effect-dintero-compare")
    const [first, second] = spellings
    const knowsFirst = (yield* answerTo(first)) !== unknown
    const knowsSecond = (yield* answerTo(second)) !== unknown
    if (knowsFirst && knowsSecond) return "both"
    if (knowsFirst) return first
    // One of them is documented, so this is what the service says of any grant.
    return knowsSecond ? second : yield* unclear("Each spelling is answered as a grant that does not exist")
  })

export const requests: ReadonlyArray<Probe> = [
  probe({
    assumption: "scheme-case",
    asks: "Is a token accepted after `bearer` in lower-case letters?",
    switches: {},
    run: (target) =>
      Effect.map(target.request("GET", settings, { authorization: target.bearer.replace("Bearer", "bearer") }), (answer) =>
        isSuccess(answer) ? "accepted" : refused(answer)
      )
  }),
  probe({
    assumption: "unknown-parameters",
    asks: "Is a query parameter that does not exist ignored?",
    switches: {},
    run: (target) =>
      Effect.map(target.call("customers.tags.list", { query: { effect_dintero_compare: "1" } }), (answer) =>
        isSuccess(answer) ? "ignored" : refused(answer)
      )
  }),
  probe({
    assumption: "body-limit",
    asks: "What is the answer to a body of more than 100 KiB?",
    switches: {},
    run: (target) =>
      Effect.gen(function* () {
        const name = yield* Own.termsText(target)
        const answer = yield* target.call("customers.terms.create", { body: { terms: `${name} ${"x".repeat(manyCharacters)}` } })
        return isSuccess(answer) ? "accepted" : refused(answer)
      })
  }),
  probe({
    assumption: "body-nesting",
    asks: "What is the answer to a body of more than 100 levels?",
    switches: {},
    run: (target) =>
      Effect.gen(function* () {
        const tag = yield* Own.tagText(target)
        const answer = yield* target.call("customers.tags.create", { body: { tag, metadata: { levels: nested(manyLevels) } } })
        return isSuccess(answer) ? "accepted" : refused(answer)
      })
  }),
  probe({
    assumption: "express-habits",
    asks: "Which requests are answered as Express answers them: a HEAD, and a GET with the current ETag?",
    switches: {},
    run: (target) =>
      Effect.gen(function* () {
        const { headers } = yield* target.expect("customers.settings.get")
        const head = yield* target.request("HEAD", settings)
        const again =
          headers.etag === undefined
            ? undefined
            : // Without a cache-control of its own, `fetch` adds one that asks for the whole answer.
              yield* target.request("GET", settings, {
                headers: { "if-none-match": headers.etag, "cache-control": "max-age=0" }
              })
        const takesHead = isSuccess(head)
        const takesTag = again?.status === 304
        return takesHead && takesTag ? "both" : takesHead ? "HEAD alone" : takesTag ? "the ETag alone" : "neither"
      })
  }),
  probe({
    assumption: "domain-codes",
    asks: "Which code has the refusal of a company without `company`?",
    switches: {},
    run: (target) =>
      Effect.gen(function* () {
        const answer = yield* Own.tryCustomer(target, { type: "company" })
        if (isSuccess(answer)) return "it is not refused"
        const code = Json.at(answer.json, "error", "code")
        if (code === undefined) return "none"
        // A code is a name in capitals. Anything else could hold more than a name.
        return typeof code === "string" && /^[A-Z][A-Z_ ]{1,40}$/.test(code) ? `the code ${code}` : "another form of code"
      })
  }),
  probe({
    assumption: "mfa-oob-spelling",
    asks: "Which spellings of the grant of a one-time code are known?",
    switches: {},
    run: (target) =>
      spellingsOf(target, { mfa_token: target.accountId, oob_code: target.accountId, binding_code: "000000" }, [
        "mfa_oob",
        "mfa-oob"
      ])
  }),
  probe({
    assumption: "account-user-grant",
    asks: "Which spellings of the grant of a member of staff are known?",
    switches: {},
    run: (target) => spellingsOf(target, { audience: target.audience }, ["account_user_token", "account_user"])
  }),
  probe({
    assumption: "audience-hosts",
    asks: "Which spellings of an audience get a token?",
    switches: {},
    run: (target) =>
      Effect.gen(function* () {
        const isAccepted = (audience: string) =>
          Effect.map(
            target.call("auth.token", { authorization: target.basic, body: { grant_type: "client_credentials", audience } }),
            isSuccess
          )
        const id = target.accountId
        const withUser = yield* isAccepted(`https://${id}@api.dintero.com/v1/accounts/${id}`)
        const otherHost = yield* isAccepted(`https://checkout.dintero.com/v1/accounts/${id}`)
        if (withUser && otherHost) return "also the account as user, and another host of Dintero"
        return withUser ? "also the account as user" : otherHost ? "also another host of Dintero" : "neither of these"
      })
  }),
  probe({
    assumption: "look-up-token",
    asks: "Is a look-up of a postal place answered without an access token?",
    switches: {
      optional: { assumed: { lookUpToken: "optional" } },
      required: { assumed: { lookUpToken: "required" } }
    },
    run: (target) =>
      Effect.gen(function* () {
        const path = { country: "no", postal_code: "0349" }
        const { status } = yield* target.call("customers.addresses.postalPlace", { path, authorization: "" })
        return status === 200 || status === 404 ? "optional" : status === 401 ? "required" : refused({ status })
      })
  }),
  probe({
    assumption: "register-names",
    asks: "What is `response_from` of a Norwegian organization?",
    switches: {},
    run: (target) =>
      Effect.gen(function* () {
        const path = { country: "no" }
        const query = { organization_number: equinor }
        const authorization = target.bearer
        const found = yield* target.expect("customers.organizations.search", { path, query, authorization })
        const [organization] = yield* Own.itemsOf(found)
        const name = organization?.response_from
        if (typeof name !== "string") return yield* unclear("The search has not found the organization")
        return /^[a-z]{2,30}$/.test(name) ? `the name ${name}` : "another form of name"
      })
  }),
  probe({
    assumption: "office-type",
    asks: "Is `office_type` of an organization a text or a list?",
    switches: {},
    run: (target) =>
      Effect.gen(function* () {
        const path = { country: "no", organization_number: equinor }
        const found = yield* target.expect("customers.organizations.get", { path, authorization: target.bearer })
        const [organization] = yield* Own.itemsOf(found)
        if (organization === undefined) return yield* unclear("The look-up has not found the organization")
        const type = organization.office_type
        return typeof type === "string" ? "a text" : Array.isArray(type) ? "a list" : "it has none"
      })
  }),
  probe({
    assumption: "address-validation",
    asks: "Is an address valid whose postal code and place are right, and whose street does not exist?",
    switches: {},
    run: (target) =>
      Effect.gen(function* () {
        const body = {
          address_line: "Effect-dintero-compare 1",
          postal_code: "0349",
          postal_place: "OSLO",
          country: "NO"
        }
        const { json } = yield* target.expect("customers.addresses.validate", {
          path: { country: "no" },
          authorization: target.bearer,
          body
        })
        const valid = Json.at(json, "valid")
        return typeof valid === "boolean" ? (valid ? "valid" : "not valid") : yield* unclear("The answer does not say")
      })
  })
]

/** A public fact of the Norwegian register: Equinor ASA. */
const equinor = "923609016"
