import { createPrivateKey, sign } from "node:crypto"
import { join } from "node:path"
import { NodeHttpClient } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { createLocalJWKSet, jwtVerify } from "jose"
import Database from "libsql"
import { DinteroEmbedded, PasswordHashing } from "../../../../src/embedded.js"
import { type Api, claimsOf, type Key, keysOf, login, seedOf, start, tokenOf } from "../../Api.js"
import { temporaryDirectory } from "../../Directory.js"

const headerOf = (authorization: string): { readonly alg: string; readonly kid: string } =>
  JSON.parse(Buffer.from(authorization.replace("Bearer ", "").split(".")[0] ?? "", "base64url").toString())

const kidOf = (authorization: string): string => headerOf(authorization).kid.replace("api.dintero.com/", "")

const statusOf = (api: Api, authorization: string) =>
  Effect.map(api("GET", "/customers/settings", { authorization }), ({ status }) => status)

/** Verifies with a library that has nothing of ours. The service's `kid` in a token has its host before it. */
const verifiedBy = (keys: ReadonlyArray<Key>, authorization: string, at: number) =>
  Effect.tryPromise(() =>
    jwtVerify(
      authorization.replace("Bearer ", ""),
      createLocalJWKSet({ keys: keys.map((key) => ({ ...key, kid: `api.dintero.com/${key.kid}` })) }),
      { issuer: "https://api.dintero.com", algorithms: ["RS256"], currentDate: new Date(at) }
    )
  )

const began = 1_790_000_000_000

const systemOf = seedOf({ access_token_lifetime: 3600 })

describe("a rotation of the signing keys", () => {
  it.scoped("new tokens have another key, and old tokens stay valid until they expire", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(began)
      const { api, embedded } = yield* start({ seed: systemOf })
      const before = yield* tokenOf(api)
      const kid = yield* embedded.keys.rotate
      const after = yield* tokenOf(api)
      assert.strictEqual(kidOf(after), kid)
      assert.notStrictEqual(kidOf(before), kid)
      const keys = yield* keysOf(api, before)
      assert.deepStrictEqual(
        keys.map(({ kid }) => kid),
        [kid, kidOf(before)]
      )
      // The systems of a process share their first key, and a rotation must not give it again.
      assert.strictEqual(new Set(keys.map(({ n }) => n)).size, 2)
      for (const authorization of [before, after]) {
        assert.strictEqual((yield* verifiedBy(keys, authorization, began)).payload.sub, claimsOf(authorization).sub)
      }
      yield* TestClock.adjust("3599 seconds")
      assert.deepStrictEqual([yield* statusOf(api, before), yield* statusOf(api, after)], [200, 200])
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* statusOf(api, before), 401)
    })
  )

  it.scoped("a key is listed until its last token has expired, and verifies nothing after that", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(began)
      const file = join(yield* temporaryDirectory, "system.db")
      const { api, embedded } = yield* start({ seed: systemOf, db: file })
      const before = yield* tokenOf(api)
      const [stored] = new Database(file, { readonly: true })
        .prepare("SELECT private_key FROM signing_keys")
        .all() as ReadonlyArray<{ readonly private_key: string }>
      yield* embedded.keys.rotate
      /** A token that a thief of the old key makes, with a long life. */
      const stolen = (iat: number) => {
        const [header = ""] = before.replace("Bearer ", "").split(".")
        const claims = { ...claimsOf(before), iat, exp: iat + 31_536_000 }
        const signed = `${header}.${Buffer.from(JSON.stringify(claims)).toString("base64url")}`
        const key = createPrivateKey(stored?.private_key ?? "")
        return `Bearer ${signed}.${sign("RSA-SHA256", Buffer.from(signed), key).toString("base64url")}`
      }
      assert.strictEqual(yield* statusOf(api, stolen(began / 1000)), 200)
      yield* TestClock.adjust("3665 seconds")
      const now = yield* tokenOf(api)
      assert.strictEqual(yield* statusOf(api, stolen(began / 1000)), 401)
      assert.deepStrictEqual(
        (yield* keysOf(api, now)).map(({ kid }) => kid),
        [kidOf(now)]
      )
      // The next rotation removes it from the database.
      yield* embedded.keys.rotate
      const rows = new Database(file, { readonly: true }).prepare("SELECT kid FROM signing_keys").all()
      assert.lengthOf(rows, 2)
    })
  )

  it.scoped("a key is listed until its last ID token has expired, which can live longer than an access token", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(began)
      const customers = [{ customer_id: "ada", email: "ada@example.com", password: "1234" }]
      const { api, embedded } = yield* start({ seed: seedOf({ access_token_lifetime: 60, customers }) })
      const { body } = yield* login(api, yield* tokenOf(api), { email: "ada@example.com", password: "1234" })
      const { text } = yield* api("POST", "/auth/redirect", {
        authorization: `Bearer ${body.access_token}`,
        body: { redirect_uri: "https://shop.example.com/" },
        headers: { accept: "application/json" }
      })
      const idToken = new URL(JSON.parse(text).redirect_uri).searchParams.get("id_token") ?? ""
      yield* embedded.keys.rotate
      yield* TestClock.adjust("599 seconds")
      const listed = Effect.map(
        Effect.flatMap(tokenOf(api), (now) => keysOf(api, now)),
        (keys) => keys.map(({ kid }) => kid)
      )
      assert.include(yield* listed, kidOf(idToken))
      yield* TestClock.adjust("66 seconds")
      assert.notInclude(yield* listed, kidOf(idToken))
    })
  )

  it.scoped("another process on the same database signs with the new key within 5 seconds, and verifies it at once", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(began)
      const db = join(yield* temporaryDirectory, "system.db")
      const [one, other] = [yield* start({ seed: systemOf, db }), yield* start({ seed: systemOf, db })]
      const before = yield* tokenOf(other.api)
      const kid = yield* one.embedded.keys.rotate
      const after = yield* tokenOf(one.api)
      assert.strictEqual(kidOf(after), kid)
      assert.strictEqual(yield* statusOf(other.api, after), 200)
      assert.strictEqual(yield* statusOf(one.api, before), 200)
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual(kidOf(yield* tokenOf(other.api)), kid)
    })
  )

  it.scoped("several at the same time leave one key for new tokens", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(began)
      const { api, embedded } = yield* start({ seed: systemOf })
      const first = yield* tokenOf(api)
      const kids = yield* Effect.replicateEffect(embedded.keys.rotate, 5, { concurrency: "unbounded" })
      const now = yield* tokenOf(api)
      assert.include(kids, kidOf(now))
      assert.strictEqual(yield* statusOf(api, first), 200)
      assert.lengthOf(yield* keysOf(api, now), 6)
    })
  )

  it.scopedLive("over the controls of a served system", () =>
    Effect.gen(function* () {
      const served = yield* DinteroEmbedded.serve({ passwordHashing: PasswordHashing.fastForTests })
      const controls = yield* DinteroEmbedded.connect({ url: served.url, adminToken: served.adminToken })
      const kid = yield* controls.keys.rotate
      assert.match(kid, /^[0-9a-f]{40}$/)
    }).pipe(Effect.provide(NodeHttpClient.layerUndici))
  )
})
