import { createHmac } from "node:crypto"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { inspect } from "node:util"
import * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import { afterAll, assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FastCheck from "effect/FastCheck"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import { DinteroEmbedded, type RefreshTokenRules } from "../../../../src/embedded.js"
import { Auth, RetryPolicy } from "../../../../src/index.js"
import * as PasswordHashing from "../../../../src/layers/embedded/rooms/logins/PasswordHashing.js"
import * as Rules from "../../../../src/layers/embedded/rooms/sessions/RefreshTokenRules.js"
import * as StoredTokens from "../../../../src/layers/embedded/rooms/sessions/StoredTokens.js"
import * as Tables from "../../../../src/layers/embedded/rooms/Tables.js"
import * as Migrations from "../../../../src/layers/embedded/storage/Migrations.js"
import * as Sqlite from "../../../../src/layers/embedded/storage/Sqlite.js"
import * as Digest from "../../../../src/layers/embedded/system/Digest.js"
import { type Api, audience, claimsOf, client, login, seedOf, start as startApi, tokenOf } from "../../Api.js"
import * as Databases from "../../Databases.js"
import { layerServices } from "../../Services.js"

type Options = RefreshTokenRules.Options
type Rotation = RefreshTokenRules.Rotation

const rotations: ReadonlyArray<Rotation> = ["none", "strict", "grace", "until-used"]
const rotating = rotations.filter((rotation) => rotation !== "none")

const directory = mkdtempSync(join(tmpdir(), "effect-dintero-"))
afterAll(() => rmSync(directory, { recursive: true, force: true }))
let files = 0
const file = () => join(directory, `${files++}.db`)

const password = "1234"
const other = { client_id: "other", client_secret: "secret", grants: client.grants }
const seed = seedOf({ clients: [client, other], customers: [{ customer_id: "ada", email: "ada@example.com", password }] })

/** Each call has a new access token, so that the passing time does not expire it. */
const callsOf = (api: Api) => {
  const by = (who: typeof client | typeof other) => ({
    refresh: (refresh_token: string) =>
      Effect.flatMap(tokenOf(api, who), (authorization) =>
        api("POST", "/auth/token", { authorization, body: { grant_type: "refresh_token", refresh_token } })
      ),
    revoke: (token: string) =>
      Effect.flatMap(tokenOf(api, who), (authorization) => api("POST", "/auth/revoke", { authorization, body: { token } }))
  })
  return {
    session: Effect.flatMap(tokenOf(api), (authorization) => login(api, authorization, { email: "ada@example.com", password })),
    ...by(client),
    other: by(other)
  }
}

const begun = (refreshTokens: Options | undefined, options: DinteroEmbedded.Options = {}) =>
  Effect.map(startApi({ seed, refreshTokens, ...options }), ({ api, embedded }) => ({ embedded, api, ...callsOf(api) }))

/**
 * A number refreshes a token: 0 is the token of the login, and the others are in the order of their first response. `x` before it sends it as
 * another client, `~` revokes it, and `+` waits for seconds. The expected result of each refresh is the number of the refresh token in the
 * response, `-` for a response without one, or `no` for a refusal.
 */
const play = (rules: Options, steps: string) =>
  Effect.gen(function* () {
    const system = yield* begun(rules)
    const seen = [(yield* system.session).body.refresh_token]
    const ends: Array<string> = []
    for (const step of steps.split(" ")) {
      const [, who, what, number] = /^(x?)([~+]?)([\d.]+)$/.exec(step) ?? assert.fail(`no step: ${step}`)
      const token = seen[Number(number)] ?? "a token of nobody"
      const by = who === "x" ? system.other : system
      if (what === "+") yield* TestClock.adjust(Number(number) * 1000)
      else if (what === "~") assert.strictEqual((yield* by.revoke(token)).text, "{}")
      else {
        const { body, status } = yield* by.refresh(token)
        if (status === 403) ends.push("no")
        else if (body.refresh_token === undefined) ends.push("-")
        else {
          if (!seen.includes(body.refresh_token)) seen.push(body.refresh_token)
          ends.push(String(seen.indexOf(body.refresh_token)))
        }
      }
    }
    return ends.join(" ")
  })

/** In the order of `rotations`. */
const situations: ReadonlyArray<readonly [what: string, steps: string, ...ends: ReadonlyArray<string>]> = [
  ["once", "0", "-", "1", "1", "1"],
  ["a chain", "0 1 2 3", "- no no no", "1 2 3 4", "1 2 3 4", "1 2 3 4"],
  ["the same again, then its successor", "0 0 1", "- - no", "1 no no", "1 1 2", "1 1 2"],
  ["the same after its successor was used", "0 1 0 2", "- no - no", "1 2 no no", "1 2 1 3", "1 2 no no"],
  ["a much older one", "0 1 2 0 3", "- no no - no", "1 2 3 no no", "1 2 3 1 4", "1 2 3 no no"],
  ["the last moment of grace", "0 +29.999 0 +0.001 0 1", "- - - no", "1 no no no", "1 1 no no", "1 1 1 2"],
  ["long after", "0 +86400 0 1", "- - no", "1 no no", "1 no no", "1 1 2"],
  ["long after, when its successor was used", "0 1 +86400 0 2", "- no - no", "1 2 no no", "1 2 no no", "1 2 no no"],
  ["another client, which ends nothing", "x0 0 x0 x1 1", "no - no no no", "no 1 no no 2", "no 1 no no 2", "no 1 no no 2"],
  ["revoked", "~0 0", "no", "no", "no", "no"],
  ["revoked by its successor", "0 ~1 0 1", "- - no", "1 no no", "1 no no", "1 no no"],
  ["its successor, revoked by it", "0 ~0 1", "- no", "1 no", "1 no", "1 no"],
  ["the head, revoked by a used one", "0 1 ~0 2", "- no no", "1 2 no", "1 2 no", "1 2 no"],
  ["revoked by another client, which does nothing", "0 x~0 x~1 1", "- no", "1 2", "1 2", "1 2"]
]

const limited: ReadonlyArray<readonly [rules: Options, ...situations: typeof situations]> = [
  [
    { absoluteLifetime: "2 hours" },
    ["the end of the session, from its login", "+7199.999 0 +0.001 0 1", "- no no", "1 no no", "1 no no", "1 no no"],
    ["which its successors inherit", "+3600 0 +3599 1 +1 2", "- no no", "1 2 no", "1 2 no", "1 2 no"],
    ["the end of the session, whoever asks", "+7200 x0 0", "no no", "no no", "no no", "no no"]
  ],
  [
    { idleLifetime: "30 minutes" },
    ["nobody uses it", "+1800 0", "no", "no", "no", "no"],
    ["nobody uses its successor", "0 +1800 1", "- no", "1 no", "1 no", "1 no"],
    ["always used in time", "+1799 0 +1799 1 +1799 2", "- no no", "1 2 3", "1 2 3", "1 2 3"],
    ["used in time itself", "+1799 0 +1799 0 +1799 0", "- - -", "1 no no", "1 no no", "1 1 1"],
    ["its successor, given again in time", "0 +1799 0 +1799 1", "- - no", "1 no no", "1 no no", "1 1 2"],
    ["a used one, long after", "0 1 +1799 2 +1799 0 3", "- no no no no", "1 2 3 no no", "1 2 3 no no", "1 2 3 no no"]
  ]
]

describe("a sequence of refreshes", () => {
  for (const [what, steps, ...ends] of situations) {
    rotations.forEach((rotation, index) => {
      it.scoped(`${what}; ${rotation}`, () =>
        Effect.map(play({ rotation }, steps), (found) => assert.strictEqual(found, ends[index]))
      )
    })
  }
})

describe("the lifetime of a refresh token", () => {
  for (const [rules, ...situations] of limited) {
    for (const [what, steps, ...ends] of situations) {
      rotations.forEach((rotation, index) => {
        it.scoped(`${what}; ${rotation}`, () =>
          Effect.map(play({ ...rules, rotation }, steps), (found) => assert.strictEqual(found, ends[index]))
        )
      })
    }
  }

  it.scoped("grace lasts as long as the options say", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* play({ rotation: "grace", grace: "5 minutes" }, "0 +299 0 +1 0"), "1 1 no")
      assert.strictEqual(yield* play({ rotation: "grace", grace: 0 }, "0 0 1"), "1 no no")
      assert.strictEqual(yield* play({ rotation: "grace", grace: Number.POSITIVE_INFINITY }, "0 1 2 +1000000 0"), "1 2 3 1")
    })
  )

  it.scoped("follows the system's own clock too", () =>
    Effect.gen(function* () {
      const { embedded, refresh, session } = yield* begun({ absoluteLifetime: "30 days" })
      const { refresh_token } = (yield* session).body
      yield* embedded.clock.advance("29 days")
      assert.strictEqual((yield* refresh(refresh_token)).status, 200)
      yield* embedded.clock.advance("1 day")
      assert.strictEqual((yield* refresh(refresh_token)).status, 403)
    })
  )
})

