/**
 * The bytes of the service's refusals as they were recorded, over every way in.
 */
import { createHash } from "node:crypto"
import { FetchHttpClient, HttpClient } from "@effect/platform"
import { assert, describe, layer } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { DinteroEmbedded, PasswordHashing } from "effect-dintero/embedded"
import { UndiciTransport } from "effect-dintero/undici"
import { account, basic, bearerOf, clients, otherAccount, System, seed, send } from "../conformance/System.js"

const options = { seed, passwordHashing: PasswordHashing.fastForTests }

const served = Layer.scoped(
  System,
  Effect.map(DinteroEmbedded.serve(options), ({ url }) => ({ baseUrl: `${url}/v1` }))
)

const ways = {
  "in process": Layer.merge(
    DinteroEmbedded.layerHttpClient.pipe(Layer.provide(DinteroEmbedded.layerEmbedded(options))),
    Layer.succeed(System, { baseUrl: "https://api.dintero.com/v1" })
  ),
  "over a socket with undici": Layer.merge(UndiciTransport.layer, served),
  "over a socket with fetch": Layer.merge(FetchHttpClient.layer, served)
}

const unauthorized = `{"error":{"errors":[],"message":"UNAUTHORIZED"}}`
const unauthorizedTag = `W/"30-vidmwUgwiuH8Qt4jM3zOrjN4Ja8"`
const forbidden = `{"error":{"errors":[],"message":"FORBIDDEN"}}`
const unknownRoute = [
  "{",
  `  "error": {`,
  `    "code": "NOT_FOUND",`,
  `    "errors": [{`,
  `      "description": "resource not supported by api"`,
  "    }],",
  `    "message": "unknown resource"`,
  "  }",
  "}",
  ""
].join("\n")

const settings = `/accounts/${account}/customers/settings`
const token = `/accounts/${account}/auth/token`
const admin = basic(clients.admin.id, clients.admin.secret)

const etagOf = (text: string): string => {
  const bytes = Buffer.from(text)
  return `W/"${bytes.length.toString(16)}-${createHash("sha1").update(bytes).digest("base64").slice(0, 27)}"`
}

const hint = "x-effect-dintero-hint"

