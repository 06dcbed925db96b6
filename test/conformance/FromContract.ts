/**
 * The cases that follow from an operation's entry in the contract and from its sample.
 */
import { assert } from "@effect/vitest"
import { Effect, Either, Schema } from "effect"
import { DinteroEmbedded } from "effect-dintero/embedded"
import { type OperationName, operations } from "../../src/contract/Contract.js"
import type { Described } from "../../src/contract/Operation.js"
import { notEmbedded } from "../../src/layers/embedded/rooms/NotEmbedded.js"
import { hintHeader } from "../../src/layers/embedded/serving/ApiResponse.js"
import { ErrorBody } from "../../src/schemas/ErrorBody.js"
import { sampleOf, wireOf } from "../operations/Samples.js"
import { typed } from "./Actions.js"
import { assertError, body, type Case, errorPaths, it, type Needs } from "./Case.js"
import {
  account,
  bearerOf,
  bearerOfAda,
  bearerOfAnother,
  bearerWith,
  type ClientName,
  partnerAccount,
  seedWithScopes,
  send,
  tokenOf
} from "./System.js"

/** What a request needs to be sent. */
interface Request {
  readonly path: string
  readonly json: unknown
}

/** The cases of an operation on a customer. The samples are about Ada. */
const ofCustomer = <E, R extends Needs>(
  { failures, method, scopes }: Described,
  good: Effect.Effect<Request, E, R>
): ReadonlyArray<Case> => [
  ...(scopes.includes("user:customers")
    ? [
        it("another customer's token: 403", () =>
          Effect.gen(function* () {
            const { json, path } = yield* good
            assertError(yield* send(method, path, { authorization: yield* bearerOfAnother, json }), 403, "FORBIDDEN")
          }))
      ]
    : []),
  ...(failures.includes(404)
    ? [
        it("a customer who was deleted, or never was: 404", () =>
          Effect.gen(function* () {
            const authorization = yield* bearerOf("admin")
            const { json, path } = yield* good
            assert.include(path, "/users/ada")
            const nobody = path.replace("/users/ada", "/users/nobody")
            assertError(yield* send(method, nobody, { authorization, json }), 404, "NOT FOUND")
            yield* send("DELETE", `/accounts/${account}/customers/users/ada`, { authorization })
            assertError(yield* send(method, path, { authorization, json }), 404, "NOT FOUND")
          }))
      ]
    : [])
]

/** The cases of a list that pages. */
const ofPages = <E, R extends Needs>(good: Effect.Effect<Request, E, R>): ReadonlyArray<Case> => {
  const asked = (query: Record<string, string>) =>
    Effect.gen(function* () {
      const { path } = yield* good
      const [pathname] = path.split("?")
      return yield* send("GET", `${pathname}?${new URLSearchParams(query)}`, { authorization: yield* bearerOf("admin") })
    })
  return [
    it("a limit of 1 or 100 is one, and 0, 101 or no whole number is a 400 that names it", () =>
      Effect.gen(function* () {
        for (const limit of ["1", "100"]) {
          const wire = yield* asked({ limit })
          assert.strictEqual(wire.status, 200, wire.text)
          assert.isAtMost(body<ReadonlyArray<unknown>>(wire).length, Number(limit))
        }
        for (const limit of ["0", "101", "-1", "1.5", "ten", ""]) {
          const wire = yield* asked({ limit })
          assertError(wire, 400, "BAD REQUEST")
          assert.strictEqual(body<{ error: { name: string } }>(wire).error.name, "limit", limit)
        }
      })),
    it("a cursor that is none of the list: 400", () =>
      Effect.gen(function* () {
        for (const starting_after of ["unknown", "\u0000", "' OR 1=1 --", "٣"]) {
          assertError(yield* asked({ starting_after }), 400, "BAD REQUEST")
        }
      }))
  ]
}

/** Whether every caller with a scope of the operation can make the sample's call. */
const isManagement = (name: OperationName): boolean =>
  /^(?:customers|auth\.(?:accountUsers|clients|grants|roles|users))\.|^auth\.keys$/.test(name)

/** The cases of an operation that the embedded system does not carry out. */
const notCarriedOut = (name: OperationName, reason: string): ReadonlyArray<Case> => [
  it("501 with the error body, and a header says why: with and without an Authorization, whatever the body is", () =>
    Effect.gen(function* () {
      const { method, path, json } = wireOf(name, sampleOf(name).input)
      for (const authorization of [undefined, "Bearer nobody", yield* bearerOf("nothing"), yield* bearerOf("admin")]) {
        for (const request of [{ json }, {}, ...(method === "GET" ? [] : [{ raw: "{" }])]) {
          const wire = yield* send(method, path, { authorization, ...request })
          assert.strictEqual(wire.status, 501)
          assert.strictEqual(wire.text, '{"error":{"errors":[],"message":"NOT_IMPLEMENTED"}}')
          assert.strictEqual(wire.headers["content-type"], "application/json; charset=utf-8")
          assert.strictEqual(wire.headers[hintHeader], reason)
        }
      }
    })),
  it("the journal has its name, the status and the reason", () =>
    Effect.gen(function* () {
      const { journal } = yield* DinteroEmbedded.Embedded
      const { method, path, json } = wireOf(name, sampleOf(name).input)
      yield* send(method, path, { json })
      const entries = yield* journal.list({ operation: name })
      assert.deepStrictEqual(
        entries.map(({ hint, status }) => [status, hint]),
        [[501, reason]]
      )
    }))
]

