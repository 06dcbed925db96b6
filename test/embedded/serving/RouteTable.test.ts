import { assert, describe, it } from "@effect/vitest"
import * as RouteTable from "../../../src/layers/embedded/serving/RouteTable.js"

const find = RouteTable.make(
  [
    "/users/{id}",
    "/users/{id}/events",
    "/users/{id}/{kind}",
    "/users/import",
    "/users/import/last",
    "/{tag}/import/first",
    "/"
  ].map((path) => ({ path, segments: path.split("/") }))
)

const pathsOf = (path: string) => find(path).routes.map((route) => route.path)

describe("a route table", () => {
  const cases: ReadonlyArray<readonly [path: string, routes: ReadonlyArray<string>]> = [
    // A literal segment has precedence over a parameter, in any order of the routes.
    ["/users/import", ["/users/import", "/users/{id}"]],
    ["/users/1", ["/users/{id}"]],
    ["/users/1/events", ["/users/{id}/events", "/users/{id}/{kind}"]],
    ["/users/import/events", ["/users/{id}/events", "/users/{id}/{kind}"]],
    ["/users/import/last", ["/users/import/last", "/users/{id}/{kind}"]],
    // No route below the literal `users` has these segments, but one below `{tag}` has.
    ["/users/import/first", ["/users/{id}/{kind}", "/{tag}/import/first"]],
    ["/tags/import/first", ["/{tag}/import/first"]],
    // One slash at the end means the same.
    ["/users/1/", ["/users/{id}"]],
    ["/users/1//", []],
    ["/", ["/"]],
    // A parameter is not empty, case matters, and an escape does not match literal text.
    ["/users//events", []],
    ["/users/", []],
    ["/Users/1", []],
    ["/%75sers/1", []],
    ["/users/a%2Fb", ["/users/{id}"]],
    ["/users/%zz", ["/users/{id}"]],
    ["/users/__proto__", ["/users/{id}"]],
    ["users/1", []],
    ["", []]
  ]
  for (const [path, routes] of cases) {
    it(`${JSON.stringify(path)} is ${routes.join(" and then ") || "not found"}`, () => {
      assert.deepStrictEqual(pathsOf(path), routes)
    })
  }

  it("returns the segments of the path as they were sent", () => {
    assert.deepStrictEqual(find("/users/a%2Fb/").segments, ["", "users", "a%2Fb"])
  })
})
