/**
 * A value that has to be unique, and that something else has already. How the service words it is not known, so every decision is
 * tested with wordings that several systems use.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted } from "effect"
import { Auth, type AuthService, Customers, type CustomersService, Dintero, type DinteroError, RetryPolicy } from "effect-dintero"
import { DinteroEmbedded, type Seed } from "effect-dintero/embedded"
import { type OperationName, operations } from "../../src/contract/Contract.js"
import type { Described } from "../../src/contract/Operation.js"
import * as Mock from "../utils/MockHttp.js"

type Call = (customers: CustomersService, auth: AuthService) => Effect.Effect<unknown, DinteroError>

/** The operations that can end so, as the documentation has it: each creates something, or changes a value that has to be unique. */
const calls: Readonly<Record<string, Call>> = {
  "auth.accountUsers.create": (_, { accountUsers }) => accountUsers.create({ email: "ada@example.com" }),
  "auth.clients.create": (_, { clients }) => clients.create({ client_id: "ecom-123" }),
  "auth.users.changeUsername": (_, { users }) => users.changeUsername("a", { username: "b" }),
  "auth.users.create": (_, { users }) => users.create({ username: "a", password: Redacted.make("a password") }),
  "customers.locations.create": ({ locations }) => locations.create({ location_id: "S1" }),
  "customers.locations.update": ({ locations }) => locations.update("S2", { location_id: "S1" }),
  "customers.tokens.create": ({ tokens }) => tokens.create("a", { type: "card", value: "1" }),
  "customers.users.changeCustomerId": ({ users }) => users.changeCustomerId("a", { customer_id: "b" }),
  "customers.users.create": ({ users }) => users.create({ type: "customer", email: "ada@example.com" }),
  "customers.users.update": ({ users }) => users.update("a", { email: "ada@example.com" })
}

/** Others, of which one creates something. Nothing of theirs has to be unique. */
const others: Readonly<Record<string, Call>> = {
  "customers.tags.create": ({ tags }) => tags.create({ tag: "VIP" }),
  "customers.tokens.events.lookup": ({ tokens }) => tokens.events.lookup({ token: { type: "card", value: "1" } }),
  "customers.users.delete": ({ users }) => users.delete("a")
}

const ends = (call: Call, status: number, body: unknown) => {
  const mock = Mock.make({
    resource: () =>
      Effect.sync(() =>
        typeof body === "string"
          ? new Response(body, { status, headers: { "content-type": "text/html" } })
          : Response.json(body, { status })
      )
  })
  return Effect.flatMap(Effect.all([Customers, Auth]), ([customers, auth]) =>
    Effect.flip(Effect.asVoid(call(customers, auth)))
  ).pipe(
    Effect.provide(
      Dintero.layer({ accountId: "T12345678", clientId: "client", clientSecret: Redacted.make("secret") }).pipe(
        Layer.provide(mock.layer)
      )
    ),
    Effect.map((error) => ({ error, sent: mock.resources() }))
  )
}

const create: Call = ({ users }) => users.create({ type: "customer", email: "ada@example.com" })

const fieldOf = (error: DinteroError) => (error._tag === "Duplicate" ? error.field : error._tag)

const said = (message: string, more: object = {}) => ({ error: { message, ...more } })

/** What the service could say, and the field that it then names. */
const wordings: ReadonlyArray<readonly [body: unknown, field: string | undefined]> = [
  [said("email is already in use", { code: "BAD REQUEST" }), "email"],
  [said("Duplicate email", { errors: [] }), "email"],
  [said("Customer already exists", { code: "BAD REQUEST" }), undefined],
  [said("Bad request", { code: "DUPLICATE" }), undefined],
  [said("Bad request", { code: "DUPLICATE_PHONE_NUMBER" }), "phone_number"],
  [said("Bad request", { code: "EmailAlreadyExists" }), "email"],
  [said("A customer with this phone number already exists"), "phone_number"],
  [said("customer_id must be unique", { code: "INVALID" }), "customer_id"],
  [said("The e-mail address has already been taken"), "email"],
  [said('duplicate key value violates unique constraint "customers_email_key"', { code: "23505" }), "email"],
  [said("Bad request", { code: "EMAIL_EXISTS" }), "email"],
  [said("Bad request", { code: "PHONE_NUMBER_TAKEN" }), "phone_number"],
  [said("The email address is in use"), "email"],
  [said("Bad request", { code: "UNIQUE_VIOLATION" }), undefined],
  [said("The location_id S1 is already used"), "location_id"],
  [said("token_id is already in use"), "token_id"],
  [said("A client with this client_id already exists"), "client_id"],
  [said("The token is already registered"), "token"],
  [said("username is already in use"), "username"],
  [said("Bad request", { code: "USERNAME_EXISTS" }), "username"],
  [said("Bad request", { code: "BAD REQUEST", errors: [{ description: "customerId already exists" }] }), "customer_id"],
  [said("Duplicate value", { code: "DUPLICATE", errors: [{ message: "is already taken", path: ["email"] }] }), "email"],
  [said("Duplicate value", { code: "DUPLICATE", field: "phone_number" }), "phone_number"],
  // It names two, so nobody knows which of them is meant.
  [said("Duplicate email or phone_number"), undefined]
]

