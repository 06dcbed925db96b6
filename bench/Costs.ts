/**
 * What the library costs: each figure that the README shows, and what is asked of it. The README's table and `npm run proof -- user` are both made
 * from this list.
 */
import type { Name } from "./Benches.js"

export interface Cost {
  readonly what: string
  readonly asked: string
  readonly bench: Name
  /** As the bench names it. */
  readonly figure: string
  readonly holds: (value: number) => boolean
  /** Of a figure that falls short: what was tried, and the value beyond which it is worse than is known. */
  readonly known?: { readonly tried: string; readonly worst: number; readonly isLeast?: true }
}

type Judged = Pick<Cost, "asked" | "holds">

const atMost = (limit: number, unit = "×"): Judged => ({ asked: `≤ ${limit} ${unit}`, holds: (value) => value <= limit })
const atLeast = (limit: number): Judged => ({ asked: `≥ ${limit} ×`, holds: (value) => value >= limit })
/** For a figure that says what the limit of another one is. */
const shown: Judged = { asked: "", holds: () => true }

const call = (subject: "settings.get" | "login", concurrency: 1 | 64, over: string): Pick<Cost, "bench" | "figure"> => ({
  bench: "calls",
  figure: `${subject}, ${concurrency} at a time: ${over}`
})

const served = (subject: string): Pick<Cost, "bench" | "figure"> => ({
  bench: "served",
  figure: `${subject}, 16 connections, beside a plain server: requests a second`
})

const overUndici = "effect-dintero over UndiciTransport"
const overFetch = "effect-dintero over FetchTransport"

export const costs: ReadonlyArray<Cost> = [
  {
    what: "a minimal client in a bundle, minified and gzipped / Effect's `HttpClient` and `Schema` by hand, both imported module by module",
    ...atMost(1.2),
    bench: "bundle",
    figure: "bundle of the minimal client, module by module",
    known: {
      worst: 1.53,
      tried:
        "calls that a bundler may drop, a hub of our own, and one file for the core. Without all operations but one, paging, policies and shared tokens it would be 1.32: tokens, typed errors and the checks of answers are the rest."
    }
  },
  {
    what: "the same bundles, both imported from the packages (then esbuild keeps all of Effect's modules that either one imports)",
    ...atMost(1.2),
    bench: "bundle",
    figure: "bundle of the minimal client, from the packages"
  },
  {
    what: "import of a minimal client / of the modules that one by hand needs, CPU time",
    ...atMost(1.1),
    bench: "bundle",
    figure: "import of the minimal client, module by module",
    known: {
      worst: 1.6,
      tried:
        "one file for the core (1.5 before), and decoders that are made at their first use. Classes of errors and schemas are the rest."
    }
  },
  {
    what: "the same imports, both from the packages, CPU time",
    ...atMost(1.1),
    bench: "bundle",
    figure: "import of the minimal client, from the packages",
    known: { worst: 1.6, tried: "the same" }
  },
  {
    what: "`settings.get` over `UndiciTransport`, one after the other / `openapi-fetch` as in Dintero's SDK",
    ...atMost(0.5),
    ...call("settings.get", 1, overUndici),
    known: {
      worst: 0.9,
      tried:
        "a call that sends in its own fiber (0.55 to 0.65 before). undici alone has two thirds of it, and the rest is Effect's fiber, decoding and JSON."
    }
  },
  {
    what: "`settings.get` over `UndiciTransport`, 64 at a time / `openapi-fetch`",
    ...atMost(0.5),
    ...call("settings.get", 64, overUndici)
  },
  {
    what: "undici alone, one after the other / `openapi-fetch`: the limit of a client over it",
    ...shown,
    ...call("settings.get", 1, "undici alone")
  },
  {
    what: "`settings.get` over `FetchTransport`, one after the other / `openapi-fetch`",
    ...atMost(1),
    ...call("settings.get", 1, overFetch),
    known: {
      worst: 1.7,
      tried:
        "a transport of our own (1.4 to 1.9 before). fetch alone, with the signal that an interruption needs, has two thirds of it."
    }
  },
  {
    what: "`settings.get` over `FetchTransport`, 64 at a time / `openapi-fetch`",
    ...atMost(1),
    ...call("settings.get", 64, overFetch),
    known: { worst: 2.2, tried: "the same. What fetch leaves to the garbage collector makes each of its callers slower." }
  },
  {
    what: "`fetch` alone, one after the other / `openapi-fetch`: the limit of a client over it",
    ...shown,
    ...call("settings.get", 1, "fetch alone")
  },
  {
    what: "login over `UndiciTransport`, one after the other / `openapi-fetch`",
    ...atMost(0.5),
    ...call("login", 1, overUndici),
    known: { worst: 0.75, tried: "as for settings.get. Machines that do something else too have 0.4 to 0.6." }
  },
  { what: "login over `UndiciTransport`, 64 at a time / `openapi-fetch`", ...atMost(0.5), ...call("login", 64, overUndici) },
  {
    what: "login over `FetchTransport`, one after the other / `openapi-fetch`",
    ...atMost(1),
    ...call("login", 1, overFetch),
    known: { worst: 1.6, tried: "as for settings.get" }
  },
  {
    what: "login over `FetchTransport`, 64 at a time / `openapi-fetch`",
    ...atMost(1),
    ...call("login", 64, overFetch),
    known: { worst: 1.7, tried: "as for settings.get" }
  },
  {
    what: "`serve`: `GET` of the same settings again, requests a second / a plain `node:http` server with the same bytes",
    ...atLeast(0.5),
    ...served("GET settings with a token")
  },
  { what: "`serve`: `users.get` of the same customer again / the plain server", ...atLeast(0.35), ...served("users.get") },
  { what: "`serve`: `users.list` of the same 10 again / the plain server", ...atLeast(0.3), ...served("users.list of 10") },
  {
    what: "`serve`: `POST auth/token` / a plain server that signs with RS256",
    ...atLeast(0.8),
    ...served("POST auth/token"),
    known: {
      worst: 0.2,
      isLeast: true,
      tried:
        "rows of clients and grants are kept until the data changes (half of the time). The check of the body and the journal are the rest."
    }
  },
  {
    what: "memory of each of 1,000 systems in one process",
    ...atMost(300, "KiB"),
    bench: "instances",
    figure: "memory of each of 1,000",
    known: {
      worst: 700,
      tried:
        "pages of 512 bytes, and all that is made at the first request (656 KiB before). SQLite's own 48 KiB for a connection and its schema are the rest."
    }
  },
  {
    what: "start of a system in process, after the first: median",
    ...shown,
    bench: "instances",
    figure: "a later start: median"
  },
  {
    what: "decoding a page of 100 customers / `JSON.parse` of the same text",
    ...shown,
    bench: "customers",
    figure: "decode a page of 100 customers, over JSON.parse"
  },
  {
    what: "heap of a stream over 100,000 customers, more than without it",
    ...shown,
    bench: "customers",
    figure: "users.stream: peak of the heap in use over that of a run without it"
  }
]
