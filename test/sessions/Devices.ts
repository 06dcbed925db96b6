/**
 * The devices of many customers in many processes, measured.
 */
import { FetchHttpClient } from "@effect/platform"
import { Effect, Layer, Redacted, Schema } from "effect"
import { Customers, Sessions, TokenStore } from "effect-dintero"
import type { Seed } from "effect-dintero/embedded"
import { open } from "../stores/Stores.js"
import { type Command, Ends, type Setup } from "./DeviceWorker.js"
import { type Rotation, serve, spawned } from "./Shared.js"
import { audience, client, password, seed } from "./System.js"

export interface Sizes {
  readonly processes: number
  readonly customers: number
  readonly devices: number
}

export interface Figures {
  /** How often each thing ended how, in all processes. */
  readonly ends: { readonly [end: string]: number }
  readonly refreshes: number
  readonly refused: number
  readonly millis: number
}

const idOf = (index: number) => `customer-${index}`

const withCustomers = (count: number): Seed.Seed => ({
  accounts: seed.accounts.map((account) => ({
    ...account,
    customers: Array.from({ length: count }, (_, index) => ({
      customer_id: idOf(index),
      email: `${idOf(index)}@example.com`,
      password: Redacted.value(password)
    }))
  }))
})

/** Signs all devices in, and returns the ids of their sessions. */
const signIn = (setup: Pick<Setup, "url" | "kind" | "place">, { customers: count, devices }: Sizes) =>
  Effect.gen(function* () {
    const store = yield* open(setup.kind, setup.place)
    return yield* Effect.gen(function* () {
      const customers = yield* Customers
      const sessions = yield* Sessions
      return yield* Effect.forEach(
        Array.from({ length: count }, (_, index) => idOf(index)),
        (customerId) =>
          Effect.gen(function* () {
            const ids: Array<string> = []
            for (let device = 0; device < devices; device++) {
              const login = yield* customers.password.login({
                type: "customer",
                email: `${customerId}@example.com`,
                password,
                audience
              })
              const { id } = yield* Effect.scoped(sessions.start(login, { label: `device ${device}` }))
              ids.push(Redacted.value(id))
            }
            return { customerId, ids }
          }),
        { concurrency: 4 }
      )
    }).pipe(
      Effect.provide(
        Sessions.layer().pipe(
          Layer.provideMerge(client({ baseUrl: `${setup.url}/v1` })),
          Layer.provide(Layer.succeed(TokenStore, store)),
          Layer.provide(FetchHttpClient.layer)
        )
      )
    )
  }).pipe(Effect.scoped)

/** Each customer signs out on the first device, while all processes renew the tokens of the others. */
export const signOuts = (kind: Setup["kind"], place: string, rotation: Rotation, sizes: Sizes) =>
  Effect.gen(function* () {
    const startedAt = performance.now()
    const { journal, url } = yield* serve(rotation, withCustomers(sizes.customers))
    const customers = yield* signIn({ url, kind, place }, sizes)
    const all = yield* Effect.all(Array.from({ length: sizes.processes }, () => spawned("./DeviceWorker.ts")))
    for (const [index, { send, told }] of all.entries()) {
      send({ url, kind, place, rotation, index, processes: sizes.processes, customers } satisfies Setup)
      yield* told
    }
    const ends: Record<string, number> = {}
    let refreshes = 0
    let refused = 0
    for (const command of ["refresh all", "sign out and refresh", "refresh all", "check"] satisfies ReadonlyArray<Command>) {
      yield* journal.clear
      for (const { send } of all) send(command)
      const told = yield* Effect.all(
        all.map(({ told }) => told),
        { concurrency: "unbounded" }
      )
      for (const text of told) {
        for (const [end, count] of Object.entries(yield* Schema.decode(Ends)(text))) ends[end] = (ends[end] ?? 0) + count
      }
      const tokens = yield* journal.list({ operation: "auth.token" })
      refreshes += tokens.length
      refused += tokens.filter(({ status }) => status !== 200).length
    }
    return { ends, refreshes, refused, millis: performance.now() - startedAt } satisfies Figures
  }).pipe(Effect.scoped)
