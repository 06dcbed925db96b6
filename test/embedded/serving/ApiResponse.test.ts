import { assert, describe, it } from "@effect/vitest"
import * as ApiResponse from "../../../src/layers/embedded/serving/ApiResponse.js"

const textOf = (response: ReturnType<typeof ApiResponse.json>): string => (typeof response.body === "string" ? response.body : "")

describe("ApiResponse", () => {
  it("writes the one error that Dintero's documentation prints, byte for byte with its etag", () => {
    // https://docs.dintero.com/docs/errors
    const response = ApiResponse.refusal({
      _tag: "Refusal",
      status: 404,
      body: { family: "domain", code: "NOT FOUND", message: "Customer not found" }
    })
    assert.strictEqual(textOf(response), `{"error":{"code":"NOT FOUND","message":"Customer not found"}}`)
    assert.strictEqual(response.headers.etag, `W/"3d-qtDvRirKA9JoksEsKn0JpUa7cpg"`)
    assert.strictEqual(response.headers["content-type"], "application/json; charset=utf-8")
    assert.strictEqual(response.headers["access-control-allow-origin"], "*")
    assert.strictEqual(response.headers["access-control-allow-methods"], "GET,HEAD,PUT,PATCH,POST,DELETE")
    assert.strictEqual(
      response.headers["access-control-allow-headers"],
      "Origin,Content-Type,Accept,Authorization,total-count,page-count"
    )
  })

  it("puts the mfa_token beside the error", () => {
    assert.strictEqual(
      textOf(ApiResponse.refusal({ _tag: "Refusal", status: 403, body: { family: "mfaRequired", mfaToken: "t" } })),
      `{"error":{"code":"mfa_required","message":"Multifactor authentication required"},"mfa_token":"t"}`
    )
  })

  it("counts bytes, not characters", () => {
    assert.match(ApiResponse.etag("blåbær"), /^W\/"8-/)
  })
})
