/**
 * Intended differences between the embedded system and the service. Each line names its test. The table in docs/testing.md is generated from
 * them and from the register of assumptions. A line whose test does not exist fails the build.
 */
import { assumptions } from "../../../src/contract/Assumptions.js"

export interface Difference {
  readonly what: string
  readonly service: string
  readonly embedded: string
  /** The file below `test/`, and the title of a test in it. */
  readonly test: readonly [file: string, title: string]
}

export const differences: ReadonlyArray<Difference> = [
  {
    what: "SMS and e-mail",
    service: "are sent",
    embedded: "are kept in the outbox, with the code",
    test: ["embedded/rooms/logins/Mfa.test.ts", "is sent in a message, with six digits, also in its text"]
  },
  {
    what: "time",
    service: "is the real time",
    embedded: "follows the caller's clock, and can be moved and stopped",
    test: ["embedded/controls/Clock.test.ts", "runs ahead of it: a token expires that the client takes for valid"]
  },
  {
    what: "host names",
    service: "`api.dintero.com`",
    embedded: "in process the host is ignored; audiences keep Dintero's host",
    test: ["embedded/system/Lifecycle.test.ts", "a layer answers whatever host a request names"]
  },
  {
    what: "an unknown path",
    service: "404",
    embedded: "404 with the similar operations in the hint; with `strict` the test fails",
    test: ["embedded/controls/Journal.test.ts", "names the operations that are similar to an unknown path"]
  },
  {
    what: "rate limits",
    service: "429 with `Retry-After`, at limits that are not published",
    embedded: "none, unless a fault rule says so",
    test: ["embedded/controls/Faults.test.ts", "applies to the given calls, at most the given number of times"]
  },
  {
    what: "the message of `change_password`",
    service: "leads to a page where the password is changed",
    embedded: "has no code, since no documented operation accepts one",
    test: ["embedded/rooms/logins/Mfa.test.ts", "sends one e-mail without a code to a customer that exists"]
  }
]

export const table = (): string =>
  [
    "| what | the service | the embedded system | test |",
    "|---|---|---|---|",
    ...differences.map(
      ({ embedded, service, test: [file, title], what }) => `| ${what} | ${service} | ${embedded} | \`${file}\`: ${title} |`
    ),
    ...assumptions.flatMap(({ embedded, id, question }) =>
      embedded === undefined ? [] : [`| ${question} | not documented | ${embedded} | [assumed](assumptions.md#${id}) |`]
    )
  ].join("\n")
