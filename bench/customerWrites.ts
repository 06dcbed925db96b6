/**
 * Writing customers: 64 at once beside one after the other, and a seed of 100,000 in lines.
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { HttpClientRequest } from "@effect/platform"
import { Effect } from "effect"
import { DinteroEmbedded } from "effect-dintero/embedded"
import { type Bench, type Figure, median } from "./Figure.js"
import { program } from "./Processes.js"
import type { Seeded } from "./programs/seedLines.js"

const [demo] = DinteroEmbedded.demoSeed.accounts
const [client] = demo.clients
const url = `https://any.host.example/v1/accounts/${demo.account_id}`

/** Both in turns, on one file. */
const creates = (path: string, rounds: number): Promise<ReadonlyArray<Figure>> =>
  Effect.runPromise(
    Effect.scoped(
      Effect.gen(function* () {
        const { httpClient } = yield* DinteroEmbedded.make({ db: join(path, "creates.db") })
        const granted = yield* httpClient.execute(
          HttpClientRequest.post(`${url}/auth/token`).pipe(
            HttpClientRequest.basicAuth(client.client_id, client.client_secret),
            HttpClientRequest.bodyUnsafeJson({
              grant_type: "client_credentials",
              audience: `https://api.dintero.com/v1/accounts/${demo.account_id}`
            })
          )
        )
        // Seam: the answer of the token endpoint.
        const { access_token } = (yield* granted.json) as { readonly access_token: string }
        let number = 0
        let errors = 0
        const create = Effect.suspend(() => {
          const email = `person${++number}@example.com`
          return httpClient.execute(
            HttpClientRequest.post(`${url}/customers/users`).pipe(
              HttpClientRequest.bearerToken(access_token),
              HttpClientRequest.bodyUnsafeJson({
                type: "customer",
                email,
                first_name: "Ada",
                phone_number: `+47${40_000_000 + number}`
              })
            )
          )
        }).pipe(
          Effect.flatMap((response) => Effect.as(response.text, response.status)),
          Effect.tap((status) => Effect.sync(() => (status === 200 ? undefined : errors++)))
        )
        const timed = (concurrency: 1 | "unbounded") =>
          Effect.suspend(() => {
            const startedAt = performance.now()
            const all = Effect.all(
              Array.from({ length: 64 }, () => create),
              { concurrency, discard: true }
            )
            return Effect.map(all, () => performance.now() - startedAt)
          })
        yield* timed(1)
        yield* timed("unbounded")
        const ratios: Array<number> = []
        const times: Array<readonly [number, number]> = []
        for (let round = 0; round < rounds; round++) {
          const [one, other] = [yield* timed(round % 2 === 0 ? 1 : "unbounded"), yield* timed(round % 2 === 0 ? "unbounded" : 1)]
          const [single, together] = round % 2 === 0 ? [one, other] : [other, one]
          ratios.push(single / together)
          times.push([single, together])
        }
        const of = (index: 0 | 1) => median(times.map((pair) => pair[index])).toFixed(0)
        return [
          {
            name: "64 creates at once against one after the other: throughput",
            value: median(ratios),
            unit: "×",
            note: `${of(1)} against ${of(0)} ms for 64, in the median of ${rounds} rounds`
          },
          { name: "64 creates at once: errors", value: errors, unit: "" }
        ]
      })
    )
  )

export const bench: Bench = async function* ({ isReduced }) {
  const path = mkdtempSync(join(tmpdir(), "effect-dintero-bench-"))
  try {
    yield* await creates(path, isReduced ? 5 : 15)
    const seeded = async (count: number): Promise<Seeded> =>
      // Seam: what the program prints.
      (await program("seedLines", join(path, String(count)), String(count))) as Seeded
    const [few, many] = isReduced ? [5_000, 20_000] : [20_000, 100_000]
    const [small, large] = [await seeded(few), await seeded(many)]
    yield {
      name: `a seed of ${many.toLocaleString("en")} customers in lines`,
      value: large.seconds,
      unit: "s",
      note: `${large.cpu.toFixed(1)} s of CPU time; ${large.told} reports of progress`
    }
    yield {
      name: `live heap at its highest, ${many.toLocaleString("en")} customers against ${few.toLocaleString("en")}`,
      value: large.heap / small.heap,
      unit: "×",
      note: `${large.heap.toFixed(1)} against ${small.heap.toFixed(1)} MB`
    }
  } finally {
    rmSync(path, { recursive: true })
  }
}
