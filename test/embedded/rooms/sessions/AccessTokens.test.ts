import { createHmac, createPublicKey, generateKeyPairSync, sign } from "node:crypto"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { DinteroEmbedded } from "../../../../src/embedded.js"
import { tell } from "../../../utils/Claim.js"
import { apiOf, claimsOf, client, keysOf, seedOf, start, tokenOf } from "../../Api.js"
import { temporaryDirectory } from "../../Directory.js"

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url")
const headerOf = (authorization: string): { readonly alg: string; readonly kid: string; readonly typ: string } =>
  JSON.parse(Buffer.from(authorization.replace("Bearer ", "").split(".")[0] ?? "", "base64url").toString())

const read = "/customers/settings"

describe("access tokens", () => {
  it.scoped("are verified by WebCrypto with a key of auth.keys", () =>
    Effect.gen(function* () {
      const { api } = yield* start()
      const authorization = yield* tokenOf(api)
      const keys = yield* keysOf(api, authorization)
      assert.isArray(keys)
      const [header, payload, signature] = authorization.slice("Bearer ".length).split(".")
      const { alg, kid, typ } = headerOf(authorization)
      assert.deepStrictEqual([alg, typ], ["RS256", "JWT"])
      assert.match(kid, /^api\.dintero\.com\/[0-9a-f]{40}$/)
      const jwk = keys.find((key) => `api.dintero.com/${key.kid}` === kid)
      assert(jwk !== undefined)
      assert.deepStrictEqual(Object.keys(jwk), ["alg", "kty", "use", "n", "e", "kid"])
      assert.deepStrictEqual([jwk.alg, jwk.kty, jwk.use], ["RS256", "RSA", "sig"])
      const verified = yield* Effect.promise(async () => {
        const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" }
        const key = await crypto.subtle.importKey("jwk", jwk, algorithm, false, ["verify"])
        const signed = new TextEncoder().encode(`${header}.${payload}`)
        return crypto.subtle.verify(algorithm, key, Buffer.from(signature ?? "", "base64url"), signed)
      })
      assert.isTrue(verified)
    })
  )

  it.scoped("are signed with the key of their own system, however many there are in the process", () =>
    Effect.gen(function* () {
      const file = join(yield* temporaryDirectory, "system.db")
      const systems = yield* Effect.all([start({ reproducible: "a" }), start({ db: file }), start()])
      const published = yield* Effect.forEach(systems, ({ api }) =>
        Effect.flatMap(tokenOf(api), (authorization) => keysOf(api, authorization))
      )
      assert.strictEqual(new Set(published.map(([key]) => key?.n)).size, 3)
    })
  )

  it.scoped("expire, by the clock of the test", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(1_790_000_000_000)
      const { api } = yield* start({ seed: seedOf({ access_token_lifetime: 3600 }) })
      const authorization = yield* tokenOf(api)
      yield* TestClock.adjust("3599 seconds")
      assert.strictEqual((yield* api("GET", read, { authorization })).status, 200)
      yield* TestClock.adjust("1 second")
      const late = yield* api("GET", read, { authorization })
      assert.deepStrictEqual([late.status, late.body.error], [401, { errors: [], message: "UNAUTHORIZED" }])
      assert.strictEqual(late.headers["x-effect-dintero-hint"], "The access token expired at 2026-09-21T15:13:20.000Z")
    })
  )

  it.scoped("cannot be forged", (context) =>
    Effect.gen(function* () {
      yield* TestClock.setTime(1_790_000_000_000)
      const { api } = yield* start()
      const { api: elsewhere } = yield* start()
      const authorization = yield* tokenOf(api)
      const [jwk] = yield* keysOf(api, authorization)
      assert(jwk !== undefined)
      const publicKey = createPublicKey({ key: { ...jwk }, format: "jwk" })
      const [header = "", payload = "", signature = ""] = authorization.slice("Bearer ".length).split(".")
      const good = headerOf(authorization)
      const claims = claimsOf(authorization)
      const stranger = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey
      const signedBy = (header: object, payload: string) => {
        const signed = `${encode(header)}.${payload}`
        return `${signed}.${sign("RSA-SHA256", Buffer.from(signed), stranger).toString("base64url")}`
      }
      const hmac = (key: string | Buffer) => {
        const signed = `${encode({ ...good, alg: "HS256" })}.${payload}`
        return `${signed}.${createHmac("sha256", key).update(signed).digest("base64url")}`
      }
      const foreign = (yield* tokenOf(elsewhere)).slice("Bearer ".length)
      const [foreignHeader, foreignPayload, foreignSignature] = foreign.split(".")
      const forgeries = {
        "alg none": `${encode({ ...good, alg: "none" })}.${payload}.`,
        "alg none with the signature": `${encode({ ...good, alg: "none" })}.${payload}.${signature}`,
        "alg None": `${encode({ ...good, alg: "None" })}.${payload}.${signature}`,
        "HS256 with the public key as PEM": hmac(publicKey.export({ type: "spki", format: "pem" }).toString()),
        "HS256 with the public key as DER": hmac(publicKey.export({ type: "spki", format: "der" })),
        "HS256 with the modulus": hmac(jwk.n),
        "another key": signedBy(good, payload),
        "another key that it brings along": signedBy(
          { ...good, jwk: createPublicKey(stranger).export({ format: "jwk" }) },
          payload
        ),
        "another kid": signedBy({ ...good, kid: "0".repeat(40) }, payload),
        "no kid": signedBy({ alg: "RS256", typ: "JWT" }, payload),
        "an extension": signedBy({ ...good, crit: ["b64"], b64: false }, payload),
        "more scopes": `${header}.${encode({ ...claims, scopes: "admin:accounts" })}.${signature}`,
        "a longer life": `${header}.${encode({ ...claims, exp: claims.exp + 1 })}.${signature}`,
        "no signature": `${header}.${payload}.`,
        "two parts": `${header}.${payload}`,
        "four parts": `${header}.${payload}.${signature}.x`,
        "a bit flipped": `${header}.${payload}.${signature.startsWith("A") ? "B" : "A"}${signature.slice(1)}`,
        "of another system": foreign,
        "of another system with this kid": `${header}.${foreignPayload}.${foreignSignature}`,
        "this payload with another system's kid": `${foreignHeader}.${payload}.${signature}`,
        "not base64": "%%%.%%%.%%%",
        "not JSON": `${Buffer.from("{").toString("base64url")}.${payload}.${signature}`,
        "a JSON text": `${encode("RS256")}.${payload}.${signature}`
      }
      for (const [name, token] of Object.entries(forgeries)) {
        const answer = yield* api("GET", read, { authorization: `Bearer ${token}` })
        assert.strictEqual(answer.status, 401, name)
      }
      tell(context, { measured: `${Object.keys(forgeries).length} forgeries refused` })
      assert.strictEqual((yield* api("GET", read, { authorization })).status, 200)
      // Issued by a clock that is more than a minute ahead.
      yield* TestClock.setTime(1_790_000_000_000 - 61_000)
      assert.strictEqual((yield* api("GET", read, { authorization })).status, 401)
      yield* TestClock.setTime(1_790_000_000_000 - 59_000)
      assert.strictEqual((yield* api("GET", read, { authorization })).status, 200)
    })
  )

  it.scoped(
    "and data of a hundred systems in one process are separate",
    () =>
      Effect.gen(function* () {
        const count = 100
        const systems = yield* Effect.forEach(Array.from({ length: count }), (_, index) =>
          Effect.gen(function* () {
            const { api } = yield* start()
            const authorization = yield* tokenOf(api)
            const body = { attributes: [{ name: `n${index}`, type: "string" }] }
            assert.strictEqual((yield* api("PUT", read, { authorization, body })).status, 200)
            return { api, authorization, kid: headerOf(authorization).kid }
          })
        )
        assert.strictEqual(new Set(systems.map(({ kid }) => kid)).size, count)
        for (const [index, { api, authorization }] of systems.entries()) {
          const own = yield* api("GET", read, { authorization })
          assert.deepStrictEqual(
            own.body.attributes.map(({ name }) => name),
            [`n${index}`]
          )
          const keys = yield* keysOf(api, authorization)
          assert.deepStrictEqual(
            keys.map(({ kid }) => kid),
            [systems[index]?.kid.replace("api.dintero.com/", "")]
          )
          const other = systems[(index + 1) % count]
          assert.strictEqual((yield* api("GET", read, { authorization: other?.authorization })).status, 401)
        }
      }),
    60_000
  )

  it.effect("work with layers as with make", () =>
    Effect.gen(function* () {
      const embedded = yield* DinteroEmbedded.Embedded
      assert.match(yield* tokenOf(apiOf(embedded), client), /^Bearer ey/)
    }).pipe(Effect.provide(DinteroEmbedded.layerEmbedded()))
  )
})
