/** The claims about the served system under load: throughput, listeners, memory, slow clients, and the faults that were found. */
import { byFigure, byTests } from "./Evidence.js"
import type { Proof } from "./Proof.js"

const atLeast = (limit: number) => (value: number) => value >= limit
const atMost = (limit: number) => (value: number) => value <= limit

/** Requests beside a plain server of `node:http` that sends the same bytes. */
const served = [
  ["GET settings with a token", 0.5],
  ["users.get", 0.35],
  ["users.list of 10", 0.3],
  ["POST auth/token", 0.8]
] as const

const ofToken = {
  worst: 0.4,
  isLeast: true,
  tried:
    "no fiber, rows of clients and grants that are kept, a body that is read at once. Signing is nearly all of the peer; the digests of the secret and the checks of body and answer are the rest."
} as const

const ofFile = {
  worst: 0.4,
  isLeast: true,
  tried: "a larger cache of pages, and a version of the file that needs no statement. On a quiet machine it holds."
} as const

/** A figure of two or three processes on two cores. */
const onBusyMachine = {
  worst: 15,
  tried:
    "work in short turns of the event loop. On a quiet machine it holds; where something else runs too, the processes wait for a core."
} as const

/** The same when each answer has to be made: nothing was asked of them. */
const madeAnew = [
  "GET settings, each answer made anew",
  "users.get of many customers in turn",
  "users.get, each answer made anew",
  "users.list of 10, each with another cursor",
  "users.list of 10, each with another filter"
] as const

/** The faults of the issue, by number, and the tests of their right behaviour. */
const faults: ReadonlyArray<readonly [fault: string, file: string, tests: ReadonlyArray<string>]> = [
  ["1. a token store that is back is used within 1 s", "test/sessions/brokenStores.test.ts", ["work again within a second"]],
  [
    "2. a directory that is moved is unavailable, and never without an entry",
    "test/stores/folders.test.ts",
    ["a directory that is moved"]
  ],
  [
    "3. SIGTERM cuts no answer in the making, and a cut exits non-zero",
    "test/cli/stopping.test.ts",
    ["SIGTERM > waits for", "SIGTERM > answers the requests", "SIGTERM > cuts clients"]
  ],
  [
    "4. a disk that is full at the start gets a sentence; an unexpected error is one line of JSON",
    "test/cli/trouble.test.ts",
    ["a file that cannot be written at the start", "--log json: an unexpected error"]
  ],
  [
    "5. a body of many wrong items is told of the first 100",
    "test/embedded/serving/BadInput.test.ts",
    ["wrong items is told of the first 100"]
  ],
  ["5. /docs is built once", "test/embedded/controls/Docs.test.ts", ["is built once", "/docs has the same bytes each time"]],
  [
    "6. a snapshot with a lifetime of 0 is refused",
    "test/embedded/controls/Snapshots.test.ts",
    ["a lifetime that no seed may have"]
  ],
  ["7. a database file that is deleted or replaced is noticed", "test/embedded/storage/LostFile.test.ts", [""]],
  [
    "8. refresh tokens that are dead are removed",
    "test/embedded/rooms/sessions/RefreshTokens.test.ts",
    ["in a year of logins", "are deleted, and those that can be used are not"]
  ],
  ["8. settings are decoded once", "test/embedded/rooms/accounts/Settings.test.ts", ["are decoded once"]],
  [
    "8. a clock at the end of time can be read",
    "test/embedded/controls/Bounds.test.ts",
    ["the journal, the outbox and the clock can still be read"]
  ],
  [
    "8. two Host headers are a 400; the page answers the absolute form",
    "test/embedded/serving/Connections.test.ts",
    ["two Host headers", "answer the absolute form"]
  ]
]

const connections = "test/embedded/serving/Connections.test.ts"
const bounds = "test/embedded/controls/Bounds.test.ts"
const pages = "test/embedded/controls/Pages.test.ts"
const streams = "test/embedded/controls/EventStreams.test.ts"