describe("a refresh", () => {
  for (const rotation of rotations) {
    it.scoped(`keeps client, customer, audience and scopes, and has a refresh token only when there is one; ${rotation}`, () =>
      Effect.gen(function* () {
        const { refresh, session } = yield* begun({ rotation })
        const first = (yield* session).body
        const { exp: _1, iat: _2, jti: _3, ...expected } = claimsOf(first.access_token)
        let token = first.refresh_token
        for (let i = 0; i < 3; i++) {
          const { body, headers } = yield* refresh(token)
          const { exp: _4, iat: _5, jti: _6, ...claims } = claimsOf(body.access_token)
          assert.deepStrictEqual(claims, expected)
          assert.strictEqual(headers["cache-control"], "no-store")
          const fields = ["access_token", "expires_in", "token_type"]
          assert.deepStrictEqual(Object.keys(body), rotation === "none" ? fields : [...fields, "refresh_token"])
          if (rotation !== "none") token = body.refresh_token
        }
        assert.match(token, /^[\w-]{43}$/)
      })
    )

    it.scoped(`100 of them with one token at the same time; ${rotation}`, () =>
      Effect.gen(function* () {
        const { api, refresh, session } = yield* begun({ rotation })
        const authorization = yield* tokenOf(api)
        const { refresh_token } = (yield* session).body
        const answers = yield* Effect.all(
          Array.from({ length: 100 }, () =>
            api("POST", "/auth/token", { authorization, body: { grant_type: "refresh_token", refresh_token } })
          ),
          { concurrency: "unbounded" }
        )
        const answered = answers.filter(({ status }) => status === 200)
        const successors = new Set(answered.map(({ body }) => body.refresh_token))
        assert.strictEqual(successors.size, 1)
        assert.isTrue(answers.every(({ status }) => status === 200 || status === 403))
        assert.lengthOf(answered, rotation === "strict" ? 1 : 100)
        const [successor] = successors
        if (rotation === "none" || successor === undefined) return assert.isUndefined(successor)
        // With `strict` the 99 others were reuses.
        assert.strictEqual((yield* refresh(successor)).status, rotation === "strict" ? 403 : 200)
      })
    )
  }

  it.scoped("refuses used, expired, revoked, foreign and unknown tokens with one text", () =>
    Effect.gen(function* () {
      const { other, refresh, revoke, session } = yield* begun({ rotation: "strict", absoluteLifetime: "1 hour" })
      const tokenOfSession = Effect.map(session, ({ body }) => body.refresh_token)
      const [used, expired] = [yield* tokenOfSession, yield* tokenOfSession]
      yield* TestClock.adjust("1 hour")
      const [revoked, foreign, reused] = [yield* tokenOfSession, yield* tokenOfSession, yield* tokenOfSession]
      yield* revoke(revoked)
      yield* refresh(reused)
      const texts = [
        (yield* refresh(used)).text,
        (yield* refresh(expired)).text,
        (yield* refresh(revoked)).text,
        (yield* other.refresh(foreign)).text,
        (yield* refresh(reused)).text,
        (yield* refresh("unknown")).text
      ]
      assert.strictEqual(new Set(texts).size, 1, texts.join("\n"))
      assert.include(texts[0], "FORBIDDEN")
    })
  )

  it.scoped("gives a successor whatever scopes the client's token has: its session was given by that rule", () =>
    Effect.gen(function* () {
      const [own] = client.grants
      const granted = { ...client, grants: [own, { type: "password" as const, scope: ["write:accounts:/auth/users"] }] }
      const customers = [{ customer_id: "ada", email: "ada@example.com", password }]
      const { api, session } = yield* begun({ rotation: "strict" }, { seed: seedOf({ clients: [granted], customers }) })
      const { access_token, refresh_token } = (yield* session).body
      assert.strictEqual(claimsOf(access_token).scopes, "write:accounts:/auth/users")
      const answer = yield* api("POST", "/auth/token", {
        authorization: `Bearer ${access_token}`,
        body: { grant_type: "refresh_token", refresh_token }
      })
      assert.strictEqual(answer.status, 200)
      assert.property(answer.body, "refresh_token")
    })
  )
})

