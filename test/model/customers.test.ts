import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, FastCheck as fc, Layer, TestClock, TestContext } from "effect"
import { Customers, type CustomersService, type DinteroError } from "effect-dintero"
import { DinteroEmbedded, PasswordHashing } from "effect-dintero/embedded"
import { tell } from "../utils/Claim.js"
import { CustomersModel, expirySeconds, type Outcome } from "./CustomersModel.js"

/** Few values, so that commands meet. */
const customerIds = ["a", "a/ä %2F..", "10"] as const
const emails = ["ada@example.com", "ADA@example.com", "grace@example.com", null] as const
const phones = ["+4740000001", "+4740000002", null] as const
const types = ["customer", "contact"] as const
const tokenTypes = ["card"] as const
const tokenValues = ["1", "2"] as const
const statuses = ["OPT_OUT", "OPT_IN"] as const

const pick = <T>(values: ReadonlyArray<T>) => fc.constantFrom(...values)

const customerId = pick(customerIds)
const token = fc.record({ type: pick(tokenTypes), value: pick(tokenValues) })

const command = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      _tag: fc.constant("create" as const),
      customerId,
      type: pick(types),
      email: pick(emails),
      phone: pick(phones)
    })
  },
  fc.record({ _tag: fc.constant("get" as const), customerId }),
  fc.record({
    _tag: fc.constant("update" as const),
    customerId,
    change: fc.record({ email: pick(emails), phone: pick(phones), status: pick(["VIP", null]) }, { requiredKeys: [] })
  }),
  fc.record({ _tag: fc.constant("changeId" as const), customerId, to: customerId }),
  fc.record({ _tag: fc.constant("remove" as const), customerId, deleteTokens: fc.boolean() }),
  fc.record({ _tag: fc.constant("createTag" as const), label: pick(["VIP", "staff"]) }),
  fc.record({ _tag: fc.constant("removeTag" as const), tag: fc.nat(2) }),
  fc.record({ _tag: fc.constant("setTags" as const), customerId, tags: fc.array(fc.nat(2), { maxLength: 3 }) }),
  fc.record({ _tag: fc.constant("tagsOf" as const), customerId }),
  { weight: 3, arbitrary: fc.record({ _tag: fc.constant("attach" as const), customerId, token, deleteEvents: fc.boolean() }) },
  fc.record({ _tag: fc.constant("detach" as const), customerId, token }),
  fc.record({ _tag: fc.constant("tokensOf" as const), customerId }),
  fc.record({ _tag: fc.constant("record" as const), token, status: pick(statuses) }),
  fc.record({ _tag: fc.constant("lookUp" as const), token }),
  fc.record({ _tag: fc.constant("forget" as const), token }),
  fc.record({ _tag: fc.constant("passes" as const), seconds: pick([2, 58, 62]) }),
  fc.record({
    _tag: fc.constant("search" as const),
    filter: fc.record(
      {
        email: pick(["ada", "GRACE@example.com"]),
        phone: pick(["+4740", "+4740000002"]),
        search: pick(["a", "1", "+47", "grace"]),
        tag: fc.nat(2),
        token,
        type: pick(["any", "contact", "customer"] as const)
      },
      { requiredKeys: [] }
    )
  })
)

type Command = typeof command extends fc.Arbitrary<infer C> ? C : never

const onModel = (model: CustomersModel, name: string, command: Command): Outcome => {
  switch (command._tag) {
    case "create":
      return model.create(name, command.customerId, command.type, command.email, command.phone)
    case "get":
      return model.get(command.customerId)
    case "update":
      return model.update(command.customerId, command.change)
    case "changeId":
      return model.changeId(command.customerId, command.to)
    case "remove":
      return model.remove(command.customerId, command.deleteTokens)
    case "createTag":
      return model.createTag(command.label)
    case "removeTag":
      return model.removeTag(command.tag)
    case "setTags":
      return model.setTags(command.customerId, command.tags)
    case "tagsOf":
      return model.tagsOf(command.customerId)
    case "attach":
      return model.attach(command.customerId, command.token.type, command.token.value, command.deleteEvents)
    case "detach":
      return model.detach(command.customerId, command.token.type, command.token.value)
    case "tokensOf":
      return model.tokensOf(command.customerId)
    case "record":
      return model.record(command.token.type, command.token.value, command.status)
    case "lookUp":
      return model.lookUp(command.token.type, command.token.value)
    case "forget":
      return model.forget(command.token.type, command.token.value)
    case "passes":
      return model.passes(command.seconds)
    case "search":
      return model.search(command.filter)
  }
}

type Success<Method extends (...input: never) => unknown> = ReturnType<Method> extends Effect.Effect<infer A, unknown> ? A : never

const seen = (customer: Success<CustomersService["users"]["get"]>) => ({
  customer_id: customer.customer_id,
  type: customer.type,
  email: customer.email ?? null,
  phone_number: customer.phone_number ?? null,
  status: customer.status ?? null
})

