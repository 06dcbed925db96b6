/**
 * `serve` on a file, killed again and again while customers are written.
 */
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import Libsql from "libsql"
import { DinteroEmbedded } from "../../src/embedded.js"
import { account, audience, basic, client } from "../embedded/Api.js"
import { samples, tell } from "../utils/Claim.js"
import { cli, firstLine, folder, start } from "./Child.js"

const tags = ["00000000-0000-4000-8000-00000000000a", "00000000-0000-4000-8000-00000000000b"]

const seed = {
  accounts: [
    {
      account_id: account,
      clients: DinteroEmbedded.demoSeed.accounts[0].clients,
      settings: { auto_tokens: { email: [{ type: "SHA256" }] } },
      tags: tags.map((id, i) => ({ id, tag: `tag ${i}` }))
    }
  ]
}

/** What the system has acknowledged about a customer. */
interface Acknowledged {
  /** The number of the change that was acknowledged last, 0 for the creation. */
  change: number
  tokens: Array<string>
  hasTags: boolean
}

const { count: rounds, note } = samples(20, 4)

/** Each writes one customer after the other. */
const writers = 4

describe(`a served file database that is killed ${rounds} times under load${note}`, () => {
  it.scopedLive(
    "has every acknowledged write, and no half of one",
    (context) =>
      Effect.gen(function* () {
        const path = yield* folder
        const db = join(path, "db")
        writeFileSync(join(path, "seed.json"), JSON.stringify(seed))
        const customers = new Map<string, Acknowledged>()
        let written = 0
        let token = ""
        let number = 0

        /** Writes until the server is gone. */
        const write = async (url: string, onWritten: () => void): Promise<void> => {
          const call = async (method: string, path: string, body: object): Promise<void> => {
            const response = await fetch(`${url}/v1/accounts/${account}/customers/users${path}`, {
              method,
              headers: { authorization: token, "content-type": "application/json" },
              body: JSON.stringify(body)
            })
            const text = await response.text()
            if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
            written++
            onWritten()
          }
          for (;;) {
            const id = `c${++number}`
            const state = (change: number) => ({
              email: `${id}.${change}@example.com`,
              first_name: `name-${change}`,
              attributes: { change }
            })
            await call("POST", "", { type: "customer", customer_id: id, ...state(0) })
            const known: Acknowledged = { change: 0, tokens: [], hasTags: false }
            customers.set(id, known)
            for (const change of [1, 2]) {
              await call("PUT", `/${id}`, state(change))
              known.change = change
            }
            const value = `card-${id}`
            await call("POST", `/${id}/tokens`, { type: "card", value })
            known.tokens.push(value)
            await call("PUT", `/${id}/tags`, tags)
            known.hasTags = true
          }
        }

        const round = Effect.scoped(
          Effect.gen(function* () {
            const child = yield* start(cli, ["serve", "--json", "--db", db, "--seed", join(path, "seed.json")])
            const { url }: { readonly url: string } = JSON.parse(yield* firstLine(child))
            yield* Effect.promise(async () => {
              const granted = await fetch(`${url}/v1/accounts/${account}/auth/token`, {
                method: "POST",
                headers: { authorization: basic(client.client_id, client.client_secret), "content-type": "application/json" },
                body: JSON.stringify({ grant_type: "client_credentials", audience })
              })
              // Seam: the answer of the token endpoint.
              token = `Bearer ${((await granted.json()) as { readonly access_token: string }).access_token}`
            })
            const enough = written + 15 + Math.floor(Math.random() * 30)
            const failures = yield* Effect.promise(() =>
              Promise.all(
                Array.from({ length: writers }, () =>
                  write(url, () => {
                    if (written >= enough) Effect.runSync(child.signal("SIGKILL"))
                  }).catch((error: unknown) => {
                    Effect.runSync(child.signal("SIGKILL"))
                    return error
                  })
                )
              )
            )
            const { signal } = yield* child.ended
            assert.strictEqual(signal, "SIGKILL")
            // Each writer ended because its connection did.
            for (const failure of failures) assert.instanceOf(failure, TypeError)
          })
        )

        /** What is in the file that should not be, in the words of the test. */
        const check = Effect.sync(() => {
          const file = new Libsql(db)
          // Seam: the columns of the statements.
          const rows = file
            .prepare(
              `SELECT customer_id, email, profile, position,
                (SELECT group_concat(word) FROM (SELECT word FROM customer_words WHERE position = customers.position ORDER BY word)) AS words,
                (SELECT group_concat(value) FROM customer_attributes WHERE position = customers.position) AS attributes,
                (SELECT group_concat(tag_id) FROM (SELECT tag_id FROM tagged_customers WHERE position = customers.position ORDER BY 1)) AS tags,
                (SELECT count(*) FROM customer_tokens WHERE owner_id = customers.id AND live IS NOT NULL AND source = 'email') AS made,
                (SELECT group_concat(live) FROM customer_tokens WHERE owner_id = customers.id AND type = 'card') AS cards
              FROM customers ORDER BY position`
            )
            .all([]) as ReadonlyArray<{
            readonly customer_id: string
            readonly email: string
            readonly profile: string
            readonly words: string
            readonly attributes: string
            readonly tags: string | null
            readonly made: number
            readonly cards: string | null
          }>
          file.close()
          const present = new Map(rows.map((row) => [row.customer_id, row]))
          for (const [id, { change, hasTags, tokens }] of customers) {
            const row = present.get(id)
            if (row === undefined) assert.fail(`${id} is gone`)
            assert.isAtLeast(Number(row.attributes), change, id)
            assert.includeMembers((row.cards ?? "").split(","), tokens, id)
            if (hasTags) assert.strictEqual(row.tags, tags.join(), id)
          }
          for (const { attributes, customer_id: id, email, made, profile, tags: tagged, words } of rows) {
            const change = Number(attributes)
            assert.strictEqual(email, `${id}.${change}@example.com`)
            assert.deepStrictEqual(JSON.parse(profile), { first_name: `name-${change}`, attributes: { change } })
            assert.strictEqual(words, [id, `${id}.${change}@example.com`, `name-${change}`].sort().join())
            assert.strictEqual(made, 1, id)
            assert.include([null, tags.join()], tagged, id)
          }
          return rows.length
        })

        let present = 0
        for (let n = 0; n < rounds; n++) {
          yield* round
          present = yield* check
        }
        assert.isAtLeast(written, rounds * 15)
        tell(context, { measured: `${rounds} kills, ${written} acknowledged writes, ${present} customers, 0 missing, 0 halves` })
      }),
    900_000
  )
})