describe("a response that is lost", () => {
  /** The response to the first refresh is lost after the system has carried it out. The client tries again with its old token. */
  const lose = (rotation: Rotation) =>
    Effect.gen(function* () {
      const { faults } = yield* DinteroEmbedded.Embedded
      const auth = yield* Auth
      const session = yield* auth.token({
        grant_type: "password",
        username: "ada",
        password: Redacted.make(DinteroEmbedded.demoPassword),
        audience
      })
      const refresh_token = session.refresh_token ?? assert.fail("no refresh token")
      const rule = yield* faults.add({ match: { operation: "auth.token" }, fault: { kind: "drop", when: "after_commit" } })
      const lost = yield* Effect.flip(auth.token({ grant_type: "refresh_token", refresh_token }))
      assert.strictEqual(lost._tag, "TransportError")
      yield* faults.remove(rule.rule)
      return yield* Effect.either(auth.token({ grant_type: "refresh_token", refresh_token }))
    }).pipe(
      RetryPolicy.with(RetryPolicy.none),
      Effect.provide(DinteroEmbedded.layer({ passwordHashing: PasswordHashing.fastForTests, refreshTokens: { rotation } }))
    )

  for (const rotation of rotations) {
    it.effect(`${rotation === "strict" ? "loses the session" : "can be had again"}; ${rotation}`, () =>
      Effect.map(lose(rotation), (end) => {
        if (rotation === "strict") assert.strictEqual(end._tag === "Left" && end.left._tag, "SessionExpired")
        else assert.strictEqual(end._tag, "Right")
      })
    )
  }
})

