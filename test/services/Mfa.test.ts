import { inspect } from "node:util"
import { HttpClient } from "@effect/platform"
import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import { Cause, Deferred, Effect, Exit, Fiber, Layer, Redacted } from "effect"
import type { AccessToken, AuthChallenge, AuthToken, Input } from "effect-dintero"
import {
  type Auth,
  CredentialsRefused,
  Customers,
  Dintero,
  Mfa,
  MfaRequired,
  NotFound,
  RetryPolicy,
  SessionExpired
} from "effect-dintero"
import { DinteroEmbedded } from "effect-dintero/embedded"
import { account, audience, client } from "../embedded/Api.js"
import { start } from "../embedded/rooms/logins/MfaSystem.js"

const requiredBy = (token: string) => MfaRequired.forTest({ mfaToken: Redacted.make(token) })
const refused = CredentialsRefused.forTest()
const session: AccessToken = { access_token: Redacted.make("session"), token_type: "Bearer", expires_in: 60 }

/** A server that accepts one code, and the requests that it got. */
const serverWith = (right: string, redeem?: (grant: AuthToken) => ReturnType<Auth["Type"]["token"]>) => {
  const challenges: Array<Input<AuthChallenge>> = []
  const grants: Array<AuthToken> = []
  const layer = Dintero.layerTest({
    auth: {
      mfa: {
        challenge: (challenge) =>
          Effect.sync(() => {
            challenges.push(challenge)
            return { oob_code: Redacted.make(`oob-${challenges.length}`) }
          })
      },
      token: (grant) =>
        Effect.suspend(() => {
          grants.push(grant)
          if (redeem !== undefined) return redeem(grant)
          return grant.grant_type === "mfa_oob" && Redacted.value(grant.binding_code) === right
            ? Effect.succeed(session)
            : refused
        })
    }
  })
  return { layer, challenges, grants }
}

/** A person who gives these codes, one after the other. */
const answering = (...codes: ReadonlyArray<string>) => {
  const attempts: Array<number> = []
  return {
    attempts,
    askCode: (_: unknown, attempt: number) =>
      Effect.sync(() => {
        attempts.push(attempt)
        return Redacted.make(codes[attempt - 1] ?? "none left")
      })
  }
}

