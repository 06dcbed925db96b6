/** Every bench by its name. Each runs in a process of its own, so that nothing that one leaves behind is counted by another. */
import { spawn } from "node:child_process"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import type { Bench, Figure, Options } from "./Figure.js"

export interface Entry {
  readonly about: string
  /** Takes minutes: run when it is asked for by name. */
  readonly isSlow?: boolean
  readonly load: () => Promise<Bench>
}

const entries = {
  calls: {
    about: "a call over loopback, beside fetch and beside openapi-fetch as Dintero's SDK uses it",
    load: async () => (await import("./calls.js")).bench
  },
  bundle: {
    about: "the size of the smallest client in a bundle, and its import, beside Effect's own modules with the same by hand",
    load: async () => (await import("./bundle.js")).bench
  },
  customers: {
    about: "decoding a page of customers, reading them beside openapi-fetch as Dintero's SDK uses it, and a stream over 100,000",
    load: async () => (await import("./customers.js")).bench
  },
  overhead: {
    about: "what the retry policy costs a call that succeeds",
    load: async () => (await import("./overhead.js")).bench
  },
  "hot-path": {
    about: "what a token costs that is cached",
    load: async () => (await import("./hotPath.js")).bench
  },
  "token-endpoint": {
    about: "a stampede and an outage at the token endpoint, beside openapi-fetch as Dintero's SDK uses it",
    load: async () => (await import("./tokenEndpoint.js")).bench
  },
  embedded: {
    about: "how long the embedded system takes: expiry under a moved clock, a message of the outbox, restoring a snapshot",
    load: async () => (await import("./embedded.js")).bench
  },
  instances: {
    about: "start and memory of many embedded systems in one process",
    load: async () => (await import("./instances.js")).bench
  },
  operations: {
    about: "import and type-check with 30 more operations, beside today's",
    load: async () => (await import("./operations.js")).bench
  },
  before: {
    about: "a call, and start and memory of an embedded system, beside an earlier commit",
    load: async () => (await import("./before.js")).bench
  },
  "customers-at-scale": {
    about: "finding customers among 1,000,000 beside finding them among 10,000, on SQLite and on PostgreSQL",
    isSlow: true,
    load: async () => (await import("./customersAtScale.js")).bench
  },
  "customer-writes": {
    about: "64 creates at once beside one after the other, and a seed of 100,000 customers",
    isSlow: true,
    load: async () => (await import("./customerWrites.js")).bench
  },
  "logins-beside": {
    about: "how long a request waits while 8 customers log in each second",
    load: async () => (await import("./loginsBeside.js")).bench
  },
  "slow-bodies": {
    about: "how long a request waits beside bodies that are sent a byte a second, and how these end",
    load: async () => (await import("./slowBodies.js")).bench
  },
  served: {
    about: "requests to the served system, beside a plain server of node:http that sends the same bytes and headers",
    load: async () => (await import("./served.js")).bench
  },
  "large-answers": {
    about: "the memory of the served system after many answers of 195 kB, and what its journal then takes to read",
    load: async () => (await import("./largeAnswers.js")).bench
  },
  "served-file": {
    about: "the served system with a file and 100,000 customers, beside one in memory that is nearly empty",
    load: async () => (await import("./servedFile.js")).bench
  },
  listeners: {
    about: "requests and memory of the served system while 1,000 listeners follow its events",
    load: async () => (await import("./listeners.js")).bench
  },
  profile: {
    about: "where the CPU time of a request to the served system goes, by layer",
    isSlow: true,
    load: async () => (await import("./profile.js")).bench
  },
  "login-timing": {
    about: "whether the time of a refused login tells who has an account",
    isSlow: true,
    load: async () => (await import("./loginTiming.js")).bench
  }
} satisfies { readonly [name: string]: Entry }

export type Name = keyof typeof entries

export const benches: { readonly [name in Name]: Entry } = entries

// Seam: the keys of a constant are known, and `Object.keys` types them as text.
export const names = Object.keys(benches) as ReadonlyArray<Name>

const program = fileURLToPath(new URL("./run.ts", import.meta.url))

/** Runs a bench. Rejects when its process fails, with its error. */
export const figuresOf = async function* (name: Name, { isReduced }: Options): AsyncGenerator<Figure, void, void> {
  const child = spawn(process.execPath, ["--expose-gc", "--import", "tsx", program, name, ...(isReduced ? ["reduced"] : [])], {
    stdio: ["ignore", "pipe", "pipe"]
  })
  let errors = ""
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors += text
  })
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve))
  for await (const line of createInterface(child.stdout)) {
    // Seam: `run.ts` writes nothing but figures.
    yield JSON.parse(line) as Figure
  }
  if ((await ended) !== 0) throw new Error(`the bench ${name} failed: ${errors.trim()}`)
}