/** Only the store of tokens, with two accounts. */
const storeOf = (rules: Options, db: string | Redacted.Redacted = Sqlite.memory) =>
  Effect.gen(function* () {
    const context = yield* Layer.build(layerServices({ db, refreshTokens: Rules.make(rules) }))
    const sql = Context.get(context, SqlClient.SqlClient)
    yield* Effect.provide(Migrations.migrate(typeof db === "string" ? db : "PostgreSQL", Tables.all), context)
    for (const account_id of accounts) {
      yield* sql`INSERT INTO accounts ${sql.insert({ account_id, access_token_lifetime: 60, settings: "{}", created_at: 0 })}
        ON CONFLICT DO NOTHING`
    }
    return { sql, tokens: Context.get(context, StoredTokens.StoredTokens) }
  })

const accounts = ["T00000001", "T00000002"] as const

/** The possible owners of a session. */
const owners = [
  { accountId: accounts[0], clientId: "one" },
  { accountId: accounts[0], clientId: "two" },
  { accountId: accounts[1], clientId: "one" }
] as const

const contentOf = (owner: (typeof owners)[number]): StoredTokens.TokenContent => ({
  ...owner,
  subject: "ada",
  audience,
  scopes: ["user:customers"]
})

/** A model of the rules, in memory and without concurrency. */
const modelOf = (rules: RefreshTokenRules.RefreshTokenRules) => {
  interface Token {
    readonly family: { readonly owner: number; readonly loggedInAt: number; isRevoked: boolean }
    activeAt: number
    /** The successor of the token, and since when it has one. */
    next?: { readonly at: number; readonly token: Token; value?: string }
    isUsed: boolean
  }
  const tokens: Array<Token> = []
  const add = (token: Token): Token => {
    tokens.push(token)
    return token
  }
  return {
    login: (owner: number, now: number) =>
      add({ family: { owner, loggedInAt: now, isRevoked: false }, activeAt: now, isUsed: false }),
    revoke: (index: number, owner: number) => {
      const family = tokens[index]?.family
      if (family?.owner === owner) family.isRevoked = true
    },
    /** Whether the refresh succeeds, with the model's entry for the successor. */
    refresh: (
      index: number,
      owner: number,
      now: number
    ): { readonly next: Token["next"]; readonly isNew: boolean } | undefined => {
      const token = tokens[index]
      if (token === undefined || token.family.owner !== owner || token.family.isRevoked) return undefined
      if (now - token.family.loggedInAt >= rules.absoluteLifetime) return undefined
      const { next } = token
      const repeats =
        next === undefined ||
        (rules.rotation === "grace" && now - next.at < rules.grace) ||
        (rules.rotation === "until-used" && !next.token.isUsed)
      if (!repeats) {
        token.family.isRevoked = true
        return undefined
      }
      if (now - token.activeAt >= rules.idleLifetime) return undefined
      token.activeAt = now
      token.isUsed = true
      if (rules.rotation === "none") return { next: undefined, isNew: false }
      if (next === undefined) {
        token.next = { at: now, token: add({ family: token.family, activeAt: now, isUsed: false }) }
        return { next: token.next, isNew: true }
      }
      next.token.activeAt = now
      return { next, isNew: false }
    }
  }
}

const rulesOf = (rotation: Rotation) =>
  FastCheck.record({
    rotation: FastCheck.constant(rotation),
    grace: FastCheck.constantFrom(30_000, 600_000),
    idleLifetime: FastCheck.constantFrom(undefined, "1 hour" as const),
    absoluteLifetime: FastCheck.constantFrom(undefined, "3 hours" as const)
  })

const index = FastCheck.nat({ max: 1000 })

/** The client that sends the token: mostly its owner. */
const stranger = FastCheck.oneof(
  { weight: 9, arbitrary: FastCheck.constant(0) },
  { weight: 1, arbitrary: FastCheck.constantFrom(1, 2) }
)

const refreshOf = (age: FastCheck.Arbitrary<number>) => FastCheck.record({ refresh: age, stranger })

const action = FastCheck.oneof(
  { weight: 1, arbitrary: FastCheck.record({ login: FastCheck.nat({ max: 2 }) }) },
  // Mostly the newest token, as a client does, or the one before, or any earlier one.
  { weight: 9, arbitrary: refreshOf(FastCheck.constant(0)) },
  { weight: 5, arbitrary: refreshOf(FastCheck.constant(1)) },
  { weight: 1, arbitrary: refreshOf(index) },
  { weight: 1, arbitrary: FastCheck.record({ revoke: index, stranger }) },
  { weight: 6, arbitrary: FastCheck.record({ wait: FastCheck.constantFrom(29_999, 30_000, 1_800_000, 3_000_000) }) }
)

