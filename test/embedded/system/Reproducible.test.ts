import { createPrivateKey, createPublicKey } from "node:crypto"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import * as SqlClient from "@effect/sql/SqlClient"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { version } from "../../../src/internal/Version.js"
import * as DinteroEmbedded from "../../../src/layers/embedded/DinteroEmbedded.js"
import * as PasswordHashing from "../../../src/layers/embedded/rooms/logins/PasswordHashing.js"
import * as AccessTokenIssuer from "../../../src/layers/embedded/rooms/sessions/AccessTokenIssuer.js"
import { publicTestKey } from "../../../src/layers/embedded/rooms/signing/PublicTestKey.js"
import * as SigningKeys from "../../../src/layers/embedded/rooms/signing/SigningKeys.js"
import * as Tables from "../../../src/layers/embedded/rooms/Tables.js"
import { demoSeed } from "../../../src/layers/embedded/seed/DemoSeed.js"
import * as Seed from "../../../src/layers/embedded/seed/Seed.js"
import * as Seeding from "../../../src/layers/embedded/seed/Seeding.js"
import * as DatabaseName from "../../../src/layers/embedded/storage/DatabaseName.js"
import * as Migrations from "../../../src/layers/embedded/storage/Migrations.js"
import * as Entropy from "../../../src/layers/embedded/system/Entropy.js"
import { account, ada, apiOf, audience, basic, client, keysOf, start, tokenOf } from "../Api.js"
import { temporaryDirectory } from "../Directory.js"
import { layerServices } from "../Services.js"

describe("entropy from a seed", () => {
  const sample = (seed: string) =>
    Effect.gen(function* () {
      const entropy = yield* Entropy.Entropy
      const uuids = yield* Effect.replicateEffect(entropy.uuid, 200)
      return { uuids, bytes: Buffer.from(yield* entropy.bytes(32)).toString("hex"), none: (yield* entropy.bytes(0)).length }
    }).pipe(Effect.provideServiceEffect(Entropy.Entropy, Entropy.ofSeed(seed)))

  it.effect("is the same for the same seed, and different for another", () =>
    Effect.gen(function* () {
      const a = yield* sample("a")
      assert.deepStrictEqual(yield* sample("a"), a)
      const b = yield* sample("b")
      assert.notStrictEqual(b.bytes, a.bytes)
      assert.strictEqual(new Set([...a.uuids, ...b.uuids]).size, 400)
      assert.strictEqual(a.none, 0)
      for (const uuid of a.uuids) assert.match(uuid, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    })
  )
})

describe("the signing key of a reproducible system", () => {
  /** The key and a token of a system that runs on this file for a moment. */
  const runOn = (db: string, reproducible?: string) =>
    Effect.scoped(
      Effect.gen(function* () {
        const { api } = yield* start({ db, reproducible })
        const authorization = yield* tokenOf(api)
        const [key] = yield* keysOf(api, authorization)
        return { authorization, kid: key?.kid, n: key?.n }
      })
    )

  it.effect("is a published RSA key of 2048 bits, the same for every seed and with another kid", () =>
    Effect.gen(function* () {
      const { n } = createPublicKey(publicTestKey).export({ format: "jwk" })
      assert.strictEqual(createPrivateKey(publicTestKey).asymmetricKeyDetails?.modulusLength, 2048)
      const a = yield* runOn(DatabaseName.memory, "a")
      const b = yield* runOn(DatabaseName.memory, "b")
      assert.deepStrictEqual([a.n, b.n], [n, n])
      assert.notStrictEqual(a.kid, b.kid)
      assert.deepStrictEqual(yield* runOn(DatabaseName.memory, "a"), a)
    })
  )

  it.scoped(
    "is not used by another system on the same file: that one makes a key of its own, and refuses the tokens of before",
    () =>
      Effect.gen(function* () {
        const db = join(yield* temporaryDirectory, "reproducible.db")
        const before = yield* runOn(db, "a")
        const after = yield* runOn(db)
        assert.notStrictEqual(after.n, before.n)
        const { api } = yield* start({ db })
        assert.deepStrictEqual(
          (yield* keysOf(api, after.authorization)).map(({ kid }) => kid),
          [after.kid]
        )
        const { status } = yield* api("GET", "/customers/settings", { authorization: before.authorization })
        assert.strictEqual(status, 401)
      })
  )
})

describe("a system from a seed", () => {
  const run = (seed: string) =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const issuer = yield* AccessTokenIssuer.AccessTokenIssuer
      yield* Migrations.migrate("test", Tables.all)
      yield* Seeding.apply(yield* Seed.decode(demoSeed))
      const rows = yield* Effect.forEach(Tables.accountTableNames, (name) => sql`SELECT * FROM ${sql(name)} ORDER BY 1, 2`)
      const token = yield* issuer.issue(
        { accountId: "T12345678", clientId: "c", subject: "c", audience: "https://example.com", scopes: ["a"] },
        60
      )
      return { rows, token: Redacted.value(token) }
    }).pipe(Effect.provide(layerServices({ entropy: Entropy.ofSeed(seed), keys: SigningKeys.reproducible })))

  // The clock of the test stands still.
  it.effect("has the same ids, hashes and tokens at the same time", () =>
    Effect.gen(function* () {
      const a = yield* run("a")
      assert.deepStrictEqual(yield* run("a"), a)
      const b = yield* run("b")
      assert.notDeepEqual(b.rows, a.rows)
      assert.notStrictEqual(b.token, a.token)
    })
  )
})

