/**
 * The operators' commands, run in the process of the test: a process of its own for each would take most of the time of the tests.
 */
import { ConfigProvider, Effect, Redacted } from "effect"
import type { DinteroEmbedded } from "effect-dintero/embedded"
import * as Operator from "../../src/cli/operator/Operator.js"

export interface Result {
  readonly code: number
  readonly stdout: string
  /** What `main.ts` prints on standard error at the end, without its line end. */
  readonly failure: string
  /** The JSON on standard output. */
  readonly json: () => unknown
}

export type Environment = Readonly<Record<string, string>>

/** The environment of the first client of a system. */
export const environmentOf = ({ seed, url }: DinteroEmbedded.Served): Environment => {
  const account = seed.accounts[0]
  const client = account?.clients?.[0]
  return {
    DINTERO_ACCOUNT_ID: account?.account_id ?? "",
    DINTERO_CLIENT_ID: client?.client_id ?? "",
    DINTERO_CLIENT_SECRET:
      typeof client?.client_secret === "string"
        ? client.client_secret
        : client?.client_secret === undefined
          ? ""
          : Redacted.value(client.client_secret),
    DINTERO_BASE_URL: url
  }
}

/** What the effect writes to standard output meanwhile. */
const captured = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.acquireUseRelease(
    Effect.sync(() => {
      let text = ""
      const spied = process.stdout.write
      // Seam: the commands give a text, and a function that is called when it is written.
      process.stdout.write = ((part: string, done?: () => void) => {
        text += part
        done?.()
        return true
      }) as typeof process.stdout.write
      return {
        text: () => text,
        restore: () => {
          process.stdout.write = spied
        }
      }
    }),
    ({ text }) => Effect.map(effect, (end) => [end, text()] as const),
    ({ restore }) => Effect.sync(restore)
  )

/** One at a time, since all share standard output. */
export const operate = (environment: Environment, ...args: ReadonlyArray<string>): Effect.Effect<Result> =>
  captured(Effect.either(Operator.run(args))).pipe(
    Effect.withConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(environment)))),
    Effect.map(([end, stdout]) => ({
      stdout,
      json: (): unknown => JSON.parse(stdout),
      ...(end._tag === "Right" ? { code: 0, failure: "" } : { code: end.left.exitCode ?? 1, failure: end.left.message })
    }))
  )
