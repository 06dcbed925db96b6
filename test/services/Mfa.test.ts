import { inspect } from "node:util"
import { HttpClient } from "@effect/platform"
import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import { Cause, Deferred, Effect, Exit, Fiber, Layer, Redacted } from "effect"
import type { AccessToken, AuthChallenge, AuthService, ChallengeResponse, Input, RecoveryResponse } from "effect-dintero"
import {
  type Auth,
  CredentialsRefused,
  Customers,
  Dintero,
  Forbidden,
  Mfa,
  MfaRequired,
  NotFound,
  RetryPolicy,
  TooManyAttempts
} from "effect-dintero"
import { DinteroEmbedded } from "effect-dintero/embedded"
import { account, audience, client } from "../embedded/Api.js"
import { start } from "../embedded/rooms/logins/MfaSystem.js"

const requiredBy = (token: string) => MfaRequired.forTest({ mfaToken: Redacted.make(token) })
const refused = CredentialsRefused.forTest()
const session: AccessToken = { access_token: Redacted.make("session"), token_type: "Bearer", expires_in: 60 }

/** A server that accepts one code, and the requests that it got. */
type Given = Parameters<AuthService["token"]>[0]

const serverWith = (right: string, redeem?: (grant: Given) => ReturnType<AuthService["token"]>) => {
  const challenges: Array<Input<AuthChallenge>> = []
  const grants: Array<Given> = []
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
        if (error._tag !== "TooManyAttempts") return assert.fail(error._tag)
        assert.deepStrictEqual([error.reason, error.message, error.code], ["tries", refused.message, refused.code])
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

  for (const [asked, second] of [
    ["sms", "email"],
    ["email", "sms"],
    [undefined, undefined]
  ] as const) {
    it.effect(
      `of a recovery over ${asked ?? "the server's channel"} asks for the second code over ${second ?? "the same"}`,
      () => {
        let rounds = 0
        const server = serverWith("", () => (++rounds === 1 ? requiredBy("second") : Effect.succeed(session)))
        const recovery: RecoveryResponse = { mfa_token: Redacted.make("first"), oob_code: Redacted.make("oob-of-recovery") }
        return Effect.gen(function* () {
          assert.strictEqual(yield* Mfa.complete(recovery, { ...answering("1"), channel: asked }), session)
          assert.deepStrictEqual(
            server.challenges.map(({ mfa_token, oob_channel }) => [Redacted.value(mfa_token), oob_channel]),
            [["second", second]]
          )
          const redeemed = server.grants.map((grant) =>
            grant.grant_type === "mfa_oob" ? [grant.mfa_token, grant.oob_code].map((secret) => Redacted.value(secret)) : []
          )
          assert.deepStrictEqual(redeemed, [
            ["first", "oob-of-recovery"],
            ["second", "oob-1"]
          ])
        }).pipe(Effect.provide(server.layer))
      }
    )
  }

  it.effect("of a recovery whose first code was sent again over another channel asks for the second over the first one", () => {
    let rounds = 0
    const server = serverWith("", () => (++rounds === 1 ? requiredBy("second") : Effect.succeed(session)))
    const recovery: RecoveryResponse = { mfa_token: Redacted.make("first"), oob_code: Redacted.make("oob-of-recovery") }
    const answers = [Mfa.sendAgain("email"), Redacted.make("1"), Redacted.make("2")]
    return Effect.gen(function* () {
      const askCode = () => Effect.sync(() => answers.shift() ?? assert.fail("asked too often"))
      assert.strictEqual(yield* Mfa.complete(recovery, { askCode, channel: "sms" }), session)
      assert.deepStrictEqual(
        server.challenges.map(({ mfa_token, oob_channel }) => [Redacted.value(mfa_token), oob_channel]),
        [
          ["first", "email"],
          ["second", "sms"]
        ]
      )
    }).pipe(Effect.provide(server.layer))
  })

  it.effect("sends another message when the person wants one, and counts the tries of each message", () => {
    const server = serverWith("123456")
    const answers = [
      Redacted.make("1"),
      Redacted.make("2"),
      Mfa.sendAgain("sms"),
      Redacted.make("3"),
      Mfa.sendAgain(),
      Redacted.make("123456")
    ]
    const asked: Array<readonly [string, number]> = []
    const askCode = ({ oob_code }: ChallengeResponse, attempt: number) =>
      Effect.sync(() => {
        asked.push([Redacted.value(oob_code), attempt])
        return answers.shift() ?? assert.fail("asked too often")
      })
    return Effect.gen(function* () {
      assert.strictEqual(yield* Mfa.complete(requiredBy("m"), { askCode, channel: "email" }), session)
      assert.deepStrictEqual(
        server.challenges.map(({ oob_channel }) => oob_channel),
        ["email", "sms", "sms"]
      )
      assert.deepStrictEqual(asked, [
        ["oob-1", 1],
        ["oob-1", 2],
        ["oob-1", 3],
        ["oob-2", 1],
        ["oob-2", 2],
        ["oob-3", 1]
      ])
    }).pipe(Effect.provide(server.layer))
  })

  for (const [said, tag, asked] of [
    [{ message: "The code has expired" }, "CodeExpired", 1],
    [{ code: "EXPIRED_CODE", message: "FORBIDDEN" }, "CodeExpired", 1],
    [{ code: "CodeExpired", message: "no" }, "CodeExpired", 1],
    [{ message: "Too many attempts" }, "TooManyAttempts refused", 1],
    [{ code: "MAX_ATTEMPTS", message: "FORBIDDEN" }, "TooManyAttempts refused", 1],
    [{ message: "no", errors: [{ description: "attempts exceeded" }] }, "TooManyAttempts refused", 1],
    [{ message: "Wrong code" }, "TooManyAttempts tries", 3],
    [{ message: "FORBIDDEN" }, "TooManyAttempts tries", 3],
    // Nothing that a person could not be asked about once more.
    [{ message: "The code is wrong or has expired" }, "TooManyAttempts tries", 3],
    [{ message: "The mfa_token has expired" }, "TooManyAttempts tries", 3],
    [{ message: "Session expired" }, "TooManyAttempts tries", 3]
  ] as const) {
    it.effect(`ends in ${tag} after ${asked} codes when the server says ${JSON.stringify(said)}`, () => {
      const server = serverWith("", () => new CredentialsRefused({ request: refused.request, ...said }))
      const person = answering()
      return Effect.gen(function* () {
        const error = yield* Effect.flip(Mfa.complete(requiredBy("m"), person))
        assert.strictEqual(`${error._tag}${error._tag === "TooManyAttempts" ? ` ${error.reason}` : ""}`, tag)
        assert.strictEqual(error.message, said.message)
        assert.lengthOf(person.attempts, asked)
      }).pipe(Effect.provide(server.layer))
    })
  }

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
      | "CodeExpired"
      | "TooManyAttempts"
    >()
    const login = Effect.flatMap(Customers, (customers) =>
      customers.password.login({ type: "customer", email: "", audience: "", password: Redacted.make("") })
    ).pipe(Effect.catchTag("MfaRequired", Mfa.complete({ askCode })))
    expectTypeOf<Effect.Effect.Error<typeof login>>().toEqualTypeOf<Mfa.CompleteError | CredentialsRefused | Gone>()
    expectTypeOf<Effect.Effect.Context<typeof login>>().toEqualTypeOf<Customers | Auth | Screen>()
  })
})