describe("laws", () => {
  for (const rotation of rotations) {
    it.scoped.prop(
      `any sequence of logins, refreshes, revocations and waits ends as the model says; ${rotation}`,
      [rulesOf(rotation), FastCheck.array(action, { minLength: 5, maxLength: 60, size: "max" })],
      ([rules, actions]) =>
        Effect.gen(function* () {
          const { tokens } = yield* storeOf(rules)
          const model = modelOf(Rules.make(rules))
          const seen: Array<{ readonly value: Redacted.Redacted; readonly owner: number }> = []
          for (const next of actions) {
            const now = yield* Clock.currentTimeMillis
            if ("wait" in next) yield* TestClock.adjust(next.wait)
            else if ("login" in next) {
              const owner = owners[next.login] ?? owners[0]
              seen.push({ value: yield* tokens.issueRefreshToken(contentOf(owner)), owner: next.login })
              model.login(next.login, now)
            } else if (seen.length > 0) {
              const at = seen.length - 1 - (("revoke" in next ? next.revoke : next.refresh) % seen.length)
              const token = seen[at] ?? assert.fail()
              const by = (token.owner + next.stranger) % owners.length
              const presented = { ...(owners[by] ?? owners[0]), refreshToken: token.value }
              if ("revoke" in next) {
                yield* tokens.revoke(presented)
                model.revoke(at, by)
                continue
              }
              const expected = model.refresh(at, by, now)
              const found = yield* tokens.refresh(presented)
              assert.strictEqual(Option.isSome(found), expected !== undefined)
              if (Option.isNone(found) || expected === undefined) continue
              assert.deepStrictEqual(found.value.content, contentOf(owners[by] ?? owners[0]))
              const successor = Option.getOrUndefined(found.value.successor)
              assert.strictEqual(successor !== undefined, expected.next !== undefined)
              if (successor === undefined || expected.next === undefined) continue
              const value = Redacted.value(successor)
              if (expected.isNew) {
                assert.isFalse(seen.some((one) => Redacted.value(one.value) === value))
                seen.push({ value: successor, owner: token.owner })
                expected.next.value = value
              } else assert.strictEqual(value, expected.next.value)
            }
          }
        }),
      { fastCheck: { numRuns: 80 } }
    )

    it.scoped.prop(
      `in any interleaving: one successor of a token, one live chain of a family; ${rotation}`,
      [
        FastCheck.array(FastCheck.array(FastCheck.tuple(index, FastCheck.nat({ max: 50 })), { minLength: 1, maxLength: 8 }), {
          minLength: 1,
          maxLength: 8
        })
      ],
      ([batches]) =>
        Effect.gen(function* () {
          const { sql, tokens } = yield* storeOf({ rotation })
          const [owner] = owners
          const seen: Array<string> = []
          for (let i = 0; i < 2; i++) seen.push(Redacted.value(yield* tokens.issueRefreshToken(contentOf(owner))))
          const familyOf = new Map(seen.map((token, family) => [token, family]))
          const answersOf = new Map<string, Array<string | undefined>>()
          const refusedIn = new Set<number>()
          const presentations = new Map<string, number>()
          const refresh = (token: string) => tokens.refresh({ ...owner, refreshToken: Redacted.make(token) })
          for (const batch of batches) {
            const known = [...seen]
            yield* Effect.forEach(
              batch,
              ([at, turns]) =>
                Effect.gen(function* () {
                  const token = known[at % known.length] ?? assert.fail()
                  const family = familyOf.get(token) ?? assert.fail()
                  presentations.set(token, (presentations.get(token) ?? 0) + 1)
                  // Other fibers run after this number of steps, also in the middle of a refresh.
                  const found = yield* Effect.withMaxOpsBeforeYield(refresh(token), 10 + turns)
                  if (Option.isNone(found)) return void refusedIn.add(family)
                  const successor = Option.getOrUndefined(Option.map(found.value.successor, Redacted.value))
                  answersOf.set(token, [...(answersOf.get(token) ?? []), successor])
                  if (successor === undefined || familyOf.has(successor)) return
                  familyOf.set(successor, family)
                  seen.push(successor)
                }),
              { concurrency: "unbounded", discard: true }
            )
          }
          for (const [token, answers] of answersOf) {
            assert.strictEqual(new Set(answers).size, 1, "two successors of one token")
            if (rotation === "none") assert.deepStrictEqual(new Set(answers), new Set([undefined]))
            if (rotation === "strict") assert.lengthOf(answers, 1)
            assert.isDefined(familyOf.get(token))
          }
          const rows = yield* sql`SELECT family, used_at, revoked_at FROM refresh_tokens`
          const families = new Map(seen.slice(0, 2).map((token, family) => [Digest.ofToken(token), family]))
          for (const [digest, family] of families) {
            const alive = rows.filter((row) => row.family === digest && row.revoked_at === null)
            assert.isAtMost(alive.filter(({ used_at }) => used_at === null).length, 1)
            const own = [...familyOf].flatMap(([token, its]) => (its === family ? [token] : []))
            if (rotation === "strict" && own.some((token) => (presentations.get(token) ?? 0) > 1)) {
              assert.lengthOf(alive, 0, "a reused token left a live one")
            }
            // No time passes, so only a reuse, and the tokens that it revoked, are refused.
            if (rotation === "none" || rotation === "grace") assert.isFalse(refusedIn.has(family))
            if (!refusedIn.has(family)) assert.isAbove(alive.length, 0)
            else {
              assert.lengthOf(alive, 0)
              for (const token of own) assert.isTrue(Option.isNone(yield* refresh(token)))
            }
          }
        }),
      { fastCheck: { numRuns: 30 } }
    )
  }

  for (const rotation of rotating) {
    it.scopedLive(`two systems on one file give one successor; ${rotation}`, () =>
      Effect.gen(function* () {
        const db = file()
        const stores = [yield* storeOf({ rotation }, db), yield* storeOf({ rotation }, db)]
        const [owner] = owners
        const first = yield* stores[0]?.tokens.issueRefreshToken(contentOf(owner)) ?? assert.fail()
        const found = yield* Effect.forEach(
          Array.from({ length: 20 }, (_, i) => stores[i % 2] ?? assert.fail()),
          ({ tokens }) => tokens.refresh({ ...owner, refreshToken: first }),
          { concurrency: "unbounded" }
        )
        const successors = found.flatMap((one) => Option.toArray(Option.flatMap(one, ({ successor }) => successor)))
        assert.lengthOf(successors, rotation === "strict" ? 1 : 20)
        assert.strictEqual(new Set(successors.map(Redacted.value)).size, 1)
      })
    )
  }
})

