/**
 * Where the embedded system differs from the service by design. Each line names the test that holds it; the table in docs/testing.md is written
 * from them and from the register of assumptions, and a line whose test is gone fails the build.
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
    embedded: "end in the outbox, with the code",
    test: ["embedded/rooms/logins/Mfa.test.ts", "a message with the code, six digits, in its text too"]
  },
  {
    what: "time",
    service: "is the world's",
    embedded: "follows the caller's clock, and can be moved and stopped",
    test: ["embedded/controls/Clock.test.ts", "runs ahead of it: a token expires that the client takes for good"]
  },
  {
    what: "host names",
    service: "`api.dintero.com`",
    embedded: "in process any host is answered; audiences keep Dintero's host",
    test: ["embedded/system/Lifecycle.test.ts", "a layer answers whatever host a request names"]
  },
  {
    what: "an unknown path",
    service: "404",
    embedded: "404 that says what comes close; with `strict` the test fails",
    test: ["embedded/controls/Journal.test.ts", "says what an unknown path may have been"]
  },
  {
    what: "rate limits",
    service: "429 with `Retry-After`, at limits that are not published",
    embedded: "none, unless a fault rule says so",
    test: ["embedded/controls/Faults.test.ts", "strikes the n-th calls, so often, and leaves the others alone"]
  },
  {
    what: "the message of `change_password`",
    service: "leads to a page where the password is changed",
    embedded: "has no code: no documented operation takes one",
    test: ["embedded/rooms/logins/Mfa.test.ts", "sends one e-mail to a customer that is there, without a code"]
  },
  {
    what: "staff accounts and passwordless logins",
    service: "`account_user_token`, `authorization_code`",
    embedded: "not there: 400, and refused as a wrong code",
    test: ["embedded/rooms/sessions/Token.test.ts", "knows no codes and no staff"]
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
