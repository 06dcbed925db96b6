/**
 * The parts of the package's own package.json that the command needs.
 */

import { readFile } from "node:fs/promises"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

const Manifest = Schema.Struct({
  version: Schema.String,
  peerDependencies: Schema.Record({ key: Schema.String, value: Schema.String })
})

export type Manifest = typeof Manifest.Type

const decode = Schema.decodeUnknown(Schema.parseJson(Manifest))

/** package.json is two folders above this file, in the sources and in the package. Without it the package is broken, so this dies. */
export const read: Effect.Effect<Manifest> = Effect.promise(() =>
  readFile(new URL("../../package.json", import.meta.url), "utf8")
).pipe(Effect.flatMap(decode), Effect.orDie)