const validation = (items: ReadonlyArray<object>, more: object = {}) =>
  said("Invalid parameter (data): Value failed JSON Schema validation", {
    code: "INVALID_REQUEST_PARAMETER",
    errors: items,
    in: "body",
    name: "data",
    path: ["paths", "/accounts/{aid}/customers/users", "post", "parameters", "0"],
    ...more
  })

/** 400s that say something else, and bodies that are not the service's. */
const otherBodies: ReadonlyArray<unknown> = [
  said("BAD_REQUEST", { errors: [] }),
  said("phone_number has to be verified before it is changed", { code: "BAD REQUEST" }),
  said("phone_number is already verified", { code: "BAD REQUEST" }),
  said("email is required", { code: "BAD REQUEST" }),
  said("attributes.size has to be of the type integer", { code: "BAD REQUEST" }),
  validation([
    { code: "OBJECT_MISSING_REQUIRED_PROPERTY", params: ["type"], message: "Missing required property: type", path: [] }
  ]),
  validation([{ code: "ARRAY_UNIQUE", message: "Array items are not unique (indexes 0 and 1)", path: ["addresses"] }]),
  validation([{ code: "PATTERN", message: "String does not match pattern ^a$: email already exists", path: ["email"] }]),
  { error: { code: "INVALID_REQUEST_PARAMETER", message: "duplicate email" } },
  { error: { in: "query", message: "duplicate email" } },
  { error: "invalid_request", error_description: "duplicate email" },
  { error: { code: "invalid_request", message: "duplicate email" } },
  { error: { code: 400, message: "duplicate email" } },
  { error: { message: { text: "duplicate email" } } },
  { message: "duplicate email", code: "DUPLICATE" },
  [{ error: { message: "duplicate email" } }],
  "<html><body>email already exists</body></html>",
  "duplicate email",
  ""
]

describe("a value that has to be unique", () => {
  it("is declared by the operations that create, or that change such a value", () => {
    const declared = Object.entries<Described>(operations).filter(([, { refusal }]) => refusal === "duplicate")
    assert.deepStrictEqual(declared.map(([name]) => name).sort(), Object.keys(calls) satisfies ReadonlyArray<string>)
    const named: ReadonlyArray<OperationName> = ["customers.users.create", "customers.tokens.create"]
    for (const name of named) assert.property(calls, name)
  })

  for (const [name, call] of Object.entries(calls)) {
    it.effect(`${name}: 400 and 409 that say so are Duplicate, a 400 that does not is BadRequest`, () =>
      Effect.gen(function* () {
        for (const status of [400, 409]) {
          const { error, sent } = yield* ends(call, status, said("Duplicate email", { code: "BAD REQUEST" }))
          assert.deepStrictEqual([fieldOf(error), sent], ["email", 1])
          if (error._tag !== "Duplicate") return assert.fail(error._tag)
          assert.deepStrictEqual(
            [error.isRetryable, error.code, error.message, error.request.operation, error.request.status],
            [false, "BAD REQUEST", "Duplicate email", name, status]
          )
        }
        assert.strictEqual((yield* ends(call, 400, said("Name is too long", { code: "BAD REQUEST" }))).error._tag, "BadRequest")
      })
    )
  }

  it.effect("is named by its field in many wordings, when the answer names one", () =>
    Effect.gen(function* () {
      const found = yield* Effect.forEach(wordings, ([body]) => ends(create, 400, body))
      assert.deepStrictEqual(
        found.map(({ error }, index) => [wordings[index]?.[0], error._tag, fieldOf(error)]),
        wordings.map(([body, field]) => [body, "Duplicate", field])
      )
    })
  )

  it.effect("is not what a validation error, another refusal or a body that is not the service's is about", () =>
    Effect.gen(function* () {
      for (const body of otherBodies) {
        assert.strictEqual((yield* ends(create, 400, body)).error._tag, "BadRequest", JSON.stringify(body))
        assert.strictEqual((yield* ends(create, 409, body)).error._tag, "UnexpectedStatus", JSON.stringify(body))
      }
    })
  )

  it.effect("is nothing that another status says, whatever its words", () =>
    Effect.gen(function* () {
      for (const [status, tag] of [
        [401, "Unauthorized"],
        [403, "Forbidden"],
        [422, "UnexpectedStatus"],
        [429, "RateLimited"],
        [500, "ServerError"]
      ] as const) {
        const call = Effect.map(
          ends((...services) => create(...services).pipe(RetryPolicy.with(RetryPolicy.none)), status, said("Duplicate email")),
          ({ error }) => error._tag
        )
        assert.strictEqual(yield* call, tag)
      }
    })
  )

  it.effect("is no error of an operation that declares none", () =>
    Effect.gen(function* () {
      for (const call of Object.values(others)) {
        assert.strictEqual((yield* ends(call, 400, said("Duplicate email", { code: "DUPLICATE" }))).error._tag, "BadRequest")
      }
    })
  )

  it.effect("a secret that is a part of the words changes nothing", () =>
    Effect.gen(function* () {
      const call: Call = ({ users }) => users.create({ type: "customer", password: Redacted.make("plicate em") })
      const { error } = yield* ends(call, 400, said("Duplicate email", { code: "BAD REQUEST" }))
      assert.strictEqual(fieldOf(error), "email")
      assert.notInclude(JSON.stringify(error), "plicate em")
    })
  )
})