describe("Mfa.complete", () => {
  it.effect("has a code sent, asks a person for it, and redeems it for a session", () => {
    const server = serverWith("123456")
    const person = answering("123456")
    return Effect.gen(function* () {
      assert.strictEqual(yield* Mfa.complete(requiredBy("m"), { askCode: person.askCode, channel: "email" }), session)
      const [challenge, ...more] = server.challenges
      assert.deepStrictEqual(more, [])
      assert.deepStrictEqual([challenge?.challenge_type, challenge?.oob_channel], ["oob", "email"])
      assert.strictEqual(Redacted.value(challenge?.mfa_token ?? Redacted.make("")), "m")
      const [grant] = server.grants
      if (grant?.grant_type !== "mfa_oob") return assert.fail("another grant")
      assert.deepStrictEqual(
        [grant.mfa_token, grant.oob_code, grant.binding_code].map((secret) => Redacted.value(secret)),
        ["m", "oob-1", "123456"]
      )
    }).pipe(Effect.provide(server.layer))
  })

  it.effect("asks again after a wrong code, for the same challenge, up to the number of tries", () =>
    Effect.gen(function* () {
      for (const [tries, asked] of [
        [undefined, 3],
        [1, 1],
        [5, 5]
      ] as const) {
        const server = serverWith("123456")
        const person = answering()
        const error = yield* Effect.flip(Mfa.complete(requiredBy("m"), { askCode: person.askCode, tries })).pipe(
          Effect.provide(server.layer)
        )
        assert.strictEqual(error, refused)
        assert.deepStrictEqual(
          person.attempts,
          Array.from({ length: asked }, (_, index) => index + 1)
        )
        assert.lengthOf(server.challenges, 1)
        assert.notProperty(server.challenges[0], "oob_channel")
      }
      const server = serverWith("123456")
      const last = Mfa.complete(requiredBy("m"), answering("1", "2", "123456"))
      assert.strictEqual(yield* Effect.provide(last, server.layer), session)
    })
  )

  it.effect("a number of tries that is not allowed is a defect, and nothing is sent", () =>
    Effect.gen(function* () {
      for (const tries of [0, 6, 1.5, Number.NaN]) {
        const server = serverWith("123456")
        const exit = yield* Effect.exit(Mfa.complete(requiredBy("m"), { ...answering(), tries })).pipe(
          Effect.provide(server.layer)
        )
        assert.isTrue(Exit.isFailure(exit) && Cause.isDie(exit.cause))
        assert.lengthOf(server.challenges, 0)
      }
    })
  )

  it.effect("continues with the new mfa_token, over the server's own channel, when a second factor is needed", () => {
    let rounds = 0
    const server = serverWith("", () => (++rounds === 1 ? requiredBy("second") : Effect.succeed(session)))
    return Effect.gen(function* () {
      assert.strictEqual(yield* Mfa.complete(requiredBy("first"), { ...answering("1"), channel: "email" }), session)
      assert.deepStrictEqual(
        server.challenges.map(({ mfa_token, oob_channel }) => [Redacted.value(mfa_token), oob_channel]),
        [
          ["first", "email"],
          ["second", undefined]
        ]
      )
    }).pipe(Effect.provide(server.layer))
  })

  it.effect("of a recovery first asks for the code that was sent when it began, and sends no other for it", () => {
    let rounds = 0
    const server = serverWith("", () => (++rounds === 1 ? requiredBy("second") : Effect.succeed(session)))
    const recovery = {
      links: [],
      mfa_token: Redacted.make("first"),
      oob_code: Redacted.make("oob-of-recovery"),
      challenge_type: "oob"
    } as const
    return Effect.gen(function* () {
      assert.strictEqual(yield* Mfa.complete(recovery, answering("1")), session)
      assert.deepStrictEqual(
        server.challenges.map(({ mfa_token }) => Redacted.value(mfa_token)),
        ["second"]
      )
      const redeemed = server.grants.map((grant) =>
        grant.grant_type === "mfa_oob" ? [grant.mfa_token, grant.oob_code].map((secret) => Redacted.value(secret)) : []
      )
      assert.deepStrictEqual(redeemed, [
        ["first", "oob-of-recovery"],
        ["second", "oob-1"]
      ])
    }).pipe(Effect.provide(server.layer))
  })

  it.effect("does not handle an error of askCode, even one with a tag of this package", () => {
    const server = serverWith("123456")
    return Effect.gen(function* () {
      assert.strictEqual(yield* Effect.flip(Mfa.complete(requiredBy("m"), { askCode: () => Effect.fail("gone") })), "gone")
      const own = CredentialsRefused.forTest({ message: "own" })
      let asked = 0
      const error = yield* Effect.flip(
        Mfa.complete(requiredBy("m"), {
          askCode: () =>
            Effect.zipRight(
              Effect.sync(() => asked++),
              own
            )
        })
      )
      assert.strictEqual(error, own)
      assert.strictEqual(asked, 1)
      assert.lengthOf(server.grants, 0)
    }).pipe(Effect.provide(server.layer))
  })

  it.effect("a SessionExpired of the grant becomes CredentialsRefused", () => {
    const server = serverWith("", () => SessionExpired.forTest({ message: "over", code: "X" }))
    return Effect.gen(function* () {
      const error = yield* Effect.flip(Mfa.complete(requiredBy("m"), answering("1")))
      if (error._tag !== "CredentialsRefused") return assert.fail(error._tag)
      assert.deepStrictEqual([error.message, error.code], ["over", "X"])
    }).pipe(Effect.provide(server.layer))
  })

  it.effect("can be interrupted while a person is asked", () => {
    const server = serverWith("123456")
    return Effect.gen(function* () {
      const asked = yield* Deferred.make<void>()
      const askCode = () => Effect.zipRight(Deferred.succeed(asked, undefined), Effect.never)
      const fiber = yield* Effect.fork(Mfa.complete(requiredBy("m"), { askCode }))
      yield* Deferred.await(asked)
      const exit = yield* Fiber.interrupt(fiber)
      assert.isTrue(Exit.isInterrupted(exit))
      assert.lengthOf(server.grants, 0)
    }).pipe(Effect.provide(server.layer))
  })

  it("has exactly its errors and requirements in both forms, and removes MfaRequired", () => {
    class Gone {
      readonly _tag = "Gone"
    }
    class Screen {
      readonly screen = true
    }
    const askCode = (): Effect.Effect<Redacted.Redacted, Gone, Screen> => Effect.never
    type Expected = Effect.Effect<AccessToken, Mfa.CompleteError | Gone, Auth | Screen>
    expectTypeOf(Mfa.complete(requiredBy("m"), { askCode })).toEqualTypeOf<Expected>()
    expectTypeOf(Mfa.complete({ askCode })(requiredBy("m"))).toEqualTypeOf<Expected>()
    expectTypeOf<Mfa.CompleteError["_tag"]>().toEqualTypeOf<
      | "BadRequest"
      | "Unauthorized"
      | "TokenExpired"
      | "Forbidden"
      | "RateLimited"
      | "ServerError"
      | "InvalidResponse"
      | "UnexpectedStatus"
      | "TransportError"
      | "InvalidRequest"
      | "NotFound"
      | "CredentialsRefused"
    >()
    const login = Effect.flatMap(Customers, (customers) =>
      customers.password.login({ type: "customer", email: "", audience: "", password: Redacted.make("") })
    ).pipe(Effect.catchTag("MfaRequired", Mfa.complete({ askCode })))
    expectTypeOf<Effect.Effect.Error<typeof login>>().toEqualTypeOf<Mfa.CompleteError | Gone>()
    expectTypeOf<Effect.Effect.Context<typeof login>>().toEqualTypeOf<Customers | Auth | Screen>()
  })
})

