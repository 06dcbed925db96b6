/**
 * The whole shop over the two APIs in this process: real passwords, codes, tokens and scopes, and no network but that to the shop.
 */
import { readFileSync } from "node:fs"
import { NodeHttpServer } from "@effect/platform-node"
import { assert, it } from "@effect/vitest"
import { ConfigProvider, Effect, Layer, Logger, LogLevel, Option, TestClock } from "effect"
import { Customers, Sessions, TokenStores } from "effect-dintero"
import { DinteroEmbedded, PasswordHashing, Seed } from "effect-dintero/embedded"
import { CustomerCopy } from "../src/CustomerCopy.js"
import { ShopLive } from "../src/Server.js"
import { NightlyLive, synchronise } from "../src/Synchronisation.js"
import * as Browser from "./Browser.js"

const seedText = readFileSync(new URL("../seed.json", import.meta.url), "utf8")

/** A system of its own for each test that provides it. `strict`: a call that Dintero does not have fails the test. */
const DinteroLive = Layer.unwrapEffect(
  Effect.map(Seed.parse(seedText), (seed) =>
    DinteroEmbedded.layer({ seed, passwordHashing: PasswordHashing.fastForTests, strict: true })
  )
)

const settings = ConfigProvider.fromMap(new Map([["TILL_KEY", "the-key"]]))

const TestLive = ShopLive.pipe(
  Layer.provideMerge(NodeHttpServer.layerTest),
  Layer.provideMerge(Sessions.layer()),
  Layer.provideMerge(DinteroLive),
  Layer.provide(TokenStores.layerMemory),
  Layer.provideMerge(Layer.scoped(CustomerCopy, CustomerCopy.make(":memory:"))),
  Layer.provide([Layer.setConfigProvider(settings), Logger.minimumLogLevel(LogLevel.None)])
)

const codeOf = (recipient: string) =>
  Effect.flatMap(DinteroEmbedded.Embedded, ({ outbox }) => Effect.map(outbox.awaitNext({ recipient }), ({ code }) => code ?? ""))

const signIn = (browser: Browser.Browser) =>
  Effect.gen(function* () {
    const first = yield* browser("POST", "/sign-in", { email: "ada@example.com", password: Browser.password })
    assert.strictEqual(first.status, 202)
    const second = yield* browser("POST", "/sign-in/code", { code: yield* codeOf("+4799999999") })
    assert.deepStrictEqual(second, { status: 200, body: { _tag: "Welcome" } })
  })

it.scopedLive("password, code, own data, sign-out", () =>
  Effect.gen(function* () {
    const browser = yield* Browser.open
    yield* signIn(browser)
    assert.deepStrictEqual((yield* browser("GET", "/me")).body, {
      customerId: "ada",
      email: "ada@example.com",
      firstName: "Ada",
      lastName: "Lovelace"
    })
    assert.deepInclude((yield* browser("PATCH", "/me", { firstName: "Augusta", lastName: null })).body, {
      firstName: "Augusta",
      lastName: null
    })
    // Another customer has this address.
    assert.deepStrictEqual(yield* browser("PATCH", "/me", { email: "bob@example.com" }), {
      status: 409,
      body: { _tag: "InUse", field: "email" }
    })
    assert.strictEqual((yield* browser("POST", "/sign-out")).status, 204)
    assert.strictEqual((yield* browser("GET", "/me")).status, 401)
  }).pipe(Effect.provide(TestLive))
)

it.scopedLive("a wrong code can be tried again, and another message can be asked for", () =>
  Effect.gen(function* () {
    const browser = yield* Browser.open
    yield* browser("POST", "/sign-in", { email: "ada@example.com", password: Browser.password })
    yield* codeOf("+4799999999")
    assert.deepStrictEqual(yield* browser("POST", "/sign-in/code", { code: "000000x" }), {
      status: 401,
      body: { _tag: "AnotherCode", triesLeft: 2 }
    })
    assert.strictEqual((yield* browser("POST", "/sign-in/resend", {})).status, 202)
    const code = yield* codeOf("+4799999999")
    assert.strictEqual((yield* browser("POST", "/sign-in/code", { code })).status, 200)
    // The login is over: its code opens nothing any more.
    assert.strictEqual((yield* browser("POST", "/sign-in/code", { code })).status, 401)
  }).pipe(Effect.provide(TestLive))
)

