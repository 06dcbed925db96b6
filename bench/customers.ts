/**
 * Customers in numbers: what decoding a page adds to `JSON.parse`, `users.list` and `users.get` beside openapi-fetch as Dintero's SDK uses it,
 * which validates nothing, and the memory of a stream over 100,000 customers.
 */
import { Either } from "effect"
import { UndiciTransport } from "effect-dintero/undici"
import { operations } from "../src/contract/Contract.js"
import * as Absent from "../src/internal/Absent.js"
import * as Decoder from "../src/internal/Decoder.js"
import { accountId, loop, ours, ratios, startServer } from "./Beside.js"
import { type Bench, type Figure, median, quantile } from "./Figure.js"
import { idOf, page } from "./People.js"
import { program } from "./Processes.js"
import { makePeer } from "./peer.js"
import type { Measured } from "./programs/stream.js"

const decoding = (rounds: number): Figure => {
  const text = JSON.stringify(page(0, 100))
  const { schema } = operations["customers.users.list"].success
  if (schema === undefined) throw new Error("users.list has no success")
  const decode = Decoder.make(schema, Absent.withoutNulls(schema))
  const parse = (): unknown => JSON.parse(text)
  const decoded = () => Either.getOrThrow(decode(parse(), parse))
  // By CPU time: the time that passes says little on a machine that does something else too.
  const time = (run: () => unknown): number => {
    const startedAt = process.cpuUsage()
    for (let count = 0; count < 30; count++) run()
    const { system, user } = process.cpuUsage(startedAt)
    return (user + system) / 30
  }
  for (let round = 0; round < 20; round++) time(decoded)
  const pairs = Array.from({ length: rounds }, (_, round) => {
    const before = time(parse)
    const own = time(decoded)
    return { own, parse: round % 2 === 0 ? before : time(parse) }
  })
  const found = pairs.map(({ own, parse }) => own / parse)
  return {
    name: "decode a page of 100 customers, over JSON.parse",
    value: median(found),
    unit: "×",
    note: `${quantile(found, 0.25).toFixed(2)}–${quantile(found, 0.75).toFixed(2)}; ${median(pairs.map(({ own }) => own)).toFixed(0)} against ${median(pairs.map(({ parse }) => parse)).toFixed(0)} µs of CPU; ${Math.round(Buffer.byteLength(text) / 1000)} kB`
  }
}

/** Of each, the median of its runs, which are processes of their own. */
const streaming = async (origin: string, runs: number): Promise<ReadonlyArray<Figure>> => {
  const all: Array<Measured> = []
  const none: Array<Measured> = []
  for (let run = 0; run < runs; run++) {
    // Seam: what the program prints.
    none.push((await program("stream", origin, "none")) as Measured)
    all.push((await program("stream", origin, "all")) as Measured)
  }
  const megabytes = (measured: ReadonlyArray<Measured>, of: (measured: Measured) => number): number =>
    median(measured.map(of)) / 1e6
  const [inUse, inUseOfNone] = [all, none].map((measured) => megabytes(measured, ({ peak }) => peak))
  const [whole, wholeOfNone] = [all, none].map((measured) => megabytes(measured, ({ peakWithGarbage }) => peakWithGarbage))
  return [
    { name: "users.stream: customers", value: median(all.map(({ customers }) => customers)), unit: "" },
    {
      name: "users.stream: peak of the heap in use over that of a run without it",
      value: Number(inUse) - Number(inUseOfNone),
      unit: "MB",
      note: `${inUse?.toFixed(1)} against ${inUseOfNone?.toFixed(1)} MB; with what is not collected yet, ${whole?.toFixed(0)} against ${wholeOfNone?.toFixed(0)} MB; ${runs} runs of each`
    }
  ]
}

export const bench: Bench = async function* ({ isReduced }) {
  yield decoding(isReduced ? 60 : 150)
  const server = await startServer()
  const { origin } = server
  const peer = makePeer(origin, accountId, "client", "secret")
  const client = ours(origin, UndiciTransport.layer)
  const path = { aid: accountId }
  const names = ["openapi-fetch as in Dintero's SDK", "effect-dintero over UndiciTransport"] as const
  const times = isReduced ? { rounds: 11, calls: 400 } : { rounds: 21, calls: 400 }
  yield* ratios("users.list of 100", 1, { rounds: times.rounds, calls: times.calls / 2 }, [
    [names[0], loop(() => peer.GET("/accounts/{aid}/customers/users", { params: { path, query: { limit: 100 } } }))],
    [names[1], client.repeat(({ users }) => users.list({ limit: 100 }))]
  ])
  for (const concurrency of [1, 64]) {
    yield* ratios("users.get", concurrency, times, [
      [
        names[0],
        loop(() =>
          peer.GET("/accounts/{aid}/customers/users/{customer_id}", { params: { path: { ...path, customer_id: idOf(0) } } })
        )
      ],
      [names[1], client.repeat(({ users }) => users.get(idOf(0)))]
    ])
  }
  await client.close()
  yield* await streaming(origin, isReduced ? 1 : 3)
  server.close()
}
