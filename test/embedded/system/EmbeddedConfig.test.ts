/**
 * The configuration of an embedded system as a file has it.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Assumed, DinteroEmbedded, EmbeddedConfig } from "../../../src/embedded.js"

describe("EmbeddedConfig", () => {
  it.effect("takes every value of every choice, and no other", () =>
    Effect.gen(function* () {
      for (const [name, values] of Object.entries(Assumed.values)) {
        for (const value of values) {
          const config = { assumed: { [name]: value } }
          assert.deepStrictEqual(yield* EmbeddedConfig.decode(config), config)
        }
        const { issues } = yield* Effect.flip(EmbeddedConfig.decode({ assumed: { [name]: "another" } }))
        assert.deepStrictEqual(
          issues.map(({ path }) => path),
          [`assumed.${name}`]
        )
      }
      // The whole of the defaults is a configuration.
      assert.deepStrictEqual(yield* EmbeddedConfig.parse(JSON.stringify({ assumed: Assumed.defaults })), {
        assumed: Assumed.defaults
      })
      assert.deepStrictEqual(yield* EmbeddedConfig.parse("{}"), {})
      assert.deepStrictEqual(yield* EmbeddedConfig.decode({ assumed: { unknownTag: undefined } }), { assumed: {} })
    })
  )

  it.effect("names every field that is wrong, unknown or there twice", () =>
    Effect.gen(function* () {
      const messageOf = (json: string) => Effect.map(Effect.flip(EmbeddedConfig.parse(json)), ({ message }) => message)
      assert.strictEqual(
        yield* messageOf('{"wrongCredentialStatus": 404, "refreshTokens": {"rotation": "daily"}, "db": "x"}'),
        'The configuration is not valid: db: is not a known field; wrongCredentialStatus: expected one of 400, 401, 403, got a number; refreshTokens.rotation: expected one of "none", "strict", "grace", "until-used", got a string.'
      )
      assert.strictEqual(
        yield* messageOf('{"assumed": {}, "assumed": {}}'),
        "The configuration is not valid: assumed: stands twice on line 1."
      )
      assert.strictEqual(yield* messageOf("[]"), "The configuration is not valid: expected an object, got an array.")
      assert.include(yield* messageOf("{"), "it is not JSON")
    })
  )

  it.scoped("is part of the options of a system", () =>
    Effect.gen(function* () {
      const config = yield* EmbeddedConfig.parse('{"wrongCredentialStatus": 401, "refreshTokens": {"rotation": "strict"}}')
      const system = yield* DinteroEmbedded.make({ ...config, seed: { accounts: [] } })
      assert.deepStrictEqual(yield* system.accounts.list, [])
    })
  )
})
