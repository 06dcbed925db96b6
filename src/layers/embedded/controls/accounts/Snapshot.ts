/**
 * All data of an account, as a value.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { type AccountTable, accountTableNames } from "../../rooms/Tables.js"
import { version as tablesVersion } from "../../storage/Migrations.js"
import type { InvalidSnapshot } from "../ControlErrors.js"
import { Message } from "../outbox/Message.js"
import * as SnapshotCheck from "./SnapshotCheck.js"

/**
 * A snapshot. `toJSON` gives the document for a file or another process, and `Snapshot.decode` reads it.
 *
 * Passwords, client secrets and tokens are in it only as hashes and digests. Settings and messages are in it as they are, with the secrets in
 * them.
 *
 * @since 0.1.0
 * @category models
 */
export interface Snapshot {
  readonly account_id: string
  /** The rows of each table as JSON: an array of arrays in the order of the columns. */
  readonly tables: { readonly [Name in AccountTable]: string }
  /** Numbered from 1. A system that restores them gives them new numbers. */
  readonly outbox: ReadonlyArray<Message>
  readonly toJSON: () => unknown
}

const encodeOutbox = Schema.encodeSync(Schema.Array(Message))

/** Checked, or read from a database. It cannot be changed, and only this file can make one. */
class Checked implements Snapshot {
  readonly account_id: string
  readonly tables: Snapshot["tables"]
  readonly outbox: ReadonlyArray<Message>

  constructor({ account_id, outbox, tables }: SnapshotCheck.SnapshotContent) {
    this.account_id = account_id
    this.tables = Object.freeze({ ...tables })
    this.outbox = Object.freeze(outbox.map((message, i) => ({ ...message, id: i + 1 })))
    Object.freeze(this)
  }

  toJSON(): unknown {
    return {
      format: SnapshotCheck.format,
      version: SnapshotCheck.version,
      tables_version: tablesVersion,
      written_by: SnapshotCheck.writtenBy,
      account_id: this.account_id,
      tables: Object.fromEntries(accountTableNames.map((name) => [name, JSON.parse(this.tables[name])])),
      outbox: encodeOutbox(this.outbox)
    }
  }
}

/**
 * A snapshot of data from a database.
 *
 * @internal
 */
export const make = (content: SnapshotCheck.SnapshotContent): Snapshot => new Checked(content)

/**
 * Reads a snapshot from the document of `toJSON`. Checks the format, its version, every value of every row, keys and references.
 * `InvalidSnapshot` names the first 100 errors, or the release that wrote another version.
 *
 * @since 0.1.0
 * @category decoding
 */
export const decode = (document: unknown): Effect.Effect<Snapshot, InvalidSnapshot> =>
  document instanceof Checked
    ? Effect.succeed(document)
    : Effect.map(
        Effect.suspend(() => SnapshotCheck.check(document)),
        make
      )

const parseText = Schema.decodeUnknown(Schema.parseJson())

/**
 * Reads a snapshot from the text of a JSON file.
 *
 * @since 0.1.0
 * @category decoding
 */
export const parse = (json: string): Effect.Effect<Snapshot, InvalidSnapshot> =>
  parseText(json).pipe(
    Effect.mapError(() => SnapshotCheck.invalid([{ path: "", message: "it is not JSON" }])),
    Effect.flatMap(decode)
  )