describe("the embedded system names the field", () => {
  const seed: Seed.Seed = {
    accounts: [
      {
        account_id: "T12345678",
        clients: [
          {
            client_id: "shop",
            client_secret: "a-secret-of-the-test",
            grants: [{ type: "client_credentials", scope: ["admin:customers", "admin:locations", "admin:accounts"] }]
          }
        ]
      }
    ]
  }

  const failing = (call: Call) =>
    Effect.flatMap(Effect.all([Customers, Auth]), ([customers, auth]) =>
      Effect.map(Effect.flip(Effect.asVoid(call(customers, auth))), fieldOf)
    )

  it.effect("of each value that has to be unique", () =>
    Effect.gen(function* () {
      const { locations, tokens, users } = yield* Customers
      const auth = yield* Auth
      for (const username of ["a", "b"]) yield* auth.users.create({ username, password: Redacted.make("a password") })
      yield* users.create({ type: "customer", customer_id: "a", email: "a@example.com", phone_number: "+4740000001" })
      yield* users.create({ type: "customer", customer_id: "b" })
      yield* tokens.create("a", { token_id: "t", type: "card", value: "1" })
      yield* locations.create({ location_id: "S1" })
      yield* locations.create({ location_id: "S2" })
      assert.deepStrictEqual(
        yield* Effect.forEach(
          [
            ({ users }) => users.create({ type: "customer", customer_id: "a" }),
            ({ users }) => users.create({ type: "customer", email: "A@example.com" }),
            ({ users }) => users.create({ type: "customer", phone_number: "+4740000001" }),
            ({ users }) => users.update("b", { email: "a@example.com" }),
            ({ users }) => users.update("b", { phone_number: "+4740000001" }),
            ({ users }) => users.changeCustomerId("b", { customer_id: "a" }),
            ({ tokens }) => tokens.create("b", { type: "card", value: "1" }),
            ({ tokens }) => tokens.create("a", { token_id: "t", type: "card", value: "2" }),
            ({ locations }) => locations.create({ location_id: "S1" }),
            ({ locations }) => locations.update("S2", { location_id: "S1" }),
            (_, { clients }) => clients.create({ client_id: "shop" }),
            (_, { users }) => users.create({ username: "a", password: Redacted.make("a password") }),
            (_, { users }) => users.changeUsername("b", { username: "a" })
          ] satisfies ReadonlyArray<Call>,
          failing
        ),
        [
          "customer_id",
          "email",
          "phone_number",
          "email",
          "phone_number",
          "customer_id",
          "token",
          "token_id",
          "location_id",
          "location_id",
          "client_id",
          "username",
          "username"
        ]
      )
      // A rule that has nothing to do with others.
      assert.strictEqual(yield* failing(({ users }) => users.create({ type: "company" })), "BadRequest")
    }).pipe(Effect.provide(DinteroEmbedded.layer({ seed })))
  )
})