describe("secrets", () => {
  for (const rotation of rotating) {
    it.effect(`no refresh token is in the database, the journal or an error; ${rotation}`, () =>
      Effect.gen(function* () {
        const db = file()
        const shown: Array<string> = []
        const tokens = yield* Effect.scoped(
          Effect.gen(function* () {
            const { embedded, refresh, revoke, session } = yield* begun({ rotation }, { db })
            const tokens = [(yield* session).body.refresh_token]
            for (let i = 0; i < 3; i++) tokens.push((yield* refresh(tokens[i] ?? "")).body.refresh_token)
            yield* TestClock.adjust("1 minute")
            shown.push((yield* refresh(tokens[0] ?? "")).text)
            yield* revoke(tokens[3] ?? "")
            shown.push(JSON.stringify(yield* embedded.journal.list()), inspect(embedded, { depth: 6 }))
            return tokens
          })
        )
        assert.strictEqual(new Set(tokens).size, 4)
        shown.push(readFileSync(db).toString("latin1"))
        for (const token of tokens) {
          assert.match(token, /^[\w-]{43}$/)
          const bytes = Buffer.from(token, "base64url")
          for (const text of shown) {
            assert.notInclude(text, token)
            assert.notInclude(text, bytes.toString("hex"))
            assert.notInclude(text, bytes.toString("latin1"))
          }
        }
      })
    )
  }

  it.scoped("a successor is the HMAC of its token and a nonce, or random; the nonce is only stored while it is needed", () =>
    Effect.gen(function* () {
      const [owner] = owners
      for (const rotation of rotating) {
        const { sql, tokens } = yield* storeOf({ rotation })
        const refresh = (token: string) =>
          Effect.map(tokens.refresh({ ...owner, refreshToken: Redacted.make(token) }), (found) =>
            Redacted.value(Option.getOrThrow(Option.getOrThrow(found).successor))
          )
        const nonceOf = (token: string) =>
          Effect.map(
            sql`SELECT successor_nonce FROM refresh_tokens WHERE token_digest = ${Digest.ofToken(token)}`,
            ([row]) => row?.successor_nonce
          )
        const first = Redacted.value(yield* tokens.issueRefreshToken(contentOf(owner)))
        assert.isNull(yield* nonceOf(first))
        const second = yield* refresh(first)
        const nonce = yield* nonceOf(first)
        if (rotation === "strict") assert.isNull(nonce)
        else assert.strictEqual(second, createHmac("sha256", first).update(String(nonce)).digest("base64url"))
        const third = yield* refresh(second)
        // With `grace`, its time is not over yet.
        assert.strictEqual((yield* nonceOf(first)) !== null, rotation === "grace")
        yield* TestClock.adjust("30 seconds")
        yield* refresh(third)
        assert.isNull(yield* nonceOf(first))
        assert.strictEqual((yield* nonceOf(third)) === null, rotation === "strict")
        yield* tokens.revoke({ ...owner, refreshToken: Redacted.make(first) })
        assert.isNull(yield* nonceOf(third))
      }
    })
  )

  for (const rotation of rotating) {
    it.effect(`a restart on a file keeps what was used, revoked and given; ${rotation}`, () =>
      Effect.gen(function* () {
        const db = file()
        const within = <A, E>(
          use: (system: Effect.Effect.Success<ReturnType<typeof begun>>) => Effect.Effect<A, E>,
          rules: Options
        ) => Effect.scoped(Effect.flatMap(begun(rules, { db }), use))
        const rules = { rotation, absoluteLifetime: "2 hours" } as const
        const [first, second, revoked] = yield* within(
          ({ refresh, revoke, session }) =>
            Effect.gen(function* () {
              const first = (yield* session).body.refresh_token
              const revoked = (yield* session).body.refresh_token
              yield* revoke(revoked)
              return [first, (yield* refresh(first)).body.refresh_token, revoked] as const
            }),
          rules
        )
        yield* TestClock.adjust("10 seconds")
        yield* within(
          ({ refresh }) =>
            Effect.gen(function* () {
              assert.strictEqual((yield* refresh(revoked)).status, 403)
              const again = yield* refresh(first)
              if (rotation === "strict") {
                assert.strictEqual(again.status, 403)
                assert.strictEqual((yield* refresh(second)).status, 403)
              } else {
                assert.strictEqual(again.body.refresh_token, second)
              }
            }),
          rules
        )
        yield* TestClock.adjust("2 hours")
        yield* within(({ refresh }) => Effect.map(refresh(second), ({ status }) => assert.strictEqual(status, 403)), rules)
      })
    )
  }

  it.effect("the rules of the running system apply: a used token stays used, and the times are computed again", () =>
    Effect.gen(function* () {
      const db = file()
      const one = <A, E>(
        rules: Options | undefined,
        use: (system: Effect.Effect.Success<ReturnType<typeof begun>>) => Effect.Effect<A, E>
      ) => Effect.scoped(Effect.flatMap(begun(rules, { db }), use))
      const status = (token: string) => (system: Effect.Effect.Success<ReturnType<typeof begun>>) =>
        Effect.map(system.refresh(token), ({ status }) => status)
      const first = yield* one(undefined, ({ session }) => Effect.map(session, ({ body }) => body.refresh_token))
      assert.strictEqual(yield* one(undefined, status(first)), 200)
      const second = yield* one({ rotation: "until-used" }, ({ refresh }) =>
        Effect.map(refresh(first), ({ body }) => body.refresh_token)
      )
      assert.strictEqual(yield* one(undefined, status(second)), 200)
      yield* TestClock.adjust("2 hours")
      assert.strictEqual(yield* one({ idleLifetime: "1 hour" }, status(second)), 403)
      assert.strictEqual(yield* one(undefined, status(second)), 200)
      assert.strictEqual(yield* one(undefined, status(first)), 403)
      assert.strictEqual(yield* one(undefined, status(second)), 403)
    })
  )
})

