import { execFile } from "node:child_process"
import { createPrivateKey, createPublicKey, sign, webcrypto } from "node:crypto"
import { readFileSync } from "node:fs"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import * as SqlClient from "@effect/sql/SqlClient"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { version } from "../../../src/internal/Version.js"
import * as DinteroEmbedded from "../../../src/layers/embedded/DinteroEmbedded.js"
import * as PasswordHashing from "../../../src/layers/embedded/rooms/logins/PasswordHashing.js"
import * as AccessTokenIssuer from "../../../src/layers/embedded/rooms/sessions/AccessTokenIssuer.js"
import * as SigningKeys from "../../../src/layers/embedded/rooms/signing/SigningKeys.js"
import { demoSeed } from "../../../src/layers/embedded/seed/DemoSeed.js"
import * as Seed from "../../../src/layers/embedded/seed/Seed.js"
import * as Seeding from "../../../src/layers/embedded/seed/Seeding.js"
import * as Migrations from "../../../src/layers/embedded/storage/Migrations.js"
import * as Sqlite from "../../../src/layers/embedded/storage/Sqlite.js"
import { accountTableNames } from "../../../src/layers/embedded/storage/Tables.js"
import * as Entropy from "../../../src/layers/embedded/system/Entropy.js"
import { account, ada, apiOf, audience, basic, client } from "../Api.js"

/** Made once, by this code on Node 20: no release of Node and no change here may make another one of the same seed. */
const keyOfDemo =
  "2Krktq2sxOr1X5fvf5N17VW3aQMX4jgnBtpyRLmKvoN9a7GoVRpe_jaM_SyKLHH-YAik5zLQeEq1FlsSfelYOjXEQkmtePjmafucYDjidgypdSVo6c_SmgAE9V-iPyLQzOvSt8y56atbWpddDa4GqCkWqhOf6Wwmaws_RbQodPiIroid1K_UHDApZzcvFylcepYCMT60A85e2i-v6xE1g72qG1Im8xCxkiMJWffQv3LX-UMbUWFhvtL1z-HHPO5litjvZvjQRIRCmWEp1TaQY32ZWWTifokSFPXbb0mjETil6fVjPzV3MlKo9Baan0_xSCLiZk9C4tfMnRzyYrc7Qw"

const integer = (text = ""): bigint => BigInt(`0x${Buffer.from(text, "base64url").toString("hex")}`)

const jwkOf = (pem: string) => createPrivateKey(pem).export({ format: "jwk" })

const modulusOf = (pem: string): string => jwkOf(pem).n ?? ""

