/**
 * The client against recorded traffic, the embedded system against the same bytes, and the faults that users would have hit.
 */
import { allPass, byTests, count, type Evidence, type Script } from "./Evidence.js"
import type { Proof } from "./Proof.js"
import type { Row } from "./Table.js"

/** A row of the table for each situation; a test for each kind of call and transport. */
const decisions = function* (evidence: Evidence): Generator<Row> {
  const all = evidence.testsOf("test/truth/decisions.test.ts")
  if (all.length === 0) yield byTests(evidence, "a refusal means what its shape says", "the tag, the sendings, the store", all)
  for (const situation of new Set(all.map(({ title }) => title.split(" | ")[0] ?? ""))) {
    yield byTests(
      evidence,
      `a refusal means what its shape says: ${situation}`,
      "the tag, the sendings, the store; fetch and undici",
      all.filter(({ title }) => title.startsWith(`${situation} | `))
    )
  }
}

/** Part of a test's whole title, in a file. */
type Where = readonly [file: string, part: string]

/** Steps of a script. */
type Steps = readonly [script: Script, ...steps: ReadonlyArray<string>]

interface Fault {
  readonly claim: string
  readonly tests: ReadonlyArray<Where>
  readonly steps?: Steps
}

const faults: ReadonlyArray<Fault> = [
  {
    claim: "1 the file store removes only what it made",
    tests: [
      ["test/stores/file.test.ts", "files and folders of others stay, whatever their names begin with"],
      ["test/stores/file.test.ts", "a directory of somebody else is refused, and stays as it is"],
      ["test/stores/file.test.ts", "an empty text is no directory, and the working directory stays as it is"]
    ]
  },
  {
    claim: "2 a Redis failover that keeps the connection",
    tests: [
      ["test/stores/redis.test.ts", "the store leaves the replica for the primary"],
      ["test/stores/redis.test.ts", "no server that can serve: a typed failure after one more try"]
    ]
  },
  {
    claim: "3 a damaged entry is replaced by the next login",
    tests: [
      ["test/stores/file.test.ts", "what is unreadable is replaced"],
      ["test/stores/memory.test.ts", "what is unreadable is replaced"],
      ["test/stores/redis.test.ts", "what is unreadable is replaced"],
      ["test/sessions/failures.test.ts", "a damaged session: resume says that it is unreadable"],
      ["test/tokens/shared.test.ts", "a whole one is put in its place"]
    ]
  },
  {
    claim: "4 the attempt's time begins when the request is written",
    tests: [["test/http/connections.test.ts", "more calls than connections"]]
  },
  { claim: "5 two signals within a second are one", tests: [["test/cli/stopping.test.ts", "signals"]] },
  {
    claim: "6 undefined in an input and null in an answer",
    tests: [["test/http/absent.test.ts", ""]]
  },
  {
    claim: "7 token answers are read leniently",
    tests: [["test/schemas/schemas.test.ts", "may have a token_type in any case or none"]]
  },
  { claim: "8 compressed answers", tests: [["test/http/contentCoding.test.ts", ""]] },
  { claim: "9 proxies", tests: [["test/http/proxy.test.ts", ""]] },
  { claim: "10 allowInsecure", tests: [["test/http/requests.test.ts", "http to another machine is refused by a sentence"]] },
  { claim: "11 who shares a token, counted", tests: [["test/tokens/layers.test.ts", ""]] },
  {
    claim: "12 every type of a signature can be named",
    tests: [],
    steps: ["check:package", "declarations", "declarations-pnpm"]
  },
  {
    claim: "13 bundles, Jest, and nothing that lingers",
    tests: [
      ["test/embedded/system/Bundle.test.ts", ""],
      ["test/http/deadlines.test.ts", "no timer is left when the last call has ended"]
    ],
    steps: ["check:runners", "jest", "bundle-esm", "bundle-cjs"]
  },
  {
    claim: "14 inputs that cannot work get a sentence",
    tests: [
      ["test/cli/serve.test.ts", "--host takes an IPv6 address with brackets as without"],
      ["test/cli/serve.test.ts", "a seed that is UTF-16, or says a thing twice"],
      ["test/stores/redis.test.ts", "a database number that there is not"],
      ["test/stores/redis.test.ts", "TLS to a plain port, and plain to a port for TLS"],
      ["test/stores/file.test.ts", "a path that is a file says so"]
    ]
  },
  {
    claim: "15 every example of the docs runs",
    tests: [
      ["test/examples/docs.test.ts", ""],
      ["test/examples/commands.test.ts", ""]
    ]
  },
  { claim: "16 options beside the environment", tests: [["test/http/requests.test.ts", "layerConfigWith takes the options"]] },
  {
    claim: "17 the embedded services take no transport's place",
    tests: [
      ["test/embedded/system/Lifecycle.test.ts", "beside an application's own HttpClient"],
      ["test/types/types.test.ts", "the layer of the embedded system provides no HttpClient"]
    ]
  },
  { claim: "18 Bun", tests: [["test/bun/bun.test.ts", ""]] },
  { claim: "19 serve ends with the npm that started it", tests: [["test/cli/stopping.test.ts", "a parent that ends"]] },
  {
    claim: "20 seeding says what it does",
    tests: [
      ["test/embedded/seed/Seeding.test.ts", ""],
      ["test/cli/flags.test.ts", "a seed that takes long"],
      ["test/cli/arguments.test.ts", "a field that an object has twice"]
    ]
  },
  { claim: "21 a skipped test says why; in CI nothing is skipped", tests: [["test/utils/needed.test.ts", ""]] },
  {
    claim: "22 a stampede is one token request",
    tests: [["test/http/tokens.test.ts", "1,000 concurrent first calls make 1 token request"]]
  }
]

const faultRow = ({ passedOf, testsOf }: Evidence, { claim, steps, tests }: Fault): Row => {
  const found = tests.map(([file, part]) => testsOf(file, part))
  const [script, ...wanted] = steps ?? []
  const passed = script === undefined ? [] : passedOf(script, wanted)
  return {
    claim: `fault ${claim}`,
    asked: "right",
    measured: [
      ...(tests.length === 0 ? [] : [`${count(found.flat())} tests`]),
      ...(script === undefined
        ? []
        : [`${wanted.filter((step) => passed.includes(step)).length} of ${wanted.length} of ${script}`])
    ].join(", "),
    // A test that was renamed proves nothing any more.
    holds: found.every(allPass) && wanted.every((step) => passed.includes(step))
  }
}

export const truth: Proof = {
  tests: ["test/truth", ...new Set(faults.flatMap(({ tests }) => tests.map(([file]) => file)))],
  benches: [],
  *rows(evidence) {
    yield* decisions(evidence)
    yield byTests(
      evidence,
      "both servers, scripted as recorded and embedded, end in the same tags",
      "each situation",
      evidence.testsOf("test/truth/agreement.test.ts")
    )
    yield byTests(
      evidence,
      "the bodies of the four families",
      "the recorded bytes, three ways",
      evidence.testsOf("test/truth/bodies.test.ts")
    )
    yield byTests(
      evidence,
      "claims, header and answer of a token; audiences",
      "as recorded, two ways",
      evidence.testsOf("test/truth/tokens.test.ts")
    )
    for (const fault of faults) yield faultRow(evidence, fault)
  }
}