it.scopedLive("a customer signs one device out, and then all", () =>
  Effect.gen(function* () {
    const [phone, laptop] = [yield* Browser.open, yield* Browser.open]
    yield* signIn(phone)
    yield* signIn(laptop)
    const devices = (yield* laptop("GET", "/devices")).body as ReadonlyArray<{ handle: string; isThis: boolean }>
    assert.deepStrictEqual(
      devices.map(({ isThis }) => isThis),
      [true, false]
    )
    const other = devices.find(({ isThis }) => !isThis)?.handle
    assert.strictEqual((yield* laptop("DELETE", `/devices/${other}`)).status, 204)
    assert.strictEqual((yield* laptop("DELETE", `/devices/${other}`)).status, 404)
    assert.strictEqual((yield* phone("GET", "/me")).status, 401)
    assert.deepStrictEqual((yield* laptop("DELETE", "/devices")).body, { ended: 1 })
    assert.strictEqual((yield* laptop("GET", "/me")).status, 401)
  }).pipe(Effect.provide(TestLive))
)

it.scopedLive("a day later the customer is still signed in", () =>
  Effect.gen(function* () {
    const browser = yield* Browser.open
    yield* signIn(browser)
    const { clock } = yield* DinteroEmbedded.Embedded
    yield* clock.advance("24 hours")
    assert.strictEqual((yield* browser("GET", "/me")).status, 200)
  }).pipe(Effect.provide(TestLive))
)

it.scopedLive("a consent reaches the copy, and so does a deletion", () =>
  Effect.gen(function* () {
    const browser = yield* Browser.open
    const copy = yield* CustomerCopy
    assert.strictEqual(yield* synchronise, 2)
    assert.deepStrictEqual(yield* copy.mailingList, [])
    yield* signIn(browser)
    assert.deepStrictEqual((yield* browser("PATCH", "/me/consents", { email: true })).body, { email: true, sms: false })
    assert.strictEqual(yield* synchronise, 1)
    assert.deepStrictEqual(yield* copy.mailingList, ["ada@example.com"])
    const customers = yield* Customers
    yield* customers.users.delete("ada")
    assert.strictEqual(yield* synchronise, 1)
    assert.deepStrictEqual(yield* copy.mailingList, [])
    assert.strictEqual(yield* synchronise, 0)
  }).pipe(Effect.provide(TestLive))
)

it.scopedLive("a receipt finds the customer of a card, and is written down with it", () =>
  Effect.gen(function* () {
    const receipt = (value: string) =>
      Effect.flatMap(Browser.openWith({ authorization: "Bearer the-key" }), (till) =>
        till("POST", "/receipts", { receiptId: "r-1", token: { type: "card", value }, amount: 9900 })
      )
    assert.deepStrictEqual((yield* receipt("card-of-ada")).body, { customer: { customerId: "ada", firstName: "Ada" } })
    assert.deepStrictEqual((yield* receipt("a card that nobody knows")).body, { customer: null })
    const customers = yield* Customers
    const { events } = yield* customers.tokens.events.lookup({ token: { type: "card", value: "card-of-ada" } })
    assert.deepStrictEqual(
      events?.map(({ metadata }) => metadata),
      [{ receipt_id: "r-1", amount: 9900 }]
    )
  }).pipe(Effect.provide(TestLive))
)

it.effect("every night at three the copy is brought up to date, also after a night without Dintero", () =>
  Effect.gen(function* () {
    const { faults } = yield* DinteroEmbedded.Embedded
    const copy = yield* CustomerCopy
    yield* faults.add({ match: { operation: "customers.users.list", times: 1 }, fault: { kind: "status", status: 403 } })
    yield* TestClock.adjust("4 hours")
    assert.isTrue(Option.isNone(yield* copy.checkpoint))
    yield* TestClock.adjust("24 hours")
    assert.isTrue(Option.isSome(yield* copy.checkpoint))
  }).pipe(
    Effect.provide(
      NightlyLive.pipe(
        Layer.provideMerge(Layer.merge(DinteroLive, Layer.scoped(CustomerCopy, CustomerCopy.make(":memory:")))),
        Layer.provide(Layer.setConfigProvider(settings))
      )
    )
  )
)
