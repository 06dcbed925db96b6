import { execFileSync } from "node:child_process"
import { scryptSync } from "node:crypto"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { PasswordHashing } from "../../../../src/embedded.js"
import * as Entropy from "../../../../src/layers/embedded/system/Entropy.js"

const make = (profile: PasswordHashing.PasswordHashing) => Effect.provide(PasswordHashing.make(profile), Entropy.layer)
const secret = Redacted.make("correct horse")

describe("PasswordHashing", () => {
  it("costs as much as ASVS 5.0 demands", () => {
    assert.deepStrictEqual(PasswordHashing.secure, { costLog2: 15, blockSize: 8, parallelization: 3 })
  })

  it.effect("hashes into a PHC string with a random salt", () =>
    Effect.gen(function* () {
      const hasher = yield* make(PasswordHashing.secure)
      const phc = yield* hasher.hash(secret)
      assert.match(phc, /^\$scrypt\$ln=15,r=8,p=3\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
      assert.notStrictEqual(phc.split("$")[3], (yield* hasher.hash(secret)).split("$")[3])
      assert.isTrue(PasswordHashing.isPhc(phc))
      assert.isTrue(yield* hasher.verify(secret, Option.some(phc)))
      assert.isFalse(yield* hasher.verify(Redacted.make("Correct horse"), Option.some(phc)))
      assert.isFalse(hasher.isWeaker(phc))
    })
  )

  it.effect("verifies the strings of another implementation of scrypt", () =>
    Effect.gen(function* () {
      // RFC 7914, section 12: scrypt("pleaseletmein", "SodiumChloride", 16384, 8, 1, 64), its salt and its output.
      const output = Buffer.from(
        "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2" +
          "d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887",
        "hex"
      )
      const phc = `$scrypt$ln=14,r=8,p=1$U29kaXVtQ2hsb3JpZGU$${output.toString("base64").replace(/=+$/, "")}`
      const hasher = yield* make(PasswordHashing.fastForTests)
      assert.isTrue(yield* hasher.verify(Redacted.make("pleaseletmein"), Option.some(phc)))
    })
  )

  it.effect("costs exactly one computation in every case", () =>
    Effect.gen(function* () {
      const hasher = yield* make(PasswordHashing.fastForTests)
      const phc = yield* hasher.hash(secret)
      const cases = [
        [secret, Option.some(phc), true],
        [Redacted.make("wrong"), Option.some(phc), false],
        [secret, Option.none(), false],
        [Redacted.make(""), Option.some(phc), false],
        [Redacted.make("x".repeat(1025)), Option.some(phc), false],
        [secret, Option.some("$scrypt$ln=99,r=8,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"), false],
        [
          secret,
          Option.some("$scrypt$ln=20,r=99,p=99$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
          false
        ],
        [secret, Option.some("no PHC string"), false],
        [secret, Option.some(""), false]
      ] as const
      for (const [password, stored, expected] of cases) {
        const before = yield* hasher.computations
        assert.strictEqual(yield* hasher.verify(password, stored), expected)
        assert.strictEqual(yield* hasher.computations, before + 1)
      }
    })
  )

  it.effect("accepts passwords of up to 1024 bytes", () =>
    Effect.gen(function* () {
      const hasher = yield* make(PasswordHashing.fastForTests)
      const longest = "é".repeat(512)
      assert.isTrue(yield* hasher.verify(Redacted.make(longest), Option.some(yield* hasher.hash(Redacted.make(longest)))))
      const tooLong = `${longest}x`
      assert.isTrue(Exit.isFailure(yield* Effect.exit(hasher.hash(Redacted.make(tooLong)))))
      // Also when it is the right password.
      const key = scryptSync(tooLong, Buffer.alloc(16), 32, { N: 16, r: 8, p: 1 }).toString("base64").replace(/=+$/, "")
      const phc = `$scrypt$ln=4,r=8,p=1$AAAAAAAAAAAAAAAAAAAAAA$${key}`
      assert.isTrue(PasswordHashing.isPhc(phc))
      assert.isFalse(yield* hasher.verify(Redacted.make(tooLong), Option.some(phc)))
    })
  )

  it.effect("recognises a hash that took less work", () =>
    Effect.gen(function* () {
      const secure = yield* make(PasswordHashing.secure)
      const fast = yield* make(PasswordHashing.fastForTests)
      const weak = yield* fast.hash(secret)
      assert.isTrue(secure.isWeaker(weak))
      assert.isFalse(fast.isWeaker(weak))
      // More memory with fewer passes is not weaker: 2^16, r 8, p 2 is in the same table of ASVS.
      assert.isFalse(secure.isWeaker(weak.replace("ln=4,r=8,p=1", "ln=16,r=8,p=2")))
    })
  )

  // On Linux, long hashes have threads of their own. Root may raise a priority, so only another user shows the second half.
  it("works in a process whose code is a module without a file, and whose priority is the lowest", () => {
    const script = `
      import { Effect, Option, Redacted } from "effect"
      import { PasswordHashing } from ${JSON.stringify(new URL("../../../../src/embedded.ts", import.meta.url).href)}
      import * as Entropy from ${JSON.stringify(new URL("../../../../src/layers/embedded/system/Entropy.ts", import.meta.url).href)}
      const hasher = await Effect.runPromise(Effect.provide(PasswordHashing.make(PasswordHashing.secure), Entropy.layer))
      const phc = await Effect.runPromise(hasher.hash(Redacted.make("correct horse")))
      console.log(await Effect.runPromise(hasher.verify(Redacted.make("correct horse"), Option.some(phc))))
    `
    const node = [process.execPath, "--import", "tsx", "--input-type=module", "--eval", script]
    assert.strictEqual(execFileSync("nice", ["-n", "19", ...node], { encoding: "utf8" }).trim(), "true")
  }, 60_000)
})
