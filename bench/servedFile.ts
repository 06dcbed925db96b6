/**
 * Requests to the served system with a database file of many customers, beside the same requests to one in memory that is nearly empty. Both are
 * processes of their own, started by the command, and take turns within each round.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect } from "effect"
import { DinteroEmbedded } from "effect-dintero/embedded"
import { fillSqlite } from "../test/utils/ManyCustomers.js"
import { type Bench, median, quantile } from "./Figure.js"
import { steadily } from "./loginsBeside.js"
import { built } from "./Processes.js"
import {
  account,
  type Cost,
  connections,
  costOf,
  inTurn,
  type Requests,
  type Sent,
  type Server,
  send,
  startSystem,
  token
} from "./ServedSystem.js"

const [{ clients }] = DinteroEmbedded.demoSeed.accounts
const [client] = clients

/** The customers that the requests are for. */
const asked = 1_000

/** What `fillSqlite` gives the customer with this number. */
const customer = (i: number) => {
  const number = String(i).padStart(8, "0")
  return {
    customer_id: `customer-${i}`,
    email: `person${i}@example.com`,
    phone_number: `+47${number}`,
    first_name: `first${i % 100}`,
    last_name: `last${number}`,
    attributes: { number: i, tier: i % 10 === 0 ? "gold" : "blue" },
    tokens: [{ type: "card", value: `card${number}` }]
  }
}

const answerOf = async (server: Server, sent: Sent): Promise<string> => {
  const { body, status } = await send(server, sent)
  if (status !== 200) throw new Error(`${sent.method} ${sent.path}: ${status} ${body}`)
  return body
}

/** A system, the token that it takes, and which of its customers are asked for. */
interface Subject {
  readonly server: Server
  readonly authorization: string
  readonly numbers: ReadonlyArray<number>
}

/** A request that is new each time, to the next customer: nothing that was answered before can be given again. */
const eachTime = ({ authorization, numbers }: Subject, path: (i: number) => string): Requests => {
  let n = 0
  return () => {
    n++
    const where = path(numbers[n % numbers.length] ?? 1)
    return {
      method: "GET",
      // The system ignores what it does not know.
      path: `${account}/customers${where}${where.includes("?") ? "&" : "?"}n=${n}`,
      headers: { authorization }
    }
  }
}

const again = ({ authorization }: Subject, path: string) => ({
  method: "GET",
  path: `${account}/customers${path}`,
  headers: { authorization }
})

const requests: { readonly [name: string]: (subject: Subject) => Requests } = {
  "GET settings": (subject) => inTurn(again(subject, "/settings")),
  "users.get": (subject) => inTurn(again(subject, "/users/customer-500")),
  "users.list of 10": (subject) => inTurn(again(subject, "/users?limit=10&starting_after=customer-500")),
  "POST auth/token": () => inTurn(token),
  "GET settings, new each time": (subject) => eachTime(subject, () => "/settings"),
  "users.get, new each time": (subject) => eachTime(subject, (i) => `/users/customer-${i}`),
  "users.list of 10, new each time": (subject) => eachTime(subject, (i) => `/users?limit=10&starting_after=customer-${i}`)
}

export const bench: Bench = async function* ({ isReduced }) {
  const count = isReduced ? 20_000 : 100_000
  // Many short rounds, since a machine that does something else meanwhile spoils a whole one.
  const [rounds, millis] = isReduced ? [11, 80] : [21, 250]
  const folder = mkdtempSync(join(tmpdir(), "effect-dintero-file-"))
  const [db, seed] = [join(folder, "many.db"), join(folder, "few.ndjson")]
  const servers: Array<Server> = []
  const started = async (numbers: ReadonlyArray<number>, ...args: ReadonlyArray<string>): Promise<Subject> => {
    const server = await startSystem(await built(), ...args)
    servers.push(server)
    return { server, numbers, authorization: `Bearer ${JSON.parse(await answerOf(server, token)).access_token}` }
  }
  try {
    await Effect.runPromise(fillSqlite(db, count))
    const demo = { account_id: DinteroEmbedded.demoSeed.accounts[0].account_id, clients: [client] }
    const numbers = Array.from({ length: asked }, (_, i) => i + 1)
    const lines = [demo, ...Array.from({ length: asked + 10 }, (_, i) => customer(i + 1))]
    writeFileSync(seed, lines.map((line) => JSON.stringify(line)).join("\n"))
    const memory = await started(numbers, "--seed", seed)
    // From all over the file, and not those that lie side by side.
    const file = await started(
      numbers.map((i) => (i * 37 * count) / 100_000 + 1).map((i) => Math.floor(i % (count - 10)) + 1),
      "--db",
      db
    )

    for (const [name, of] of Object.entries(requests)) {
      const [few, many]: readonly [Array<Cost>, Array<Cost>] = [[], []]
      const sent = { few: of(memory), many: of(file) }
      for (const [{ server }, request] of [
        [memory, sent.few],
        [file, sent.many]
      ] as const) {
        await answerOf(server, request())
        // Long enough that the compiler of V8 is done.
        await costOf(server, request, 0, isReduced ? 2_000 : 10_000)
      }
      const turns = [
        async () => few.push(await costOf(memory.server, sent.few, millis)),
        async () => many.push(await costOf(file.server, sent.many, millis))
      ]
      for (let round = 0; round < rounds; round++) {
        for (const turn of round % 2 === 0 ? turns : [...turns].reverse()) await turn()
      }
      for (const [what, part] of [
        ["requests a second", ({ elapsed }: Cost) => elapsed],
        ["CPU time", ({ cpu }: Cost) => cpu]
      ] as const) {
        const [ours, others] = [many.map(part), few.map(part)]
        const ratios = ours.map((cost, round) => (others[round] ?? Number.NaN) / cost)
        yield {
          name: `${name}, ${connections} connections, a file beside memory: ${what}`,
          value: median(ratios),
          unit: "×",
          note: `${quantile(ratios, 0.25).toFixed(2)}–${quantile(ratios, 0.75).toFixed(2)}; ${median(ours).toFixed(0)} and ${median(others).toFixed(0)} µs each; ${count} customers in the file`
        }
      }
    }

    // Each commit waits for the disk.
    const timed = (times: Array<number>) => async () => {
      const startedAt = performance.now()
      await answerOf(file.server, again(file, "/settings"))
      times.push(performance.now() - startedAt)
    }
    let writes = 0
    const write = async () => {
      await answerOf(file.server, {
        ...again(file, `/users/customer-${(writes++ % asked) + 1}`),
        method: "PUT",
        headers: { authorization: file.authorization, "content-type": "application/json" },
        body: JSON.stringify({ first_name: `name${writes}` })
      })
    }
    const [alone, beside]: readonly [Array<number>, Array<number>] = [[], []]
    const seconds = isReduced ? 3 : 8
    await steadily(100, 1, timed([]))
    for (let round = 0; round < 2; round++) {
      await steadily(50, seconds, timed(alone))
      await Promise.all([steadily(50, seconds, timed(beside)), steadily(50, seconds, write)])
    }
    const [of, than] = [quantile(beside, 0.99), quantile(alone, 0.99)]
    yield {
      name: "GET settings while 50 customers are written each second to a file, beside none: p99",
      value: of / than,
      unit: "×",
      note: `${of.toFixed(1)} and ${than.toFixed(1)} ms; medians ${median(beside).toFixed(1)} and ${median(alone).toFixed(1)} ms`
    }
  } finally {
    for (const { child } of servers) child.kill()
    rmSync(folder, { recursive: true, force: true })
  }
}