describe("the options", () => {
  it.effect("that cannot work are refused, with a proposal", () =>
    Effect.gen(function* () {
      const wrong: ReadonlyArray<readonly [unknown, string]> = [
        [
          { rotation: "sometimes" },
          "refreshTokens.rotation: there is no such rotation. Give one of none, strict, grace, until-used."
        ],
        [{ rotation: "grace", grace: "soon" }, "refreshTokens.grace: that is not a duration."],
        [{ absoluteLifetime: {} }, "refreshTokens.absoluteLifetime: that is not a duration."],
        [{ idleLifetime: null }, "refreshTokens.idleLifetime: that is not a duration."]
      ]
      for (const [refreshTokens, message] of wrong) {
        // Seam: a program without types can pass these values.
        const exit = yield* Effect.exit(Effect.scoped(DinteroEmbedded.make({ refreshTokens: refreshTokens as Options })))
        const defect = Exit.isFailure(exit) ? Option.getOrUndefined(Cause.dieOption(exit.cause)) : undefined
        assert.instanceOf(defect, RangeError)
        assert.include(String(defect), message)
      }
    })
  )
})

/** What a year with a login each day leaves in the table, with the rules of a system. */
const yearOf = (rules: Options, login: Login) =>
  Effect.gen(function* () {
    const { sql, tokens } = yield* storeOf(rules)
    const [owner] = owners
    for (let day = 0; day < 365; day++) {
      yield* TestClock.adjust("1 day")
      yield* login(tokens, yield* tokens.issueRefreshToken(contentOf(owner)), owner)
    }
    const rows = yield* sql`SELECT COUNT(*) AS count FROM refresh_tokens`
    return { left: Number(rows[0]?.count), tokens, owner }
  })

