/**
 * The journal and the outbox are read a page at a time, in process and over HTTP.
 */
import { FetchHttpClient, HttpClient, HttpClientRequest } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FastCheck as fc, Redacted } from "effect"
import { DinteroEmbedded, PasswordHashing } from "effect-dintero/embedded"
import type * as Outbox from "../../../src/layers/embedded/controls/outbox/Outbox.js"
import * as Page from "../../../src/layers/embedded/controls/Page.js"
import { apiOf, tokenOf } from "../Api.js"
import { onEach } from "../Databases.js"

const ids = fc.uniqueArray(fc.integer({ min: 1, max: 60 })).map((all) => all.sort((a, b) => a - b).map((id) => ({ id })))

describe("a list in pages", () => {
  it("has the same values as the whole list, whatever the size of a page and of a part is", () =>
    fc.assert(
      fc.property(ids, fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 5 }), (all, limit, divisor) => {
        const fits = ({ id }: { readonly id: number }) => id % divisor === 0
        const pages: Array<ReadonlyArray<{ readonly id: number }>> = []
        for (;;) {
          const page = { before: pages[0]?.[0]?.id, limit }
          const sizes: Array<number> = []
          const read = (before: number | undefined, most: number) => {
            sizes.push(most)
            return Effect.succeed(Page.newest(all, { before, limit: most }))
          }
          const found = Effect.runSync(Page.inParts(read, page, 7, fits))
          assert.deepStrictEqual(found, Page.newest(all.filter(fits), page))
          const unfiltered = Effect.runSync(Page.inParts(read, page, 7))
          assert.deepStrictEqual(unfiltered, Page.newest(all, page))
          assert.isAtMost(Math.max(...sizes), 7)
          if (found.length === 0) break
          pages.unshift(found)
        }
        assert.deepStrictEqual(pages.flat(), all.filter(fits))
      }),
      { numRuns: 100 }
    ))

  it("is empty with a limit below 1, and whole without one", () => {
    const all = [{ id: 1 }, { id: 2 }]
    for (const limit of [0, -1, 0.5]) assert.deepStrictEqual(Page.newest(all, { limit }), [])
    assert.deepStrictEqual(Page.newest(all, {}), all)
    assert.deepStrictEqual(Page.newest(all, { limit: 1.5 }), [{ id: 2 }])
    assert.deepStrictEqual(Page.newest(all, { before: 2, limit: 5 }), [{ id: 1 }])
  })
})

onEach("the pages of a system", (database) => {
  it.scopedLive("are the same in process and over HTTP, and each answer has at most one", () =>
    Effect.gen(function* () {
      const system = yield* DinteroEmbedded.serve({ db: yield* database, passwordHashing: PasswordHashing.fastForTests })
      let requests = 0
      const counting = HttpClient.tapRequest(() =>
        Effect.sync(() => {
          requests++
        })
      )
      const remote = yield* Effect.provideServiceEffect(
        DinteroEmbedded.connect(system),
        HttpClient.HttpClient,
        Effect.map(HttpClient.HttpClient, counting)
      )
      const api = apiOf(system)
      const authorization = yield* tokenOf(api)
      for (let i = 0; i < 130; i++) {
        yield* api("GET", "/customers/nothing")
        yield* api("GET", "/customers/settings", i % 2 === 0 ? { authorization } : {})
      }
      const all = yield* system.journal.list()
      assert.lengthOf(all, 261)
      const matches = [{}, { operation: "none" }, { status: 401 }, { operation: "customers.settings.get", status: 200 }]
      for (const match of matches) {
        const whole = yield* system.journal.list(match)
        for (const page of [
          {},
          { limit: 100 },
          { limit: 120, before: 200 },
          { before: 3 },
          { limit: 0 },
          { before: undefined }
        ]) {
          const own = yield* system.journal.list(match, page)
          assert.deepStrictEqual(own, Page.newest(whole, page), JSON.stringify([match, page]))
          assert.deepStrictEqual(yield* remote.journal.list(match, page), own, JSON.stringify([match, page]))
        }
      }
      requests = 0
      yield* remote.journal.list()
      assert.strictEqual(requests, 3)

      // Seam: the value is a system, and its type here only has the controls.
      const { send } = system.outbox as Outbox.OutboxService
      for (let i = 0; i < 230; i++) {
        const account_id = i % 2 === 0 ? "T12345678" : "T87654321"
        yield* send({ account_id, channel: "sms", template: "mfa_code", recipient: `+${i}`, text: String(i), code: null })
      }
      for (const match of [{}, { account_id: "T87654321" }, { recipient: "+7" }]) {
        const whole = yield* system.outbox.list(match)
        for (const page of [{}, { limit: 100 }, { limit: 3, before: 100 }, { limit: 0 }]) {
          const own = yield* system.outbox.list(match, page)
          assert.deepStrictEqual(own, Page.newest(whole, page), JSON.stringify([match, page]))
          assert.deepStrictEqual(yield* remote.outbox.list(match, page), own, JSON.stringify([match, page]))
        }
      }

      const http = yield* HttpClient.HttpClient
      const get = (path: string) =>
        Effect.gen(function* () {
          const headers = { authorization: `Bearer ${Redacted.value(system.adminToken)}` }
          const response = yield* http.execute(HttpClientRequest.get(`${system.url}/_embedded${path}`, { headers }))
          return { status: response.status, body: JSON.parse(yield* response.text) }
        })
      for (const list of ["/journal", "/outbox"]) {
        const { body: latest } = yield* get(list)
        assert.lengthOf(latest, 100, list)
        const { body: before } = yield* get(`${list}?limit=10&before=${latest[0].id}`)
        assert.lengthOf(before, 10, list)
        assert.strictEqual(before[9].id, latest[0].id - 1, list)
        for (const [query, field] of [
          ["limit=0", "limit"],
          ["limit=1001", "limit"],
          ["limit=many", "limit"],
          ["before=x", "before"],
          ["before=1.5", "before"],
          ["after=1", "after"]
        ]) {
          const { body, status } = yield* get(`${list}?${query}`)
          assert.strictEqual(status, 400, query)
          assert.include(body.message, `${field}: `)
        }
      }
    }).pipe(Effect.provide(FetchHttpClient.layer))
  )
})