/** `tagIds`: the ids of the tags in the order of their creation. One that was never created has none. */
const onSystem = (customers: CustomersService, tagIds: Array<string>, command: Command): Effect.Effect<unknown, DinteroError> => {
  const tagId = (index: number) => tagIds[index] ?? "none"
  switch (command._tag) {
    case "create":
      return Effect.map(
        customers.users.create({
          customer_id: command.customerId,
          type: command.type,
          email: command.email,
          phone_number: command.phone
        }),
        seen
      )
    case "get":
      return Effect.map(customers.users.get(command.customerId), seen)
    case "update": {
      const { phone, ...change } = command.change
      return Effect.map(
        customers.users.update(command.customerId, phone === undefined ? change : { ...change, phone_number: phone }),
        seen
      )
    }
    case "changeId":
      return Effect.map(
        customers.users.changeCustomerId(command.customerId, { customer_id: command.to }),
        ({ customer_id }) => customer_id
      )
    case "remove":
      return Effect.map(customers.users.delete(command.customerId, { delete_tokens: command.deleteTokens }), seen)
    case "createTag":
      return Effect.map(customers.tags.create({ tag: command.label }), ({ id = "none", tag }) => {
        tagIds.push(id)
        return tag
      })
    case "removeTag":
      return Effect.map(customers.tags.delete(tagId(command.tag)), ({ tag }) => tag)
    case "setTags":
      return Effect.map(customers.tags.setOfCustomer(command.customerId, command.tags.map(tagId)), (tags) =>
        tags.map(({ tag }) => tag)
      )
    case "tagsOf":
      return Effect.map(customers.tags.ofCustomer(command.customerId), (tags) => tags.map(({ tag }) => tag))
    case "attach":
      return Effect.map(
        customers.tokens.create(command.customerId, command.token, { delete_token_events: command.deleteEvents }),
        ({ type, value }) => ({ type, value })
      )
    case "detach":
      return Effect.flatMap(customers.tokens.list(command.customerId, { limit: 100 }), ({ items }) => {
        const found = items.find(({ type, value }) => type === command.token.type && value === command.token.value)
        return Effect.map(
          customers.tokens.delete({ customer_id: command.customerId, tid: found?.token_id ?? "none" }),
          ({ type, value }) => ({ type, value })
        )
      })
    case "tokensOf":
      return Effect.map(customers.tokens.list(command.customerId, { limit: 100 }), ({ items }) =>
        items.map(({ type, value }) => ({ type, value }))
      )
    case "record":
    case "lookUp":
      return Effect.map(
        customers.tokens.events.lookup({
          token: command.token,
          ...(command._tag === "record" ? { event: { event: "told", status: command.status } } : {})
        }),
        ({ customer, events = [], status }) => ({
          owner: customer?.customer_id ?? null,
          status,
          events: events.map(({ status }) => status)
        })
      )
    case "forget":
      return Effect.as(customers.tokens.events.delete({ token: command.token }), null)
    case "passes":
      return Effect.as(TestClock.adjust(`${command.seconds} seconds`), null)
    case "search": {
      const { phone, tag, token, ...filter } = command.filter
      return Effect.map(
        customers.users.list({
          ...filter,
          limit: 100,
          ...(phone === undefined ? {} : { phone_number: phone }),
          ...(tag === undefined ? {} : { tag_id: tagId(tag) }),
          ...(token === undefined ? {} : { token_type: token.type, token_value: token.value })
        }),
        ({ items }) => items.map(({ customer_id }) => customer_id)
      )
    }
  }
}

const outcomeOf = (exit: Exit.Exit<unknown, DinteroError>): Outcome =>
  Exit.match(exit, {
    onSuccess: (value) => ({ value }),
    onFailure: (cause) => {
      const failure = Cause.failureOption(cause)
      return { error: failure._tag === "Some" ? failure.value._tag : Cause.pretty(cause) }
    }
  })

const system = DinteroEmbedded.layer({
  passwordHashing: PasswordHashing.fastForTests,
  seed: {
    accounts: [
      {
        account_id: "T12345678",
        clients: [
          { client_id: "shop", client_secret: "a-secret-of-the-test", grants: [{ type: "any", scope: ["admin:customers"] }] }
        ],
        customers: [],
        settings: {
          tokens: {
            event_expiry: Object.entries(expirySeconds).map(([status, time_to_live]) => ({ status, time_to_live }))
          }
        }
      }
    ]
  }
})

/** The outcomes of the commands on a system of their own, each with that of the model. */
const run = (commands: ReadonlyArray<Command>) =>
  Effect.gen(function* () {
    const customers = yield* Customers
    const model = new CustomersModel()
    const tagIds: Array<string> = []
    const outcomes: Array<readonly [Command, Outcome, Outcome]> = []
    for (const [index, command] of commands.entries()) {
      const expected = onModel(model, String(index), command)
      outcomes.push([command, outcomeOf(yield* Effect.exit(onSystem(customers, tagIds, command))), expected])
    }
    return outcomes
  }).pipe(Effect.provide(Layer.provideMerge(system, TestContext.TestContext)))

describe("random commands on customers, tokens and tags", () => {
  it("end on the system as the documented rules say", { timeout: 600_000 }, async (context) => {
    let sequences = 0
    await fc.assert(
      fc.asyncProperty(fc.array(command, { minLength: 10, maxLength: 40, size: "max" }), async (commands) => {
        sequences++
        for (const [command, actual, expected] of await Effect.runPromise(run(commands))) {
          assert.deepStrictEqual(actual, expected, JSON.stringify(command))
        }
      }),
      { numRuns: 500 }
    )
    tell(context, { measured: `${sequences} sequences` })
  })
})