for (const [way, system] of Object.entries(ways)) {
  describe(way, () => {
    layer(system)((it) => {
      it.effect("a 401 is the same 48 bytes for every reason, and the hint says which", () =>
        Effect.gen(function* () {
          const bearer = yield* bearerOf("admin")
          const refused = {
            "There is no Authorization header": yield* send("GET", settings),
            "takes an access token": yield* send("GET", settings, { authorization: admin }),
            "none of this system": yield* send("GET", settings, { authorization: "Bearer no-jwt" }),
            "no API client with this id and secret": yield* send("POST", token, {
              authorization: basic(clients.admin.id, "wrong"),
              json: { grant_type: "client_credentials", audience: "a" }
            }),
            "Authorization: Basic": yield* send("POST", token, {
              authorization: bearer,
              json: { grant_type: "client_credentials", audience: "a" }
            }),
            "This grant takes an access token": yield* send("POST", token, {
              authorization: admin,
              json: { grant_type: "refresh_token", refresh_token: "r" }
            })
          }
          for (const [why, answer] of Object.entries(refused)) {
            assert.strictEqual(answer.status, 401, why)
            assert.strictEqual(answer.text, unauthorized, why)
            assert.strictEqual(answer.headers.etag, unauthorizedTag, why)
            assert.include(answer.headers[hint] ?? "", why)
          }
          assert.strictEqual(Buffer.byteLength(unauthorized), 48)
        })
      )

      it.effect("a 403 for a scope, another account or a missing grant has the same shape, and no code", () =>
        Effect.gen(function* () {
          const refused = {
            "none of the scopes that allow this: admin:customers": yield* send("GET", settings, {
              authorization: yield* bearerOf("nothing")
            }),
            "and not for P87654321": yield* send("GET", `/accounts/${otherAccount}/customers/settings`, {
              authorization: yield* bearerOf("admin")
            }),
            "no grant for this audience": yield* send("POST", token, {
              authorization: admin,
              json: { grant_type: "client_credentials", audience: "https://elsewhere.example" }
            })
          }
          for (const [why, answer] of Object.entries(refused)) {
            assert.strictEqual(answer.status, 403, why)
            assert.strictEqual(answer.text, forbidden, why)
            assert.strictEqual(answer.headers.etag, etagOf(forbidden), why)
            assert.include(answer.headers[hint] ?? "", why)
          }
        })
      )

      it.effect("a credential that is refused by a rule of the API has a code", () =>
        Effect.gen(function* () {
          const answer = yield* send("POST", token, {
            authorization: yield* bearerOf("admin"),
            json: { grant_type: "refresh_token", refresh_token: "unknown" }
          })
          assert.strictEqual(answer.status, 403)
          assert.match(answer.text, /^\{"error":\{"code":"FORBIDDEN","message":"Refresh token refused"\}\}$/)
        })
      )

      it.effect("an unknown route answers the recorded 158 bytes, and the hint names the nearest", () =>
        Effect.gen(function* () {
          const answer = yield* send("GET", `/accounts/${account}/customers/setings`)
          assert.strictEqual(answer.status, 404)
          assert.strictEqual(answer.text, unknownRoute)
          assert.strictEqual(Buffer.byteLength(answer.text), 158)
          assert.include(answer.headers[hint] ?? "", "/settings instead of /setings")
        })
      )

      it.effect("the credential is looked at before the method", () =>
        Effect.gen(function* () {
          const nobody = yield* send("GET", token)
          assert.deepStrictEqual([nobody.status, nobody.text], [401, unauthorized])
          const somebody = yield* send("GET", token, { authorization: yield* bearerOf("nothing") })
          assert.deepStrictEqual([somebody.status, somebody.text], [404, unknownRoute])
        })
      )

      it.effect("the credential is looked at before the body", () =>
        Effect.gen(function* () {
          const wrong = yield* send("POST", token, { authorization: basic("nobody", "wrong"), raw: "{" })
          assert.deepStrictEqual([wrong.status, wrong.text], [401, unauthorized])
          const foreign = yield* send("POST", token, { authorization: yield* bearerOf("nothing"), json: {} })
          assert.deepStrictEqual([foreign.status, foreign.text], [403, forbidden])
        })
      )

      it.effect("a POST without a body and without a type is validated as {}", () =>
        Effect.gen(function* () {
          const answer = yield* send("POST", `/accounts/${account}/auth/revoke`, { authorization: yield* bearerOf("admin") })
          const expected =
            `{"error":{"code":"INVALID_REQUEST_PARAMETER","errors":[{"code":"OBJECT_MISSING_REQUIRED_PROPERTY",` +
            `"params":["token"],"message":"Missing required property: token","path":[]}],"in":"body",` +
            `"message":"Invalid parameter (data): Value failed JSON Schema validation","name":"data",` +
            `"path":["paths","/accounts/{oid}/auth/revoke","post","parameters","0"]}}`
          assert.deepStrictEqual([answer.status, answer.text], [400, expected])
          assert.strictEqual(answer.headers.etag, etagOf(expected))
        })
      )

      it.effect("all wrong fields of a body are said at once, with nothing filled in", () =>
        Effect.gen(function* () {
          const answer = yield* send("PUT", settings, {
            authorization: yield* bearerOf("admin"),
            json: {
              users: { head: {}, verifications: { phone_number: "zzz" }, mfa: [] },
              attributes: [{ name: 1, type: "date" }]
            }
          })
          assert.strictEqual(answer.status, 400)
          const { error } = JSON.parse(answer.text)
          assert.deepStrictEqual(Object.keys(error), ["code", "errors", "in", "message", "name", "path"])
          const said = error.errors.map(({ code, message, path }: { code: string; message: string; path: Array<string> }) =>
            [code, path.join("/"), message].join(" | ")
          )
          assert.sameMembers(said, [
            "OBJECT_MISSING_REQUIRED_PROPERTY | users | Missing required property: customer_id_format",
            "OBJECT_MISSING_REQUIRED_PROPERTY | users/head | Missing required property: enabled",
            "ENUM_MISMATCH | users/verifications/phone_number | No enum match for: zzz",
            "INVALID_TYPE | users/mfa | Expected type object but found type array",
            "INVALID_TYPE | attributes/0/name | Expected type string but found type integer"
          ])
        })
      )

      it.effect("a wrong parameter of a path has its own name, and that of the account no method", () =>
        Effect.gen(function* () {
          const answer = yield* send("GET", "/accounts/nobody/customers/settings", { authorization: yield* bearerOf("admin") })
          assert.strictEqual(answer.status, 400)
          const { error } = JSON.parse(answer.text)
          assert.strictEqual(error.in, "path")
          assert.strictEqual(error.name, "aid")
          assert.deepStrictEqual(error.path, ["paths", "/accounts/{aid}/customers/settings", "parameters", "0"])
          assert.strictEqual(error.errors[0].code, "PATTERN")
        })
      )

      it.effect("a slash at the end of a path changes nothing", () =>
        Effect.gen(function* () {
          const authorization = yield* bearerOf("admin")
          const plain = yield* send("GET", settings, { authorization })
          const slash = yield* send("GET", `${settings}/`, { authorization })
          assert.deepStrictEqual([slash.status, slash.text], [200, plain.text])
        })
      )

      it.effect("a HEAD has the headers of a GET and no body; what the caller has already is a 304", () =>
        Effect.gen(function* () {
          const { baseUrl } = yield* System
          const http = yield* HttpClient.HttpClient
          const authorization = yield* bearerOf("admin")
          const get = yield* send("GET", settings, { authorization })
          const head = yield* send("HEAD", settings, { authorization })
          assert.deepStrictEqual([head.status, head.text, head.headers.etag], [200, "", get.headers.etag])
          const again = (tag: string) =>
            Effect.flatMap(
              http.get(baseUrl + settings, { headers: { authorization, "if-none-match": tag, "cache-control": "max-age=0" } }),
              (response) => Effect.map(response.text, (text) => [response.status, text, response.headers.etag])
            )
          assert.deepStrictEqual(yield* again(get.headers.etag ?? ""), [304, "", get.headers.etag])
          assert.deepStrictEqual(yield* again(`"x", ${(get.headers.etag ?? "").replace("W/", "")}`), [304, "", get.headers.etag])
          assert.deepStrictEqual(yield* again(`W/"x"`), [200, get.text, get.headers.etag])
        })
      )
    })
  })
}

describe("hints", () => {
  layer(
    Layer.merge(
      DinteroEmbedded.layerHttpClient.pipe(Layer.provideMerge(DinteroEmbedded.layerEmbedded({ ...options, hints: false }))),
      Layer.succeed(System, { baseUrl: "https://api.dintero.com/v1" })
    )
  )((it) => {
    it.effect("are not in a header when they are switched off, and still in the journal", () =>
      Effect.gen(function* () {
        const { journal } = yield* DinteroEmbedded.Embedded
        const answer = yield* send("GET", settings)
        assert.isUndefined(answer.headers[hint])
        assert.deepStrictEqual(
          (yield* journal.list()).map((entry) => entry.hint),
          ["There is no Authorization header"]
        )
      })
    )
  })
})
