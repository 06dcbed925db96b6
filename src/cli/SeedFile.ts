/**
 * A seed from a JSON file, checked, with a sentence for each way in which that can fail.
 */

import { createHash } from "node:crypto"
import { readFile } from "node:fs/promises"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import type * as Embedded from "../embedded.js"
import { CommandFailed } from "./CommandFailed.js"
import * as JsonSyntax from "./JsonSyntax.js"

type Seed = Embedded.Seed.Seed

const reason = (error: unknown): string => {
  switch (Predicate.hasProperty(error, "code") ? error.code : undefined) {
    case "ENOENT":
      return "there is no such file"
    case "ENOTDIR":
      return "a part of its path is not a directory"
    case "EISDIR":
      return "it is a directory"
    case "EACCES":
    case "EPERM":
      return "this user may not read it"
    default:
      return error instanceof Error ? error.message : String(error)
  }
}

const refuse = (path: string, why: string): CommandFailed =>
  new CommandFailed({ message: `The seed ${path} cannot be used: ${why}` })

/** Of the place alone, so that the same seed gives the same id to a database that has it already. */
const clientId = (accountId: string, index: number): string => {
  const hex = createHash("sha256").update(`effect-dintero:${accountId}:${index}`).digest("hex")
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

/** A client without any name is given one here: otherwise the system makes one up and nobody learns it. */
const nameClients = (seed: Seed): Seed => ({
  ...seed,
  accounts: seed.accounts.map(({ clients, ...account }) => ({
    ...account,
    ...(clients === undefined
      ? {}
      : {
          clients: clients.map((client, index) =>
            client.id === undefined && client.client_id === undefined
              ? { ...client, id: clientId(account.account_id, index) }
              : client
          )
        })
  }))
})

export const read = (path: string, { Seed }: typeof Embedded): Effect.Effect<Seed, CommandFailed> =>
  Effect.gen(function* () {
    const content = yield* Effect.tryPromise({
      try: () => readFile(path, "utf8"),
      catch: (error) => refuse(path, `${reason(error)}.`)
    })
    // The mark with which some editors begin a file is no part of it (RFC 8259, 8.1).
    const text = content.replace(/^\uFEFF/, "")
    const fault = JsonSyntax.find(text)
    if (fault !== undefined) {
      return yield* refuse(path, `it is not JSON, line ${fault.line}, column ${fault.column}: ${fault.message}.`)
    }
    const seed = yield* Effect.mapError(Seed.parse(text), ({ issues }) => {
      const lines = issues.map((issue) => (issue.path === "" ? issue.message : `${issue.path}: ${issue.message}`))
      return refuse(
        path,
        lines.length === 1
          ? lines.join()
          : `${lines.length} things in it are wrong:${lines.map((line) => `\n  ${line}`).join("")}`
      )
    })
    return nameClients(seed)
  })