describe("Mfa.complete against the embedded system", () => {
  const person = { customer_id: "ada", email: "ada@example.com", phone_number: "+4799999999", password: "1234" }
  const channel = { challenge_type: "oob", oob_channel: "sms" } as const
  const seed = {
    accounts: [
      {
        account_id: account,
        settings: { users: { mfa: { enabled: true, login: channel, login_recovery: channel } } },
        clients: [client],
        customers: [person]
      }
    ]
  }
  const who = { type: "customer", audience } as const

  const begun = Effect.gen(function* () {
    const system = yield* start(seed)
    const layer = Dintero.layer({
      accountId: account,
      clientId: client.client_id,
      clientSecret: Redacted.make(client.client_secret),
      retry: RetryPolicy.none
    }).pipe(Layer.provide(Layer.succeed(HttpClient.HttpClient, system.httpClient)))
    const readCode = Effect.map(system.outbox.awaitNext({ recipient: person.phone_number }), ({ code }) =>
      Redacted.make(code ?? "")
    )
    return { system, layer, readCode }
  })

  it.scopedLive("gets a session after a login, by catchTag", () =>
    Effect.gen(function* () {
      const { layer, readCode } = yield* begun
      const session = Effect.flatMap(Customers, (customers) =>
        customers.password.login({ ...who, email: person.email, password: Redacted.make(person.password) })
      ).pipe(Effect.catchTag("MfaRequired", Mfa.complete({ askCode: () => readCode })), Effect.provide(layer))
      assert.isTrue(Redacted.isRedacted((yield* session).refresh_token))
    })
  )

  it.scopedLive("gets a session after mfaLogin and a wrong code", () =>
    Effect.gen(function* () {
      const { layer, readCode } = yield* begun
      const session = yield* Effect.gen(function* () {
        const customers = yield* Customers
        const challenge = yield* customers.password.mfaLogin({
          ...who,
          ident_type: "email",
          ident: person.email,
          secret: Redacted.make(person.password)
        })
        return yield* Mfa.complete(challenge, {
          askCode: (_, attempt) => (attempt === 1 ? Effect.succeed(Redacted.make("wrong")) : readCode)
        })
      }).pipe(Effect.provide(layer))
      assert.strictEqual(session.expires_in, 14_400)
    })
  )

  it.scopedLive("shows no secret in its errors", () =>
    Effect.gen(function* () {
      const { layer, system } = yield* begun
      const secrets = ["wrong-code-of-ada"]
      const errors = yield* Effect.gen(function* () {
        const customers = yield* Customers
        const required = yield* Effect.flip(
          customers.password.login({ ...who, email: person.email, password: Redacted.make(person.password) })
        )
        if (required._tag !== "MfaRequired") return assert.fail(required._tag)
        secrets.push(Redacted.value(required.mfaToken))
        const askCode = () => Effect.succeed(Redacted.make("wrong-code-of-ada"))
        const refused = yield* Effect.flip(Mfa.complete(required, { askCode }))
        const unknown = yield* Effect.flip(Mfa.complete(requiredBy("a-token-of-nobody"), { askCode }))
        return [refused, unknown]
      }).pipe(Effect.provide(layer))
      secrets.push("a-token-of-nobody")
      assert.instanceOf(errors[0], CredentialsRefused)
      assert.instanceOf(errors[1], NotFound)
      const [message] = yield* system.outbox.list()
      secrets.push(message?.code ?? assert.fail("no code was sent"))
      const shown = errors.map((error) => `${inspect(error, { depth: 20 })} ${JSON.stringify(error)} ${error.stack}`).join("\n")
      for (const secret of secrets) assert.notInclude(shown, secret)
    })
  )

  it.scopedLive("works with the demo seed", () =>
    Effect.gen(function* () {
      const system = yield* start(DinteroEmbedded.demoSeed)
      const { client_id, client_secret } = DinteroEmbedded.demoSeed.accounts[0].clients[0]
      const layer = Dintero.layer({
        accountId: account,
        clientId: client_id,
        clientSecret: Redacted.make(client_secret)
      }).pipe(Layer.provide(Layer.succeed(HttpClient.HttpClient, system.httpClient)))
      const session = yield* Effect.gen(function* () {
        const customers = yield* Customers
        const challenge = yield* customers.password.mfaLogin({
          ...who,
          ident_type: "email",
          ident: "ada@example.com",
          secret: Redacted.make(DinteroEmbedded.demoPassword)
        })
        return yield* Mfa.complete(challenge, {
          channel: "email",
          askCode: () => Effect.map(system.outbox.awaitNext({ channel: "email" }), ({ code }) => Redacted.make(code ?? ""))
        })
      }).pipe(Effect.provide(layer))
      assert.isTrue(Redacted.isRedacted(session.access_token))
    })
  )
})