/** The reasons by the names of all operations. */
const reasons: { readonly [Name in OperationName]?: string } = notEmbedded

/** The account of an operation, and two of its clients: one that may do everything there, and one that may do nothing. */
const placeOf = ({ path }: Described): { readonly account: string; readonly admin: ClientName; readonly nothing: ClientName } =>
  path.includes("{partner_id}")
    ? { account: partnerAccount, admin: "partner", nothing: "partnerNothing" }
    : { account, admin: "admin", nothing: "nothing" }

/** The cases that every operation has. */
export const fromContract = (name: OperationName): ReadonlyArray<Case> => {
  const reason = reasons[name]
  if (reason !== undefined) return notCarriedOut(name, reason)
  const operation: Described = operations[name]
  const { account, admin, nothing } = placeOf(operation)
  const { caller, fresh, input, wrong } = sampleOf(name)
  const bearer = caller === "ada" ? bearerOfAda : bearerOf(admin)
  const { method } = operation
  const good = (id = account) =>
    Effect.map(fresh === undefined ? Effect.succeed(input) : Effect.orDie(Effect.provide(fresh, typed(admin))), (input) =>
      wireOf(name, input, id)
    )
  const call = (authorization: string | undefined, id = account) =>
    Effect.flatMap(good(id), ({ json, path }) => send(method, path, { authorization, json, accept: "application/json" }))
  const { schema, status: success } = operation.success
  const { body: requestBody } = operation
  const takes = (json: unknown) => requestBody !== undefined && Either.isRight(Schema.decodeUnknownEither(requestBody)(json))
  const isAnonymous = operation.authorization === "none"
  return [
    isAnonymous
      ? it("no Authorization: a success", () =>
          Effect.gen(function* () {
            const wire = yield* call(undefined)
            assert.strictEqual(wire.status, success, wire.text)
          }))
      : it("no Authorization: 401", () =>
          Effect.gen(function* () {
            assertError(yield* call(undefined), 401, "UNAUTHORIZED")
          })),
    it("a malformed or foreign Authorization: 401", () =>
      Effect.gen(function* () {
        const good = yield* tokenOf(admin)
        const malformed = [
          "Bearer",
          "Bearer ",
          "Bearer a b",
          "Bearer not-a-jwt",
          "Bearer a.b.c",
          `Bearer ${good.slice(0, -4)}AAAA`,
          `Token ${good}`,
          good,
          "Basic",
          "Basic %%%"
        ]
        for (const authorization of malformed) assertError(yield* call(authorization), 401, "UNAUTHORIZED")
      })),
    it("the scheme is read in any case", () =>
      Effect.gen(function* () {
        const wire = yield* call((yield* bearer).replace("Bearer", "bEARER"))
        assert.strictEqual(wire.status, success, wire.text)
      })),
    caller !== undefined
      ? it("a token of another client: 403", () =>
          Effect.gen(function* () {
            assertError(yield* call(yield* bearerOf(nothing)), 403, "FORBIDDEN")
          }))
      : operation.scopes.length === 0
        ? it("any token of the account: a success", () =>
            Effect.gen(function* () {
              const wire = yield* call(yield* bearerOf(nothing))
              assert.strictEqual(wire.status, success, wire.text)
            }))
        : it("a token without any of the scopes: 403, and a header names them", () =>
            Effect.gen(function* () {
              const wire = yield* call(yield* bearerOf(nothing))
              assertError(wire, 403, "FORBIDDEN")
              for (const scope of operation.scopes) assert.include(wire.headers["x-effect-dintero-hint"], scope)
            })),
    // A login's second step is the client's that began it, and a refresh token its own client's: their tags have cases for that.
    ...(operation.scopes.length === 0 || !isManagement(name)
      ? []
      : [
          it("each of its scopes is enough", () =>
            Effect.gen(function* () {
              const { accounts } = yield* DinteroEmbedded.Embedded
              for (const scope of operation.scopes) {
                // Anew, since an operation can succeed once.
                yield* accounts.seed(seedWithScopes(operation.scopes), { replace: true })
                const wire = yield* call(yield* bearerWith(scope))
                assert.strictEqual(wire.status, success, `${scope}: ${wire.text}`)
              }
            }))
        ]),
    ...(isManagement(name) && !isAnonymous && !operation.scopes.some((scope) => scope.startsWith("user:"))
      ? [
          it("a customer's token: 403", () =>
            Effect.gen(function* () {
              assertError(yield* call(yield* bearerOfAnother), 403, "FORBIDDEN")
            }))
        ]
      : []),
    ...("customer_id" in operation.parameters ? ofCustomer(operation, good()) : []),
    ...(operation.paging === undefined ? [] : ofPages(good())),
    it("a token for another account: 403", () =>
      Effect.gen(function* () {
        assertError(yield* call(yield* bearerOf("stranger")), 403, "FORBIDDEN")
      })),
    it("an id that is none: 400 or 404, never another resource", () =>
      Effect.gen(function* () {
        const authorization = yield* bearer
        for (const id of ["x", "T1", "T123456789", "T12345678%2F..", "%2e%2e", "%00", "%zz", "T1234567%C3%28"]) {
          const wire = yield* call(authorization, id)
          assert.include([400, 404], wire.status, `${id}: ${wire.text}`)
          if (method !== "HEAD") assert.isString(body<{ error: { message: string } }>(wire).error.message)
        }
      })),
    it("every failure that it answers is one that the contract declares", () =>
      Effect.gen(function* () {
        // The documentation has no token for these, and so no answer to one that is refused.
        if (isAnonymous) return
        for (const authorization of [undefined, yield* bearerOf(nothing), yield* bearerOf("stranger")]) {
          const wire = yield* call(authorization)
          assert.include<number>(operation.failures, wire.status)
          if (method !== "HEAD") assert.isTrue(Either.isRight(Schema.decodeUnknownEither(ErrorBody)(wire.body)), wire.text)
        }
      })),
    it("a success is what the contract says", () =>
      Effect.gen(function* () {
        const wire = yield* call(yield* bearer)
        assert.strictEqual(wire.status, success, wire.text)
        assert.strictEqual(wire.headers["access-control-allow-origin"], "*")
        if (success === 302) return assert.isString(wire.headers.location)
        if (schema === undefined) return assert.strictEqual(wire.text, "")
        assert.strictEqual(wire.headers["content-type"], "application/json; charset=utf-8")
        const decoded = Schema.decodeUnknownEither(schema)(wire.body)
        assert.isTrue(Either.isRight(decoded), wire.text)
      })),
    ...(operation.body === undefined
      ? []
      : [
          it("a body that is no JSON, of another type, or too large: 400", () =>
            Effect.gen(function* () {
              const authorization = yield* bearer
              const { json: whole, path } = yield* good()
              const json = JSON.stringify(whole)
              const bodies: ReadonlyArray<{ readonly raw: string | Uint8Array; readonly contentType?: string }> = [
                { raw: "{" },
                { raw: "nope" },
                { raw: "null" },
                ...(takes([]) ? [] : [{ raw: "[]" }]),
                { raw: '"text"' },
                { raw: "[".repeat(100_000) },
                // An object without any known field is a valid body where no field is required.
                ...(takes({})
                  ? []
                  : [
                      { raw: `{"grant_type":${"[".repeat(50_000)}${"]".repeat(50_000)}}` },
                      { raw: '{"grant_type":{"toString":1},"type":{"toString":1}}' }
                    ]),
                { raw: new Uint8Array([0xff, 0xfe, 0x7b, 0x7d]) },
                { raw: json, contentType: "text/plain" },
                { raw: json, contentType: "application/x-www-form-urlencoded" },
                { raw: JSON.stringify({ padding: "x".repeat(1024 * 1024) }) }
              ]
              for (const request of bodies) {
                assertError(yield* send(method, path, { authorization, ...request }), 400, "BAD REQUEST")
              }
            })),
          it("JSON with a charset is JSON", () =>
            Effect.gen(function* () {
              const authorization = yield* bearer
              const { json, path } = yield* good()
              const wire = yield* send(method, path, {
                authorization,
                accept: "application/json",
                raw: JSON.stringify(json),
                contentType: "application/json; charset=utf-8"
              })
              assert.strictEqual(wire.status, success, wire.text)
            })),
          it("unknown fields are ignored", () =>
            Effect.gen(function* () {
              const authorization = yield* bearer
              const { json, path } = yield* good()
              // A list has no fields.
              if (Array.isArray(json)) return
              const wire = yield* send(method, path, {
                authorization,
                accept: "application/json",
                raw: JSON.stringify({ ...(json as object), surprise: { deep: [1] } }).replace(
                  "{",
                  '{"__proto__":{"x":1},"constructor":1,'
                )
              })
              assert.strictEqual(wire.status, success, wire.text)
              assert.notInclude(wire.text, "surprise")
            })),
          it("wrong fields: 400, which names all of them", () =>
            Effect.gen(function* () {
              if (wrong === undefined) return assert.fail(`the sample of ${name} has no wrong body`)
              const { path } = wireOf(name, input, account)
              const wire = yield* send(method, path, { authorization: yield* bearer, json: wrong.json })
              assertError(wire, 400, "BAD REQUEST")
              assert.includeMembers([...errorPaths(wire)], [...wrong.paths])
            }))
        ])
  ]
}
