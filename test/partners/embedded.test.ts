/**
 * The flows of the client against the embedded system, whose answers they do not know.
 */
import { HttpClient } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Layer, Redacted } from "effect"
import { Account, Audience, Auth, Customers, Dintero, Mfa, Partner, Passwordless, RetryPolicy } from "effect-dintero"
import { DinteroEmbedded, PasswordHashing, type Seed } from "effect-dintero/embedded"

const partner = "T11200000"
const merchants = ["T20000001", "T20000002"]
const stranger = "T20000003"

const client = {
  client_id: "shop",
  client_secret: "secret-of-the-shop",
  grants: [
    { type: "client_credentials", scope: ["admin:accounts", "admin:customers"] },
    { type: "authorization_code", scope: ["user:customers"] },
    { type: "password", scope: ["user:customers"] }
  ]
} as const

const ada = { customer_id: "ada", email: "ada@example.com", phone_number: "+4799999999", password: "correct horse" }

const seed: Seed.Seed = {
  accounts: [
    { account_id: partner, clients: [client] },
    ...merchants.map((account_id) => ({ account_id, partner, clients: [client], customers: [ada] })),
    { account_id: stranger }
  ]
}

const options = { clientId: client.client_id, clientSecret: Redacted.make(client.client_secret), retry: RetryPolicy.none }

const world = Effect.gen(function* () {
  const system = yield* DinteroEmbedded.make({ seed, passwordHashing: PasswordHashing.fastForTests })
  const transport = Layer.succeed(HttpClient.HttpClient, system.httpClient)
  const nextCode = Effect.map(system.outbox.awaitNext({}), ({ code }) => Redacted.make(code ?? ""))
  return { system, transport, nextCode }
})

describe("Partner against the embedded system", () => {
  for (const audience of ["partner", "merchant"] as const) {
    it.scopedLive(`acts on the accounts of its merchants, and on no other, with the audience of the ${audience}`, () =>
      Effect.gen(function* () {
        const { transport } = yield* world
        yield* Effect.gen(function* () {
          const customers = yield* Customers
          for (const merchant of merchants) {
            const created = yield* customers.users
              .create({ type: "customer", email: "bob@example.com" })
              .pipe(Account.with(merchant))
            const found = yield* customers.users.get(created.customer_id).pipe(Account.with(merchant))
            assert.strictEqual(found.email, "bob@example.com")
          }
          assert.strictEqual((yield* Effect.flip(customers.users.get("ada")))._tag, "NotFound")
          const error = yield* Effect.flip(Account.with(customers.settings.get(), stranger))
          assert.strictEqual(error.request.operation, "auth.exchangeToken")
          assert.include(["Forbidden", "BadRequest"], error._tag)
        }).pipe(Effect.provide(Partner.layer({ ...options, accountId: partner, audience }).pipe(Layer.provide(transport))))
      })
    )
  }
})

const [shop = ""] = merchants

const shopOf = (transport: Layer.Layer<HttpClient.HttpClient>) =>
  Dintero.layer({ ...options, accountId: shop }).pipe(Layer.provide(transport))

describe("Passwordless against the embedded system", () => {
  it.scopedLive("sends one code over both connections, and redeems it after a wrong one", () =>
    Effect.gen(function* () {
      const { nextCode, transport } = yield* world
      yield* Effect.gen(function* () {
        const login = yield* Passwordless.begin({
          connection: "email",
          email: ada.email,
          clientId: client.client_id,
          audience: Audience.account(shop)
        })
        const first = yield* nextCode
        yield* Passwordless.resend(login, "sms")
        const second = yield* nextCode
        assert.strictEqual(Redacted.value(second), Redacted.value(first))
        const error = yield* Effect.flip(Passwordless.redeem(login, Redacted.make("wrong")))
        assert.include(["CredentialsRefused", "CodeRefused"], error._tag)
        assert.strictEqual((yield* Passwordless.redeem(login, second)).token_type, "Bearer")
      }).pipe(Effect.provide(shopOf(transport)))
    })
  )
})

describe("Mfa against the embedded system", () => {
  it.scopedLive("recovers a login with two codes over different channels", () =>
    Effect.gen(function* () {
      const { nextCode, system, transport } = yield* world
      const services = yield* Layer.build(shopOf(transport))
      const auth = Context.get(services, Auth)
      yield* auth.users.create({
        username: "grace",
        password: Redacted.make("correct horse battery"),
        links: [
          { rel: "phone_number", href: "tel:+4798765432" },
          { rel: "email", href: "mailto:grace@example.com" }
        ],
        mfa: { challenge_type: "oob", oob_channels: ["sms", "email"] }
      })
      const recovery = yield* auth.mfa.recovery({
        challenge_type: "oob",
        username: "grace",
        audience: Audience.account(shop),
        oob_channel: "sms"
      })
      const session = yield* Mfa.complete(recovery, { channel: "sms", askCode: () => nextCode }).pipe(Effect.provide(services))
      assert.strictEqual(session.token_type, "Bearer")
      const channels = (yield* system.outbox.list()).map(({ channel }) => channel)
      assert.sameMembers([...channels], ["sms", "email"])
    })
  )
})
