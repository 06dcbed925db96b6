/**
 * Requests to the served system beside the same requests to a plain server of `node:http` that sends the same bytes and headers. Both are
 * processes of their own, and the system is started by the command, as users start it. They take turns within each round.
 *
 * The first figures are of one request again and again, whose answer the system keeps while nothing changes. The others are of requests whose
 * answers have to be made.
 */
import { type Bench, median, quantile } from "./Figure.js"
import { built } from "./Processes.js"
import {
  authorized,
  type Cost,
  connections,
  copyAnswers,
  costOf,
  createCustomers,
  demo,
  inTurn,
  neverTwice,
  type Requests,
  type Sent,
  startPlain,
  startSystem,
  token
} from "./ServedSystem.js"

/** What is sent, and the requests whose answers the plain server copies. */
interface Subject {
  readonly requests: Requests
  readonly copied: ReadonlyArray<Sent>
}

const again = (sent: Sent): Subject => ({ requests: inTurn(sent), copied: [sent] })

const each = (sent: ReadonlyArray<Sent>): Subject => ({ requests: inTurn(...sent), copied: sent })

const first = (sent: ReadonlyArray<Sent>): Subject => ({ requests: neverTwice(inTurn(...sent)), copied: sent })

export const bench: Bench = async function* ({ isReduced }) {
  const [rounds, millis] = isReduced ? [3, 250] : [9, 700]
  const customers = isReduced ? 200 : 1_000
  const system = await startSystem(await built())
  const plain = await startPlain()
  try {
    const get = await authorized(system)
    await createCustomers(system, get, customers)
    const numbers = Array.from({ length: customers - 10 }, (_, i) => i)
    const single = numbers.map((i) => get(`/users/c${i}`))
    const pages = numbers.map((i) => get(`/users?limit=10&starting_after=c${i}`))
    const searches = numbers.map((i) => get(`/users?limit=10&email=someone${i}`))
    const settings = get("/settings")
    const subjects: Record<string, Subject> = {
      "GET settings with a token": again(settings),
      "users.get": again(get(`/users/${demo.customers[0].customer_id}`)),
      "users.list of 10": again(get("/users?limit=10")),
      "POST auth/token": again(token),
      "GET settings, each answer made anew": first([settings]),
      "users.get of many customers in turn": each(single),
      "users.get, each answer made anew": first(single),
      "users.list of 10, each with another cursor": first(pages),
      "users.list of 10, each with another filter": first(searches)
    }
    for (const [subject, { copied, requests }] of Object.entries(subjects)) {
      await copyAnswers(system, plain, copied)
      const own: Array<Cost> = []
      const peer: Array<Cost> = []
      // Long enough that the compiler of V8 is done.
      for (const server of [system, plain]) await costOf(server, requests, 0, isReduced ? 2_500 : 10_000)
      for (let round = 0; round < rounds; round++) {
        own.push(await costOf(system, requests, millis))
        peer.push(await costOf(plain, requests, millis))
      }
      for (const [what, of] of [
        ["requests a second", ({ elapsed }: Cost) => elapsed],
        ["CPU time", ({ cpu }: Cost) => cpu]
      ] as const) {
        const [ours, others] = [own.map(of), peer.map(of)]
        // More than 1 would be better than the plain server, for both figures.
        const ratios = ours.map((cost, round) => (others[round] ?? Number.NaN) / cost)
        yield {
          name: `${subject}, ${connections} connections, beside a plain server: ${what}`,
          value: median(ratios),
          unit: "×",
          note: `${quantile(ratios, 0.25).toFixed(2)}–${quantile(ratios, 0.75).toFixed(2)}; ${median(ours).toFixed(0)} and ${median(others).toFixed(0)} µs each`
        }
      }
    }
  } finally {
    system.child.kill()
    plain.child.kill()
  }
}
