/**
 * The operations of a signed-in account user. The documentation says 201 for a change that is "accepted", and does not say whether 202 is meant.
 */
import { FetchHttpClient } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted } from "effect"
import { Auth, Dintero, RetryPolicy } from "effect-dintero"
import { UndiciTransport } from "effect-dintero/undici"
import { accountUsers } from "../operations/accountUsers.js"
import * as Scripted from "../utils/ScriptedServer.js"

const own = Effect.map(Auth, ({ accountUsers }) => accountUsers.own)

const passwords = { previous_password: Redacted.make("the old one"), proposed_password: Redacted.make("the new one") }

const transports = { fetch: FetchHttpClient.layer, undici: UndiciTransport.layer } as const

for (const [transport, http] of Object.entries(transports)) {
  /** A layer with the token of an account user, whose server gives this answer. */
  const answering = (answer: Scripted.Answer) =>
    Effect.map(Scripted.make({ resource: answer }), (server) => ({
      server,
      layer: Dintero.layerFixedToken({
        accountId: "T12345678",
        token: Redacted.make("the-token-of-an-account-user"),
        baseUrl: `${server.origin}/v1`,
        retry: RetryPolicy.none
      }).pipe(Layer.provide(http))
    }))

  describe(`a signed-in account user, over ${transport}`, () => {
    it.scopedLive("every 2xx is a success of setMfaSms and changePassword, with and without a body", () =>
      Effect.gen(function* () {
        for (const status of [200, 201, 202, 204]) {
          for (const body of status === 204 ? [""] : ["", "{}"]) {
            const { layer, server } = yield* answering(Scripted.text(status, body))
            const ends = yield* Effect.flatMap(own, ({ changePassword, setMfaSms }) =>
              Effect.all([setMfaSms({ enabled: false }), changePassword(passwords)])
            ).pipe(Effect.provide(layer))
            assert.deepStrictEqual(ends, [undefined, undefined], `${status} ${body}`)
            assert.strictEqual(server.tokenRequests(), 0)
            assert.deepStrictEqual(
              server.seen.map(({ headers, line }) => [line, headers.authorization]),
              [
                ["PUT /v1/account/user/mfa/sms", "Bearer the-token-of-an-account-user"],
                ["POST /v1/account/user/password", "Bearer the-token-of-an-account-user"]
              ]
            )
          }
        }
      })
    )

    it.scopedLive("200 and 202 are a success of verifySignup, which sends no token", () =>
      Effect.gen(function* () {
        const answer = { account_id: "12345678", access_token: "a-token", token_type: "Bearer", expires_in: 14_400 }
        for (const status of [200, 202]) {
          const { layer, server } = yield* answering(Scripted.json(status, answer))
          const user = yield* Effect.flatMap(own, (own) =>
            own.verifySignup({ verification_code: Redacted.make("a code"), authorize: "Bearer" })
          ).pipe(Effect.provide(layer))
          assert.strictEqual(user.account_id, "12345678")
          assert.strictEqual(user.access_token && Redacted.value(user.access_token), "a-token")
          assert.deepStrictEqual(
            server.seen.map(({ headers, line }) => [line, headers.authorization]),
            [["POST /v1/accounts/T12345678/signup/verify?verification_code=a%20code&authorize=Bearer", undefined]]
          )
        }
      })
    )

    it.scopedLive("get is read with the token of the layer", () =>
      Effect.gen(function* () {
        const { json, value } = accountUsers["own.get"].answer
        const { layer, server } = yield* answering(Scripted.json(200, json))
        assert.deepStrictEqual(
          yield* Effect.provide(
            Effect.flatMap(own, (own) => own.get()),
            layer
          ),
          value
        )
        assert.deepStrictEqual(
          server.seen.map(({ headers, line }) => [line, headers.authorization]),
          [["GET /v1/account/user", "Bearer the-token-of-an-account-user"]]
        )
      })
    )
  })
}
