/**
 * The stores under test, by name, so that a test and the processes it starts open the same one.
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { NodeContext } from "@effect/platform-node"
import { Effect, Redacted, type Scope } from "effect"
import { type TokenStoreError, type TokenStoreService, TokenStores } from "effect-dintero"
import { RedisTokenStore } from "effect-dintero/redis"

export type Kind = "file" | "file+encrypted" | "redis" | "redis+encrypted"

export const secretKey = Redacted.make(Buffer.alloc(32, 7).toString("base64"))

/** `place`: the directory, or the url. */
export const open = (kind: Kind, place: string): Effect.Effect<TokenStoreService, TokenStoreError, Scope.Scope> => {
  const below: Effect.Effect<TokenStoreService, TokenStoreError, Scope.Scope> = kind.startsWith("file")
    ? TokenStores.file({ directory: place }).pipe(Effect.provide(NodeContext.layer))
    : RedisTokenStore.make({ url: Redacted.make(place), prefix: `${kind}:` })
  return kind.endsWith("+encrypted") ? Effect.flatMap(below, (store) => TokenStores.encrypted(store, { key: secretKey })) : below
}

/** The path of a directory that is not there yet, and is gone with the scope. */
export const directory = Effect.map(
  Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "token-store-"))),
    (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
  ),
  (path) => join(path, "store")
)