describe("a reproducible system with data of an earlier one", () => {
  const options = { passwordHashing: PasswordHashing.fastForTests, reproducible: "a" }

  /** Each login stores a refresh token. */
  const logIn = (system: DinteroEmbedded.EmbeddedService) =>
    Effect.gen(function* () {
      const api = apiOf(system)
      const token = yield* api("POST", "/auth/token", {
        authorization: basic(client.client_id, client.client_secret),
        body: { grant_type: "client_credentials", audience }
      })
      const { body, status } = yield* api("POST", "/customers/login", {
        authorization: `Bearer ${token.body.access_token}`,
        body: { type: "customer", email: ada.email, password: DinteroEmbedded.demoPassword, audience }
      })
      assert.strictEqual(status, 200)
      return body.refresh_token
    })

  it.live("from a file or a snapshot does not make the same ids again, and stays reproducible", () =>
    Effect.gen(function* () {
      const onFile = Effect.gen(function* () {
        const directory = yield* temporaryDirectory
        const start = Effect.scoped(
          Effect.flatMap(DinteroEmbedded.make({ ...options, db: join(directory, "a.db") }), (system) =>
            Effect.replicateEffect(logIn(system), 3)
          )
        )
        return (yield* Effect.replicateEffect(start, 4)).flat()
      }).pipe(Effect.scoped)
      const tokens = yield* onFile
      assert.strictEqual(new Set(tokens).size, 12)
      assert.deepStrictEqual(yield* onFile, tokens)

      const restored = Effect.gen(function* () {
        const [one, other] = [yield* DinteroEmbedded.make(options), yield* DinteroEmbedded.make(options)]
        const first = yield* logIn(one)
        yield* other.accounts.restore(yield* one.accounts.snapshot(account))
        return [first, yield* logIn(other), yield* logIn(other)]
      }).pipe(Effect.scoped)
      const three = yield* restored
      assert.strictEqual(new Set(three).size, 3)
      assert.deepStrictEqual(yield* restored, three)
    })
  )
})

describe("the version of the package", () => {
  it("is that of package.json", () => {
    assert.strictEqual(JSON.parse(readFileSync(new URL("../../../package.json", import.meta.url), "utf8")).version, version)
  })
})