export const load: Proof = {
  tests: [...new Set([...faults.map(([, file]) => file), bounds, pages, streams])],
  benches: ["served", "served-file", "listeners", "large-answers", "logins-beside", "slow-bodies"],
  *rows(evidence) {
    const { testsOf } = evidence
    for (const [subject, limit] of served) {
      yield byFigure(
        evidence,
        `${subject}, 16 connections / a plain node:http server with the same bytes`,
        `≥ ${limit} ×`,
        ["served", `${subject}, 16 connections, beside a plain server: requests a second`],
        atLeast(limit),
        subject === "POST auth/token" ? ofToken : undefined
      )
    }
    for (const subject of madeAnew) {
      yield byFigure(
        evidence,
        `${subject} / the plain server`,
        "nothing asked",
        ["served", `${subject}, 16 connections, beside a plain server: requests a second`],
        atLeast(0)
      )
    }
    for (const subject of ["GET settings", "users.get", "users.list of 10", "POST auth/token"]) {
      yield byFigure(
        evidence,
        `${subject}, --db FILE with 100,000 customers / in memory and nearly empty`,
        "≥ 0.7 ×",
        ["served-file", `${subject}, 16 connections, a file beside memory: requests a second`],
        atLeast(0.7),
        ofFile
      )
    }
    for (const subject of ["GET settings", "users.get", "users.list of 10"]) {
      yield byFigure(
        evidence,
        `${subject}, --db FILE with 100,000 customers / in memory: another URL each time`,
        "≥ 0.7 ×",
        ["served-file", `${subject}, new each time, 16 connections, a file beside memory: requests a second`],
        atLeast(0.7),
        ofFile
      )
    }
    yield byFigure(
      evidence,
      "1,000 listeners of the events, 100 requests a second: p99 / none",
      "≤ 3 ×",
      ["listeners", "GET settings, 100 a second, beside 1,000 listeners and beside none: p99"],
      atMost(3),
      onBusyMachine
    )
    for (const [what, figure] of [
      ["1,000 listeners", "memory with 1,000 listeners, more than with none"],
      ["1,000 listeners that read nothing", "memory with 1,000 listeners that read nothing, more than with none"],
      ["after they have left", "memory after the listeners have left, more than before them"]
    ] as const) {
      yield byFigure(evidence, `memory, ${what}`, "≤ 100 MB more", ["listeners", figure], atMost(100))
    }
    yield byFigure(evidence, "failed requests beside the listeners", "0", ["listeners", "failed requests"], atMost(0))
    yield byTests(
      evidence,
      "an event is written once, slow listeners are dropped and told, one too many gets a 503",
      "all",
      testsOf(streams)
    )
    yield byFigure(
      evidence,
      "100,000 requests with answers of 195 kB: memory above idle",
      "≤ 150 MB",
      ["large-answers", "memory after answers of 195 kB, above idle"],
      atMost(150)
    )
    yield byFigure(
      evidence,
      "a page of the journal after them",
      "a few MB",
      ["large-answers", "the first page of the journal then"],
      atMost(4)
    )
    yield byTests(evidence, "journal and outbox are bounded by bytes and entries", "all", testsOf(bounds))
    yield byTests(evidence, "pages are the same as the whole, in process and over HTTP", "all", testsOf(pages))
    yield byFigure(
      evidence,
      "8 logins a second: p99 of GET settings / idle",
      "≤ 3 ×",
      ["logins-beside", "GET settings while 8 customers log in each second, beside none: p99"],
      atMost(3)
    )
    yield byFigure(
      evidence,
      "1,000 bodies a byte a second: p99 of GET settings / idle",
      "≤ 3 ×",
      ["slow-bodies", "GET settings beside slow bodies, beside none: p99"],
      atMost(3),
      onBusyMachine
    )
    yield byFigure(
      evidence,
      "1,000 bodies a byte a second: ended without a 408 that names the limit",
      "0",
      ["slow-bodies", "slow bodies that did not end in a 408 that names the limit"],
      atMost(0)
    )
    yield byFigure(
      evidence,
      "1,000 bodies a byte a second: the last one ended after the limit",
      "≤ 1,000 ms",
      ["slow-bodies", "the last slow body ended after the limit and"],
      atMost(1_000)
    )
    yield byTests(
      evidence,
      "time limits for headers, body and the whole request, in the answer's words",
      "all",
      testsOf(connections)
    )
    for (const [fault, file, tests] of faults) {
      yield byTests(
        evidence,
        `fault ${fault}`,
        "right",
        tests.flatMap((test) => testsOf(file, test === "" ? undefined : test))
      )
    }
  }
}
