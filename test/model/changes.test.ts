/**
 * A copy that is kept by `changes` while others write. Whoever keeps it is killed at random points, and starts again from the checkpoint that it
 * has stored last.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Either, FastCheck as fc, Layer, Stream, TestClock } from "effect"
import { type Changes, type Checkpoint, Customers, type CustomersService, type DinteroError } from "effect-dintero"
import { DinteroEmbedded, type Seed } from "effect-dintero/embedded"
import { samples, tell } from "../utils/Claim.js"

const seed: Seed.Seed = {
  accounts: [
    {
      account_id: "T12345678",
      clients: [
        {
          client_id: "shop",
          client_secret: "a-secret-of-the-test",
          grants: [{ type: "client_credentials", scope: ["admin:customers"] }]
        }
      ]
    }
  ]
}

const kills = 50

type Write = (customers: CustomersService) => Effect.Effect<unknown, DinteroError>

/** What happens between two points at which the copy can be killed. */
interface Step {
  readonly writes: ReadonlyArray<Write>
  readonly passes: number
}

/** After how many steps it is killed, what happens before each run, and how many items a page has. */
interface Run {
  readonly kill: number
  readonly before: Step
  readonly within: ReadonlyArray<Step>
  readonly limit: number
}

const stepOf = (write: fc.Arbitrary<Write>, maxLength: number): fc.Arbitrary<Step> =>
  fc.record({
    writes: fc.array(write, { maxLength, size: "max" }),
    // Most changes are near in time, and some runs begin long after the changes.
    passes: fc.constantFrom(0, 0, 1, 400, 4_000, 60_000)
  })

const runsOf = (write: fc.Arbitrary<Write>, seed: number): ReadonlyArray<Run> =>
  fc.sample(
    fc.record({
      kill: fc.nat(12),
      before: stepOf(write, 12),
      within: fc.array(stepOf(write, 3), { maxLength: 6 }),
      limit: fc.integer({ min: 1, max: 7 })
    }),
    { numRuns: 4 * kills, seed }
  )

const happens = ({ passes, writes }: Step) =>
  Effect.gen(function* () {
    const customers = yield* Customers
    // A customer can be gone, or an email taken, which is nothing to this test.
    yield* Effect.forEach(writes, (write) => Effect.ignore(write(customers)), { discard: true })
    yield* TestClock.adjust(passes)
  })

/**
 * Keeps a copy until it was killed 50 times, and through one run more. Fails when a change comes more often than it has to: once, and once more
 * for each kill since the last checkpoint was stored.
 */
const keepCopy = <Item>(
  runs: ReadonlyArray<Run>,
  changes: (
    customers: CustomersService,
    options: { readonly checkpoint: Checkpoint | undefined; readonly limit: number }
  ) => Stream.Stream<Changes<Item>, DinteroError>,
  idOf: (item: Item) => string
) =>
  Effect.gen(function* () {
    const customers = yield* Customers
    const copy = new Map<string, Item>()
    /** The states of items that came with a checkpoint which was stored. */
    const stored = new Set<string>()
    /** How often a state came since then. */
    let open = new Map<string, number>()
    let checkpoint: Checkpoint | undefined
    let killedSince = 0
    let killed = 0

    const read = ({ kill, limit, within }: Pick<Run, "kill" | "limit" | "within">) => {
      let left = kill
      const steps = [...within]
      const mayBeKilled = Effect.suspend(() => (left-- > 0 ? Effect.void : Effect.fail("killed" as const)))
      return changes(customers, { checkpoint, limit }).pipe(
        Stream.runForEach((page) =>
          Effect.gen(function* () {
            for (const item of page.items) {
              const state = JSON.stringify(item)
              copy.set(idOf(item), item)
              assert.isFalse(stored.has(state), `was stored with a checkpoint already: ${state}`)
              const times = (open.get(state) ?? 0) + 1
              assert.isAtMost(times, 1 + killedSince, state)
              open.set(state, times)
              yield* mayBeKilled
            }
            for (const item of page.items) stored.add(JSON.stringify(item))
            open = new Map()
            checkpoint = page.checkpoint
            killedSince = 0
            const step = steps.shift()
            if (step !== undefined) yield* happens(step)
            yield* mayBeKilled
          })
        )
      )
    }

    for (const run of runs) {
      if (killed === kills) break
      yield* happens(run.before)
      const end = yield* Effect.either(read(run))
      if (Either.isRight(end)) continue
      assert.strictEqual(end.left, "killed")
      killed++
      killedSince++
    }
    yield* read({ kill: Number.POSITIVE_INFINITY, limit: 7, within: [] })
    assert.strictEqual(killed, kills)
    return copy
  })

const layer = Layer.suspend(() => DinteroEmbedded.layer({ seed }))