describe("Mfa.redeem", () => {
  const secrets = { oobCode: Redacted.make("oob"), mfaToken: Redacted.make("m"), code: Redacted.make("123456") }

  it.effect("redeems one code", () => {
    const server = serverWith("123456")
    return Effect.gen(function* () {
      assert.strictEqual(yield* Mfa.redeem(secrets), session)
      const [grant] = server.grants
      if (grant?.grant_type !== "mfa_oob") return assert.fail("another grant")
      assert.deepStrictEqual(
        [grant.mfa_token, grant.oob_code, grant.binding_code].map((secret) => Redacted.value(secret)),
        ["m", "oob", "123456"]
      )
    }).pipe(Effect.provide(server.layer))
  })

  it.effect("says why a code was refused where the answer does", () =>
    Effect.gen(function* () {
      for (const [message, tag] of [
        ["Invalid code", "CodeRefused"],
        ["The code does not match", "CodeRefused"],
        ["The code is no longer valid", "CodeExpired"],
        ["No more attempts", "TooManyAttempts"],
        ["FORBIDDEN", "CredentialsRefused"],
        ["Invalid token", "CredentialsRefused"],
        ["decode error", "CredentialsRefused"]
      ] as const) {
        const server = serverWith("", () => CredentialsRefused.forTest({ message }))
        const error = yield* Effect.flip(Effect.provide(Mfa.redeem(secrets), server.layer))
        assert.deepStrictEqual([error._tag, error.message, error.request.operation], [tag, message, refused.request.operation])
      }
    })
  )

  it.effect("gives every other error as it is, whatever its words are", () =>
    Effect.gen(function* () {
      for (const error of [Forbidden.forTest({ message: "wrong code" }), requiredBy("second")]) {
        const server = serverWith("", () => error)
        assert.strictEqual(yield* Effect.flip(Effect.provide(Mfa.redeem(secrets), server.layer)), error)
      }
    })
  )
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
      assert.instanceOf(errors[0], TooManyAttempts)
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