describe("entropy from a seed", () => {
  const sample = (seed: string) =>
    Effect.gen(function* () {
      const entropy = yield* Entropy.Entropy
      const uuids = yield* Effect.replicateEffect(entropy.uuid, 200)
      return { uuids, bytes: Buffer.from(yield* entropy.bytes(32)).toString("hex"), none: (yield* entropy.bytes(0)).length }
    }).pipe(Effect.provide(Entropy.layerFrom(seed)))

  it.effect("is the same for the same seed, and another for another", () =>
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

describe("a key from a seed", () => {
  it.effect("is the same for the same seed, and another for another", () =>
    Effect.gen(function* () {
      const key = (seed: string) => Effect.promise(SigningKeys.derivedFrom(seed))
      const a = yield* key("a")
      // More than are kept in memory, so that it is made again.
      const others = yield* Effect.forEach(
        Array.from({ length: 16 }, (_, i) => `other ${i}`),
        key,
        { concurrency: 2 }
      )
      assert.strictEqual(new Set([a, ...others]).size, 17)
      assert.strictEqual(yield* key("a"), a)
    })
  )

  it.effect("is a sound RSA key of 2048 bits", () =>
    Effect.gen(function* () {
      for (const seed of ["", "a", "demo", "\u{1f600}"]) {
        const pem = yield* Effect.promise(SigningKeys.derivedFrom(seed))
        const jwk = jwkOf(pem)
        const [n, e, d, p, q, dp, dq, qi] = [jwk.n, jwk.e, jwk.d, jwk.p, jwk.q, jwk.dp, jwk.dq, jwk.qi].map(integer)
        if (n === undefined || e === undefined || d === undefined || p === undefined) throw new Error("incomplete")
        if (q === undefined || dp === undefined || dq === undefined || qi === undefined) throw new Error("incomplete")
        assert.strictEqual(n.toString(2).length, 2048)
        assert.strictEqual(e, 65537n)
        assert.isTrue(p > q)
        assert.strictEqual(p * q, n)
        assert.strictEqual((e * d) % (p - 1n), 1n)
        assert.strictEqual((e * d) % (q - 1n), 1n)
        assert.deepStrictEqual([d % (p - 1n), d % (q - 1n), (qi * q) % p], [dp, dq, 1n])
        assert.strictEqual(createPrivateKey(pem).asymmetricKeyDetails?.modulusLength, 2048)
        assert.strictEqual(createPrivateKey(pem).export({ type: "pkcs8", format: "pem" }), pem)
      }
    })
  )

  it.effect("signs what WebCrypto verifies, the same each time", () =>
    Effect.gen(function* () {
      const privateKey = createPrivateKey(yield* Effect.promise(SigningKeys.derivedFrom("a")))
      const data = Buffer.from("what is signed")
      const signature = sign("RSA-SHA256", data, privateKey)
      assert.deepStrictEqual(sign("RSA-SHA256", data, privateKey), signature)
      const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" }
      const spki = createPublicKey(privateKey).export({ type: "spki", format: "der" })
      const isSigned = yield* Effect.promise(async () =>
        webcrypto.subtle.verify(
          algorithm,
          await webcrypto.subtle.importKey("spki", spki, algorithm, false, ["verify"]),
          signature,
          data
        )
      )
      assert.isTrue(isSigned)
    })
  )

  it.effect("is the same in another process, and the one that it always was", () =>
    Effect.gen(function* () {
      const module = new URL("../../../src/layers/embedded/rooms/signing/RsaKeyFromSeed.ts", import.meta.url).href
      const program = `import(${JSON.stringify(module)}).then(async ({ fromSeed }) => process.stdout.write(await fromSeed("demo")))`
      const { stdout } = yield* Effect.promise(() =>
        promisify(execFile)(process.execPath, ["--import", "tsx", "--eval", program])
      )
      const here = yield* Effect.promise(SigningKeys.derivedFrom("demo"))
      assert.strictEqual(stdout, here)
      assert.strictEqual(modulusOf(here), keyOfDemo)
    })
  )
})

describe("a system from a seed", () => {
  const run = (seed: string) =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const issuer = yield* AccessTokenIssuer.AccessTokenIssuer
      yield* Migrations.migrate("test")
      yield* Seeding.apply(yield* Seed.decode(demoSeed))
      const rows = yield* Effect.forEach(accountTableNames, (name) => sql`SELECT * FROM ${sql(name)} ORDER BY 1, 2`)
      const token = yield* issuer.issue(
        { accountId: "T12345678", clientId: "c", subject: "c", audience: "https://example.com", scopes: ["a"] },
        60
      )
      return { rows, token: Redacted.value(token) }
    }).pipe(
      Effect.provide(
        Layer.provideMerge(AccessTokenIssuer.layer, SigningKeys.layer(SigningKeys.derivedFrom(seed))).pipe(
          Layer.provideMerge(
            Layer.mergeAll(
              Sqlite.layer(Sqlite.memory),
              Layer.provideMerge(
                Layer.effect(PasswordHashing.PasswordHasher, PasswordHashing.make(PasswordHashing.fastForTests)),
                Entropy.layerFrom(seed)
              )
            )
          )
        )
      )
    )

  // With the clock of the test, which stands still.
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

describe("a reproducible system over what an earlier one has made", () => {
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

  it.live("in a file, or in a snapshot: does not make it again, and stays reproducible", () =>
    Effect.gen(function* () {
      const onFile = Effect.gen(function* () {
        const directory = yield* Effect.acquireRelease(
          Effect.promise(() => mkdtemp(join(tmpdir(), "reproducible-"))),
          (path) => Effect.promise(() => rm(path, { recursive: true, force: true }))
        )
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