type Login = (
  tokens: StoredTokens.StoredTokensService,
  token: Redacted.Redacted,
  owner: (typeof owners)[number]
) => Effect.Effect<unknown, SqlError>

const once: Login = () => Effect.void

/** A session of several refreshes. */
const refreshed: Login = (tokens, token, owner) =>
  Effect.iterate([token, 0] as readonly [Redacted.Redacted, number], {
    while: ([, refreshes]) => refreshes < 4,
    body: ([current, refreshes]) =>
      Effect.map(
        tokens.refresh({ ...owner, refreshToken: current }),
        (found) =>
          [
            Option.getOrElse(
              Option.flatMap(found, ({ successor }) => successor),
              () => current
            ),
            refreshes + 1
          ] as const
      )
  })

const loggedOut: Login = (tokens, token, owner) => tokens.revoke({ ...owner, refreshToken: token })

describe("refresh tokens that no request can use any more are deleted", () => {
  for (const [why, rules, login, most] of [
    ["the session is over", { absoluteLifetime: "30 days" }, once, 100],
    ["the token was not used for too long", { idleLifetime: "30 days" }, once, 100],
    ["the session is over, and had several", { absoluteLifetime: "30 days", rotation: "strict" }, refreshed, 500],
    [
      "the session was not used for too long, and had several",
      { idleLifetime: "30 days", rotation: "until-used" },
      refreshed,
      500
    ],
    ["they were revoked, and expire never", {}, loggedOut, 20]
  ] as const) {
    it.scoped(`in a year of logins: ${why}`, () =>
      Effect.gen(function* () {
        const { left, owner, tokens } = yield* yearOf(rules, login)
        assert.isAtMost(left, most)
        // Those that can be used are still there.
        const token = yield* tokens.issueRefreshToken(contentOf(owner))
        yield* TestClock.adjust("29 days")
        for (let i = 0; i < 10; i++) yield* tokens.issueRefreshToken(contentOf(owner))
        assert.isTrue(Option.isSome(yield* tokens.refresh({ ...owner, refreshToken: token })))
      })
    )
  }

  it.scoped("a session with 1,000 refreshes goes a part at each login, when it is over", () =>
    Effect.gen(function* () {
      const { sql, tokens } = yield* storeOf({ rotation: "strict", absoluteLifetime: "300 days" })
      const [owner] = owners
      const count = Effect.map(sql`SELECT COUNT(*) AS count FROM refresh_tokens`, (rows) => Number(rows[0]?.count))
      let token = yield* tokens.issueRefreshToken(contentOf(owner))
      const used = token
      for (let i = 0; i < 1_000; i++) {
        const found = yield* tokens.refresh({ ...owner, refreshToken: token })
        token = Option.getOrElse(
          Option.flatMap(found, ({ successor }) => successor),
          () => assert.fail("no successor")
        )
      }
      // While the session lives, each of its tokens is known: a request with a used one ends it.
      yield* TestClock.adjust("299 days")
      for (let i = 0; i < 20; i++) yield* tokens.issueRefreshToken(contentOf(owner))
      assert.strictEqual(yield* count, 1_021)
      yield* TestClock.adjust("1 day")
      const before = yield* count
      yield* tokens.issueRefreshToken(contentOf(owner))
      assert.isAtLeast(yield* count, before - 300)
      for (let i = 0; i < 30; i++) yield* tokens.issueRefreshToken(contentOf(owner))
      assert.strictEqual(yield* count, 51)
      assert.isTrue(Option.isNone(yield* tokens.refresh({ ...owner, refreshToken: used })))
    })
  )
})

Databases.onEach("dead refresh tokens", (database) => {
  it.scoped("are deleted, and those that can be used are not", () =>
    Effect.gen(function* () {
      const { sql, tokens } = yield* storeOf({ idleLifetime: "30 days", rotation: "strict" }, yield* database)
      const [owner] = owners
      const issue = tokens.issueRefreshToken(contentOf(owner))
      for (let i = 0; i < 10; i++) yield* refreshed(tokens, yield* issue, owner)
      yield* loggedOut(tokens, yield* issue, owner)
      yield* TestClock.adjust("30 days")
      const living = yield* Effect.replicateEffect(issue, 20)
      const rows = yield* sql`SELECT COUNT(*) AS count FROM refresh_tokens`
      assert.strictEqual(Number(rows[0]?.count), living.length)
      for (const refreshToken of living) assert.isTrue(Option.isSome(yield* tokens.refresh({ ...owner, refreshToken })))
    })
  )
})
