/**
 * Where the time of a request to the served system goes: the CPU time of its process, by layer. It is sampled under load, so a figure is as
 * exact as its share of a few ten thousand samples.
 */
import type { Profiler } from "node:inspector"
import type { Bench, Figure } from "./Figure.js"
import { built } from "./Processes.js"
import {
  ask,
  authorized,
  type Cost,
  costOf,
  createCustomers,
  demo,
  inTurn,
  neverTwice,
  type Requests,
  type Server,
  startSystem,
  token
} from "./ServedSystem.js"

/** The first that a module's URL has decides. */
const layers: ReadonlyArray<readonly [part: RegExp, layer: string]> = [
  [/\/embedded\/rooms\/signing\/Jwt/, "signing (RS256)"],
  [
    /\/embedded\/(?:serving\/Authorization|rooms\/sessions\/AccessTokenIssuer|rooms\/signing|system\/Digest)/,
    "authorisation, JWT"
  ],
  [/\/embedded\/(?:serving\/(?:Validation|RequestBody)|rooms\/ValidationItem)/, "body and query"],
  [/\/embedded\/serving\/ApiResponse/, "encoding"],
  [/\/embedded\/serving\/(?:ContractServer|RouteTable|KnownAnswers|Outcome)|\/embedded\/DinteroEmbedded/, "routing"],
  [/\/embedded\/serving\//, "HTTP"],
  [/\/embedded\/controls\//, "journal and controls"],
  [/\/embedded\/(?:storage|system)\/|\/libsql\/|@effect\/sql\//, "SQL"],
  [/\/embedded\/rooms\//, "handlers"],
  [/\/dist\/core\.js/, "decoding and encoding"],
  [
    /\/effect\/dist\/[a-z]+\/internal\/(?:fiber|core|runtime|scope|context|defaultServices|effect\/|supervisor|opCodes)/,
    "Effect's runtime"
  ]
]

const layerOf = ({ functionName, url }: Profiler.ProfileNode["callFrame"]): string | undefined =>
  functionName === "(garbage collector)" ? "garbage collection" : layers.find(([part]) => part.test(url))?.[1]

/** Nothing of the program runs, or the profiler itself does. */
const isIdle = ({ functionName }: Profiler.ProfileNode["callFrame"]): boolean =>
  functionName === "(idle)" || functionName === "dispatch"

/** The share of each layer. A function of Node or of a library counts to the layer that called it. */
const sharesOf = ({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile): ReadonlyMap<string, number> => {
  const parents = new Map(nodes.flatMap(({ children = [], id }) => children.map((child) => [child, id] as const)))
  const frames = new Map(nodes.map(({ callFrame, id }) => [id, callFrame] as const))
  const layerAt = (id: number | undefined): string => {
    const frame = id === undefined ? undefined : frames.get(id)
    return frame === undefined || id === undefined ? "HTTP" : (layerOf(frame) ?? layerAt(parents.get(id)))
  }
  const times = new Map<string, number>()
  let whole = 0
  for (const [index, id] of samples.entries()) {
    const frame = frames.get(id)
    if (frame === undefined || isIdle(frame)) continue
    const time = Math.max(0, timeDeltas[index] ?? 0)
    const layer = layerAt(id)
    times.set(layer, (times.get(layer) ?? 0) + time)
    whole += time
  }
  return new Map([...times].map(([layer, time]) => [layer, time / whole] as const))
}

/** How requests spend the CPU time of a server. */
export const profileOf = async (
  server: Server,
  requests: Requests,
  millis: number
): Promise<{ readonly cost: Cost; readonly shares: ReadonlyMap<string, number>; readonly profile: Profiler.Profile }> => {
  // Long enough that the compiler of V8 is done.
  await costOf(server, requests, 0, 10_000)
  // Without the profiler, which makes each request slower.
  const cost = await costOf(server, requests, millis)
  await ask(server, "record")
  await costOf(server, requests, millis)
  // Seam: the answer of `reportCpu.mjs`.
  const { profile } = (await ask(server, "recorded")) as { readonly profile: Profiler.Profile }
  return { cost, shares: sharesOf(profile), profile }
}

const customers = 1_000

/** The requests of the table, by their names. */
export const subjectsOf = async (server: Server): Promise<{ readonly [name: string]: Requests }> => {
  const get = await authorized(server)
  await createCustomers(server, get, customers)
  const single = Array.from({ length: customers }, (_, i) => get(`/users/c${i}`))
  const pages = single.slice(10).map((_, i) => get(`/users?limit=10&starting_after=c${i}`))
  return {
    "POST auth/token": inTurn(token),
    "GET settings, again": inTurn(get("/settings")),
    "GET settings, for the first time": neverTwice(inTurn(get("/settings"))),
    "users.get, for the first time": neverTwice(inTurn(...single)),
    "users.list of 10, for the first time": neverTwice(inTurn(...pages)),
    "users.get of one customer, again": inTurn(get(`/users/${demo.customers[0].customer_id}`))
  }
}

export const bench: Bench = async function* ({ isReduced }) {
  const system = await startSystem(await built())
  try {
    for (const [subject, requests] of Object.entries(await subjectsOf(system))) {
      const { cost, shares } = await profileOf(system, requests, isReduced ? 1_000 : 5_000)
      yield { name: `${subject}: CPU time of a request`, value: cost.cpu, unit: "µs" } satisfies Figure
      for (const [layer, share] of [...shares].sort(([, a], [, b]) => b - a)) {
        yield {
          name: `${subject}: ${layer}`,
          value: cost.cpu * share,
          unit: "µs",
          note: `${(share * 100).toFixed(0)} %`
        } satisfies Figure
      }
    }
  } finally {
    system.child.kill()
  }
}
