/**
 * The choices of the embedded system where it is not known what the service does: each in both directions.
 */
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Assumed } from "../../../src/embedded.js"
import { audience } from "../../utils/Account.js"
import { list, object, startRooms, why } from "./Rooms.js"

type Settings = Parameters<typeof startRooms>[0]

/** Runs a test for both values of a choice, and compares what it finds. */
const choice = <Name extends keyof Assumed.Choices, A>(
  title: string,
  name: Name,
  expected: ReadonlyArray<readonly [value: Assumed.Choices[Name], found: A]>,
  find: (rooms: Effect.Effect.Success<ReturnType<typeof startRooms>>) => Effect.Effect<A>,
  settings: Settings = {}
) => {
  it.scoped(title, () =>
    Effect.gen(function* () {
      const found = new Map<Assumed.Choices[Name], A>()
      for (const [value] of expected) {
        found.set(value, yield* find(yield* startRooms(settings, { assumed: { [name]: value } })))
      }
      expect([...found]).toEqual(expected)
      // Without the option the default applies, which is the first value.
      expect(yield* find(yield* startRooms(settings))).toEqual(expected[0]?.[1])
      expect(Assumed.defaults[name]).toBe(expected[0]?.[0])
    })
  )
}

const users = "/customers/users"

describe("assumed", () => {
  choice(
    "adminGives: every scope, or its own",
    "adminGives",
    [
      ["every", [200, 200]],
      ["own", [403, 200]]
    ],
    ({ as }) =>
      Effect.gen(function* () {
        const { id } = object(yield* as("manager")("POST", "/auth/clients", {}))
        const give = (scope: string) =>
          Effect.map(
            as("manager")("POST", "/auth/client-grants", { client_id: id, audience, scope: [scope] }),
            ({ status }) => status
          )
        return [yield* give("read:customers"), yield* give("admin:accounts")]
      })
  )

  choice(
    "accountUserUpdate: merged or replaced",
    "accountUserUpdate",
    [
      ["merged", ["Grace", ["read:customers"], ["Support"]]],
      ["replaced", [undefined, undefined, []]]
    ],
    ({ as }) =>
      Effect.gen(function* () {
        const manager = as("manager")
        const role = object(yield* manager("POST", "/auth/roles", { name: "Support", scope: [] }))
        const given = { email: "grace@example.com", name: "Grace", scope: ["read:customers"], roles: [{ id: role.id }] }
        const { id } = object(yield* manager("POST", "/management/users", given))
        yield* manager("PUT", `/management/users/${id}`, { agreement: { version: "2" } })
        const [{ name, roles, scope } = {}] = list(yield* manager("GET", "/management/users?expand=roles"))
        return [name, scope, (roles as ReadonlyArray<{ readonly name: string }>).map(({ name }) => name)]
      })
  )

  choice(
    "attributeTypes: checked or unchecked",
    "attributeTypes",
    [
      ["checked", "400 attributes.size has to be of the type integer"],
      ["unchecked", "200 "]
    ],
    ({ as }) => Effect.map(as("admin")("POST", users, { type: "customer", attributes: { size: "big" } }), why),
    { attributes: [{ name: "size", type: "integer" }] }
  )

  choice(
    "consentTime: stamped or asGiven",
    "consentTime",
    [
      ["stamped", true],
      ["asGiven", false]
    ],
    ({ as }) =>
      Effect.map(
        as("admin")("POST", users, { type: "customer", marketing_consent: { email: { consent: true } } }),
        ({ text }) => "updated_at" in JSON.parse(text).marketing_consent.email
      )
  )

  choice(
    "consentsOnUpdate: merged or replaced",
    "consentsOnUpdate",
    [
      ["merged", ["email", "sms"]],
      ["replaced", ["sms"]]
    ],
    ({ as }) =>
      Effect.gen(function* () {
        const consent = { consent: true }
        yield* as("admin")("POST", users, { type: "customer", customer_id: "ada", marketing_consent: { email: consent } })
        const after = yield* as("admin")("PUT", `${users}/ada`, { marketing_consent: { sms: consent } })
        return Object.keys(JSON.parse(after.text).marketing_consent).sort()
      })
  )

  choice(
    "deletedTerms: notFound or shown",
    "deletedTerms",
    [
      ["notFound", 404],
      ["shown", 200]
    ],
    ({ as }) =>
      Effect.gen(function* () {
        const { id } = object(yield* as("admin")("POST", "/customers/terms", { terms: "No returns" }))
        yield* as("admin")("DELETE", `/customers/terms/${id}`)
        return (yield* as("admin")("GET", `/customers/terms/${id}`)).status
      })
  )

  choice(
    "duplicateAnswer: message or bare",
    "duplicateAnswer",
    [
      ["message", ["400 email is already in use", "400 the token is already in use", "400 location_id is already in use"]],
      ["bare", ["400 BAD_REQUEST", "400 BAD_REQUEST", "400 BAD_REQUEST"]]
    ],
    ({ as }) =>
      Effect.gen(function* () {
        const twice = (path: string, body: object) =>
          Effect.zipRight(as("admin")("POST", path, body), Effect.map(as("admin")("POST", path, body), why))
        const email = yield* twice(users, { type: "customer", customer_id: undefined, email: "ada@example.com" })
        const [{ customer_id } = {}] = list(yield* as("admin")("GET", users))
        return [
          email,
          yield* twice(`${users}/${customer_id}/tokens`, { type: "card", value: "1" }),
          yield* twice("/locations", { location_id: "oslo", name: "Oslo" })
        ]
      })
  )

  choice(
    "equalTags: allowed or refused",
    "equalTags",
    [
      ["allowed", [200, 200, 3]],
      ["refused", [400, 200, 2]]
    ],
    ({ as }) =>
      Effect.gen(function* () {
        const create = (tag: string) => Effect.map(as("admin")("POST", "/customers/tags", { tag }), ({ status }) => status)
        yield* create("VIP")
        return [yield* create("VIP"), yield* create("vip"), list(yield* as("admin")("GET", "/customers/tags")).length]
      })
  )

  choice(
    "equalToken: refused or moved",
    "equalToken",
    [
      ["refused", [400, 1, 0]],
      ["moved", [201, 0, 1]]
    ],
    ({ as }) =>
      Effect.gen(function* () {
        for (const customer_id of ["ada", "bob"]) yield* as("admin")("POST", users, { type: "customer", customer_id })
        const token = { type: "card", value: "1" }
        yield* as("admin")("POST", `${users}/ada/tokens`, token)
        const { status } = yield* as("admin")("POST", `${users}/bob/tokens`, token)
        const countOf = (customerId: string) =>
          Effect.map(as("admin")("GET", `${users}/${customerId}/tokens`), (answer) => list(answer).length)
        return [status, yield* countOf("ada"), yield* countOf("bob")]
      })
  )

  choice(
    "hmacSecrets: shown or hidden",
    "hmacSecrets",
    [
      ["shown", { type: "HMAC-SHA256", secret: "the key" }],
      ["hidden", { type: "HMAC-SHA256" }]
    ],
    ({ as }) =>
      Effect.gen(function* () {
        const auto_tokens = { email: [{ type: "HMAC-SHA256", secret: "the key" }] }
        const put = yield* as("admin")("PUT", "/customers/settings", { auto_tokens })
        const get = yield* as("admin")("GET", "/customers/settings")
        expect(get.text).toBe(put.text)
        // The key is used all the same.
        yield* as("admin")("POST", users, { type: "customer", customer_id: "ada", email: "ada@example.com" })
        expect(list(yield* as("admin")("GET", `${users}/ada/tokens`)).length).toBe(1)
        return JSON.parse(get.text).auto_tokens.email[0]
      })
  )

  choice(
    "locationUpdate: merged or replaced",
    "locationUpdate",
    [
      ["merged", "Oslo"],
      ["replaced", undefined]
    ],
    ({ as }) =>
      Effect.gen(function* () {
        yield* as("admin")("POST", "/locations", { location_id: "oslo", name: "Oslo" })
        yield* as("admin")("PUT", "/locations/oslo", { email: "oslo@example.com" })
        return object(yield* as("admin")("GET", "/locations/oslo")).name
      })
  )

  choice(
    "lookUpToken: optional or required",
    "lookUpToken",
    [
      ["optional", [200, 200, 401]],
      ["required", [401, 200, 401]]
    ],
    ({ api, as }) => {
      const path = "/search/external/postal_place/no/0349"
      const answers = [api("GET", path), as("public")("GET", path), api("GET", path, { authorization: "Bearer x" })]
      return Effect.map(Effect.all(answers), (all) => all.map(({ status }) => status))
    }
  )

  choice(
    "metadataOnUpdate: merged or replaced",
    "metadataOnUpdate",
    [
      ["merged", { one: 1, two: 3 }],
      ["replaced", { two: 3 }]
    ],
    ({ as }) =>
      Effect.gen(function* () {
        yield* as("admin")("POST", users, { type: "customer", customer_id: "ada", metadata: { one: 1, two: 2 } })
        return object(yield* as("admin")("PUT", `${users}/ada`, { metadata: { two: 3, three: null } })).metadata
      })
  )

  choice(
    "objectsOnUpdate: replaced or merged",
    "objectsOnUpdate",
    [
      ["replaced", { attributes: { color: "red" }, company: { bussiness_name: "B" } }],
      ["merged", { attributes: { size: 1, color: "red" }, company: { bussiness_name: "B", department: "D" } }]
    ],
    ({ as }) =>
      Effect.gen(function* () {
        const before = { attributes: { size: 1 }, company: { bussiness_name: "A", department: "D" } }
        yield* as("admin")("POST", users, { type: "company", customer_id: "acme", ...before })
        const after = yield* as("admin")("PUT", `${users}/acme`, {
          attributes: { color: "red" },
          company: { bussiness_name: "B" }
        })
        const { attributes, company } = object(after)
        return { attributes, company }
      })
  )

  choice(
    "phoneUniqueWithin: type or account",
    "phoneUniqueWithin",
    [
      ["type", 200],
      ["account", 400]
    ],
    ({ as }) =>
      Effect.gen(function* () {
        yield* as("admin")("POST", users, { type: "customer", phone_number: "+4790000000" })
        const company = { type: "company", company: { bussiness_name: "A" }, phone_number: "+4790000000" }
        return (yield* as("admin")("POST", users, company)).status
      })
  )

  choice(
    "pinAtLogin: refused or accepted",
    "pinAtLogin",
    [
      ["refused", [403, 200]],
      ["accepted", [200, 200]]
    ],
    ({ as }) =>
      Effect.gen(function* () {
        const email = "ada@example.com"
        yield* as("admin")("POST", users, { type: "customer", email, password: "secret", pin: "314159" })
        const login = (password: string) =>
          Effect.map(
            as("admin")("POST", "/customers/login", { type: "customer", email, password, audience }),
            ({ status }) => status
          )
        return [yield* login("314159"), yield* login("secret")]
      })
  )

  choice(
    "settingsUpdate: sections or whole",
    "settingsUpdate",
    [
      ["sections", true],
      ["whole", false]
    ],
    ({ as }) =>
      Effect.gen(function* () {
        yield* as("admin")("PUT", "/customers/settings", { attributes: [] })
        return "attributes" in object(yield* as("admin")("PUT", "/customers/settings", {}))
      })
  )

  choice(
    "tokensOfDeleted: kept or deleted",
    "tokensOfDeleted",
    [
      ["kept", 1],
      ["deleted", 0]
    ],
    ({ as }) =>
      Effect.gen(function* () {
        yield* as("admin")("POST", users, { type: "customer", customer_id: "ada" })
        yield* as("admin")("POST", `${users}/ada/tokens`, { type: "card", value: "1" })
        yield* as("admin")("DELETE", `${users}/ada`)
        return list(yield* as("admin")("GET", `${users}?token_value=1&include_deleted=true`)).length
      })
  )

  choice(
    "roleUpdate: replaced or merged",
    "roleUpdate",
    [
      ["replaced", ["Desk", undefined, []]],
      ["merged", ["Desk", "Looks customers up", ["Desk"]]]
    ],
    ({ as }) =>
      Effect.gen(function* () {
        const manager = as("manager")
        const given = { name: "Support", description: "Looks customers up", scope: [] }
        const { id } = object(yield* manager("POST", "/auth/roles", given))
        const { description, name } = object(yield* manager("PUT", `/auth/roles/${id}`, { name: "Desk", scope: [] }))
        const found = list(yield* manager("GET", "/auth/roles?search=customers"))
        return [name, description, found.map(({ name }) => name)]
      })
  )

  choice(
    "unknownTag: refused or ignored",
    "unknownTag",
    [
      ["refused", [400, 0]],
      ["ignored", [200, 1]]
    ],
    ({ as }) =>
      Effect.gen(function* () {
        yield* as("admin")("POST", users, { type: "customer", customer_id: "ada" })
        const { id } = object(yield* as("admin")("POST", "/customers/tags", { tag: "VIP" }))
        const put = yield* as("admin")("PUT", `${users}/ada/tags`, [id, "7c1bb2a3-0b0f-4a8e-9c53-2e6b5c6f0a11"])
        return [put.status, list(yield* as("admin")("GET", `${users}/ada/tags`)).length]
      })
  )

  choice(
    "unverifiedPhoneChange: 400 or 403",
    "unverifiedPhoneChange",
    [
      [400, 400],
      [403, 403]
    ],
    ({ as }) =>
      Effect.gen(function* () {
        yield* as("admin")("POST", users, { type: "customer", customer_id: "ada", phone_number: "+4790000000" })
        return (yield* as("admin")("PUT", `${users}/ada`, { phone_number: "+4790000001" })).status
      }),
    { users: { customer_id_format: "uuid", verifications: { phone_number: "sms" } } }
  )

  choice(
    "wrongRefreshToken: 403, 400 or 401",
    "wrongRefreshToken",
    [
      [403, 403],
      [400, 400],
      [401, 401]
    ],
    ({ as }) =>
      Effect.map(
        as("admin")("POST", "/auth/token", { grant_type: "refresh_token", refresh_token: "unknown" }),
        ({ status }) => status
      )
  )

  choice(
    "wrongVerificationCode: 400 or 403",
    "wrongVerificationCode",
    [
      [400, 400],
      [403, 403]
    ],
    ({ as }) =>
      Effect.gen(function* () {
        yield* as("admin")("POST", users, { type: "customer", customer_id: "ada", email: "ada@example.com" })
        const path = `${users}/ada/communication/confirm-verification-code/email`
        return (yield* as("admin")("POST", path, { code: "000000" })).status
      })
  )

  it("names a choice that does not exist, and the values of one that does", () => {
    // Seam: a caller without types.
    const make = (options: unknown) => () => Assumed.make(options as Assumed.Options)
    expect(make({ unknownTags: "ignored" })).toThrow(
      /^assumed.unknownTags: there is no such choice. Give one of accountUserUpdate, /
    )
    expect(make({ unknownTag: "refuse" })).toThrow("assumed.unknownTag: give refused or ignored.")
    expect(make({ __proto__: "x", constructor: 1 })).toThrow(/^assumed.constructor: there is no such choice/)
  })
})
