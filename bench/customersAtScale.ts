/**
 * Finding customers among 1,000,000 beside finding them among 10,000, on a SQLite file and on PostgreSQL.
 *
 * Both systems run in this process, each call goes through the whole server, and the two take turns. Each figure is the ratio of the medians.
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { HttpClientRequest } from "@effect/platform"
import { Effect, Exit, type Redacted, Scope } from "effect"
import { DinteroEmbedded } from "effect-dintero/embedded"
import { createdAt, fillPostgres, fillSqlite, seed, tag } from "../test/utils/ManyCustomers.js"
import * as Postgres from "../test/utils/Postgres.js"
import { type Bench, type Figure, median, quantile } from "./Figure.js"

const [{ account_id: account, clients }] = DinteroEmbedded.demoSeed.accounts
const [client] = clients
const audience = `https://api.dintero.com/v1/accounts/${account}`

/** The system's answer to a list, in ms. */
interface System {
  readonly count: number
  readonly list: (query: string) => Promise<number>
}

const start = (db: string | Redacted.Redacted, count: number): Effect.Effect<System, never, Scope.Scope> =>
  Effect.gen(function* () {
    const { httpClient } = yield* DinteroEmbedded.make({ db, seed })
    const url = `https://any.host.example/v1/accounts/${account}`
    const granted = yield* httpClient.execute(
      HttpClientRequest.post(`${url}/auth/token`).pipe(
        HttpClientRequest.basicAuth(client.client_id, client.client_secret),
        HttpClientRequest.bodyUnsafeJson({ grant_type: "client_credentials", audience })
      )
    )
    // Seam: the answer of the token endpoint.
    const { access_token } = (yield* granted.json) as { readonly access_token: string }
    return {
      count,
      list: async (query: string) => {
        const startedAt = performance.now()
        const { status, text } = await Effect.runPromise(
          Effect.flatMap(
            httpClient.execute(
              HttpClientRequest.bearerToken(HttpClientRequest.get(`${url}/customers/users?${query}`), access_token)
            ),
            (response) => Effect.map(response.text, (text) => ({ status: response.status, text }))
          )
        )
        const took = performance.now() - startedAt
        if (status !== 200 || text === "[]") throw new Error(`${query}: ${status} ${text}`)
        return took
      }
    }
  }).pipe(Effect.orDie)

/** What is looked for in a system of `count` customers: another one each time. `any` is from 1 to `count`. */
const lists: { readonly [name: string]: (any: number, count: number) => string } = {
  "first page of 100": () => "limit=100",
  "last page of 100, which is the 10,000th of 1,000,000": (_, count) => `limit=100&starting_after=customer-${count - 100}`,
  "by email": (any) => `email=person${any}@example.com`,
  "by phone": (any) => `phone_number=%2B47${String(any).padStart(8, "0")}`,
  "by token": (any) => `token_type=card&token_value=card${String(any).padStart(8, "0")}`,
  "prefix search that finds 1": (any) => `search=last${String(any).padStart(8, "0")}`,
  "prefix search that finds 1 of 100": (any) => `search=first${any % 100}%20`,
  "prefix search that finds all": () => "search=customer-",
  "attribute filter that finds 1": (any) => `attributes_keys=number&attributes_values=${any}`,
  "attribute filter that finds 1 of 10": () => "attributes_keys=tier&attributes_values=gold",
  "tag that 1 of 100 have": () => `tag_id=${tag}`,
  "tag and attribute and prefix search": () => `tag_id=${tag}&attributes_keys=tier&attributes_values=gold&search=first`,
  "since_datetime, the last 100": (_, count) => `since_datetime=${createdAt(count - 100)}`,
  "since_datetime, any": (any) => `since_datetime=${createdAt(any)}`
}

const measure = async function* (database: string, rounds: number, systems: readonly [System, System]): AsyncGenerator<Figure> {
  const [few, many] = systems
  for (const [name, queryOf] of Object.entries(lists)) {
    const times = new Map<System, Array<number>>(systems.map((system) => [system, []]))
    for (let round = -5; round < rounds; round++) {
      for (const system of round % 2 === 0 ? systems : [...systems].reverse()) {
        const any = 1 + Math.floor(Math.random() * system.count)
        const took = await system.list(queryOf(any, system.count))
        if (round >= 0) times.get(system)?.push(took)
      }
    }
    const [of, all] = [times.get(few) ?? [], times.get(many) ?? []]
    yield {
      name: `${database}, ${many.count.toLocaleString("en")} against ${few.count.toLocaleString("en")}: ${name}`,
      value: median(all) / median(of),
      unit: "×",
      note: `${median(all).toFixed(2)} against ${median(of).toFixed(2)} ms; p95 ${quantile(all, 0.95).toFixed(2)} against ${quantile(of, 0.95).toFixed(2)}`
    }
  }
}

/** Gives the figures while the scope of the systems is open. */
const within = async function* (open: Effect.Effect<AsyncGenerator<Figure>, never, Scope.Scope>): AsyncGenerator<Figure> {
  const scope = Effect.runSync(Scope.make())
  try {
    yield* await Effect.runPromise(Scope.extend(open, scope))
  } finally {
    await Effect.runPromise(Scope.close(scope, Exit.void))
  }
}

export const bench: Bench = async function* ({ isReduced }) {
  const [few, many] = [10_000, isReduced ? 100_000 : 1_000_000]
  const rounds = isReduced ? 30 : 100

  yield* within(
    Effect.gen(function* () {
      const folder = yield* Effect.acquireRelease(
        Effect.sync(() => mkdtempSync(join(tmpdir(), "effect-dintero-bench-"))),
        (path) => Effect.sync(() => rmSync(path, { recursive: true }))
      )
      const system = (count: number) => {
        const path = join(folder, `${count}.db`)
        return Effect.zipRight(Effect.orDie(fillSqlite(path, count)), start(path, count))
      }
      return measure("SQLite", rounds, [yield* system(few), yield* system(many)])
    })
  )
  // Making a million rows and their indices takes PostgreSQL a few minutes.
  if (isReduced) return
  if (!Postgres.available) {
    yield { name: "PostgreSQL", value: null, unit: "×", note: Postgres.reason }
    return
  }
  yield* within(
    Effect.gen(function* () {
      const server = yield* Effect.orDie(Postgres.make)
      const system = (count: number) =>
        Effect.flatMap(Effect.orDie(server.database), (db) =>
          Effect.zipRight(Effect.orDie(fillPostgres(db, count)), start(db, count))
        )
      return measure("PostgreSQL", rounds, [yield* system(few), yield* system(many)])
    })
  )
}
