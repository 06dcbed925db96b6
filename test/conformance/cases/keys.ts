import { createPublicKey, verify } from "node:crypto"
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { Auth } from "effect-dintero"
import type { tags } from "../../../src/contract/Contract.js"
import { typed } from "../Actions.js"
import { body, type CasesOf, it } from "../Case.js"
import { account, send, tokenOf } from "../System.js"

export const keys: CasesOf<typeof tags.keys> = {
  keys: [
    it("verify the tokens, by the kid of their header", () =>
      Effect.gen(function* () {
        const jwt = yield* tokenOf("admin")
        const [header = "", payload = "", signature = ""] = jwt.split(".")
        const { alg, kid } = JSON.parse(Buffer.from(header, "base64url").toString()) as { alg: string; kid: string }
        assert.strictEqual(alg, "RS256")
        const wire = yield* send("GET", `/accounts/${account}/auth/keys`, { authorization: `Bearer ${jwt}` })
        const keys = body<ReadonlyArray<{ kid: string; kty: string; use: string; alg: string; n: string; e: string }>>(wire)
        const key = keys.find((key) => `api.dintero.com/${key.kid}` === kid)
        if (key === undefined) return assert.fail("no key with the token's kid")
        assert.deepStrictEqual([key.kty, key.use, key.alg, key.e], ["RSA", "sig", "RS256", "AQAB"])
        assert.match(key.kid, /^[0-9a-f]{40}$/)
        const publicKey = createPublicKey({ key: { kty: key.kty, n: key.n, e: key.e }, format: "jwk" })
        assert.isTrue(verify("RSA-SHA256", Buffer.from(`${header}.${payload}`), publicKey, Buffer.from(signature, "base64url")))
        assert.notProperty(key, "d")
      })),
    it("typed: a list", () =>
      Effect.gen(function* () {
        const auth = yield* Auth
        assert.strictEqual((yield* auth.keys()).length, 1)
      }).pipe(Effect.provide(typed("admin"))))
  ]
}