// The id of a deleted customer is not given again, so there are many.
const ids = Array.from({ length: 60 }, (_, index) => `${index}/ä`)
const id = fc.constantFrom(...ids)
const name = fc.constantFrom("Ada", "Grace", "Alan")

const customerWrite: fc.Arbitrary<Write> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.tuple(id, name).map(
      ([customer_id, first_name]): Write =>
        ({ users }) =>
          users.create({ type: "customer", customer_id, first_name })
    )
  },
  { weight: 2, arbitrary: fc.constant<Write>(({ users }) => users.create({ type: "employee" })) },
  {
    // A contact brings the customers along that it acts for, whether or not they have changed.
    weight: 2,
    arbitrary: fc.array(id, { maxLength: 3 }).map(
      (linked): Write =>
        ({ users }) =>
          users.create({ type: "contact", contact_for: linked.map((customer_id) => ({ customer_id })) })
    )
  },
  {
    weight: 4,
    arbitrary: fc.tuple(id, name).map(
      ([customerId, first_name]): Write =>
        ({ users }) =>
          users.update(customerId, { first_name })
    )
  },
  {
    weight: 4,
    arbitrary: id.map(
      (customerId): Write =>
        ({ users }) =>
          users.delete(customerId)
    )
  },
  {
    weight: 2,
    arbitrary: fc.tuple(id, id).map(
      ([from, customer_id]): Write =>
        ({ users }) =>
          users.changeCustomerId(from, { customer_id })
    )
  }
)

const values = ["1", "2", "3", "4", "5", "6", "7", "8", "9"] as const
const value = fc.constantFrom(...values)

const tokenWrite: fc.Arbitrary<Write> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.tuple(value, fc.constantFrom("OPT_OUT", "OPT_IN")).map(
      ([value, status]): Write =>
        ({ tokens }) =>
          tokens.events.lookup({ token: { type: "card", value }, event: { event: "asked", status } })
    )
  },
  {
    weight: 2,
    arbitrary: value.map(
      (value): Write =>
        ({ tokens }) =>
          tokens.events.delete({ token: { type: "card", value }, event: { event: "wanted it" } })
    )
  },
  {
    weight: 1,
    arbitrary: value.map(
      (value): Write =>
        ({ tokens, users }) =>
          Effect.flatMap(users.create({ type: "customer" }), ({ customer_id }) =>
            tokens.create(customer_id, { type: "card", value }, { delete_token_events: true })
          )
    )
  }
)

const { count, note } = samples(5, 1)

describe("a copy that is kept by changes, killed at 50 random points", () => {
  for (let seed = 1; seed <= count; seed++) {
    const start = TestClock.setTime(Date.parse("2026-01-01T00:00:00Z"))

    it.effect(
      `has every customer as it is, and every deletion; seed ${seed}${note}`,
      (context) =>
        Effect.gen(function* () {
          yield* start
          const copy = yield* keepCopy(
            runsOf(customerWrite, seed),
            ({ users }, options) => users.changes(options),
            ({ customer_id, id = customer_id }) => id
          )
          const { users } = yield* Customers
          // A contact brings customers along that the list has anyway.
          const customers = new Map(
            Array.from(yield* Stream.runCollect(users.stream({ type: "any", include_deleted: true, limit: 100 })), (customer) => [
              customer.id ?? "",
              customer
            ])
          )
          const missing = [...customers].filter(([id, customer]) => JSON.stringify(copy.get(id)) !== JSON.stringify(customer))
          assert.deepStrictEqual(missing, [])
          assert.strictEqual(copy.size, customers.size)
          // Both have happened often.
          assert.isAbove(customers.size, 100)
          assert.isAbove([...customers.values()].filter(({ deleted_at }) => deleted_at !== undefined).length, 10)
          tell(context, { measured: `${missing.length} of ${copy.size} missing, killed ${kills} times` })
        }).pipe(Effect.provide(layer)),
      120_000
    )

    it.effect(
      `has the events of every token, and those that were deleted are gone; seed ${seed}${note}`,
      (context) =>
        Effect.gen(function* () {
          yield* start
          const copy = yield* keepCopy(
            runsOf(tokenWrite, seed),
            ({ tokens }, options) => tokens.events.changes(options),
            ({ id = "" }) => id
          )
          const { tokens } = yield* Customers
          for (const value of values) {
            const { events = [], id = "", status } = yield* tokens.events.lookup({ token: { type: "card", value } })
            const copied = copy.get(id)
            assert.deepStrictEqual(
              [JSON.stringify(copied?.events ?? []), copied?.status],
              [JSON.stringify(events), status],
              `card ${value}`
            )
          }
          tell(context, { measured: `0 of ${values.length} missing, killed ${kills} times` })
        }).pipe(Effect.provide(layer)),
      120_000
    )
  }
})
