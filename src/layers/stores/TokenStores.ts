/**
 * Token stores that need nothing but this package and, for files, the platform's file system. The one over Redis is
 * `effect-dintero/redis`.
 *
 * @since 0.1.0
 */
import type * as FileSystem from "@effect/platform/FileSystem"
import type * as Path from "@effect/platform/Path"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { TokenStore, type TokenStoreError, type TokenStoreService } from "../../services/TokenStore.js"
import * as Encrypted from "./Encrypted.js"
import * as FileStore from "./FileStore.js"
import * as MemoryStore from "./MemoryStore.js"

export type {
  /**
   * 32 bytes, or their base64 (what `openssl rand -base64 32` prints).
   *
   * @since 0.1.0
   * @category models
   */
  EncryptionKey,
  /**
   * - `key`: everything is written with it
   * - `olderKeys`: an entry written with one of these is read too. To change the key, put the old one here; an entry has the new one from
   *   its next write on.
   *
   * @since 0.1.0
   * @category models
   */
  EncryptionKeys
} from "./Encrypted.js"

/**
 * A store of one process, gone with it. Each run makes an empty one.
 *
 * @since 0.1.0
 * @category constructors
 */
export const memory: Effect.Effect<TokenStoreService> = MemoryStore.make

/**
 * The same as a layer: one store wherever this value is provided in one runtime.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerMemory: Layer.Layer<TokenStore> = Layer.effect(TokenStore, memory)

/**
 * A store in a directory of one machine, for any number of processes. The directory is made (mode 0700) when it is not there. One that
 * others on the machine may look into is refused, as is such a file, and one with files in it that are not a token store's.
 *
 * A write is on the disk when it answers. A killed process leaves neither a half-written entry nor a lock. Each entry is a folder of its
 * own, named after its key. A damaged one is replaced by the next login; to give it up by hand, remove that folder.
 *
 * Leases go by the machine's time of day. When that jumps forward, a lease may end early: fencing then refuses its holder's
 * writes. When it jumps back, a lease lasts twice its duration at most.
 *
 * @since 0.1.0
 * @category constructors
 */
export const file: (options: {
  readonly directory: string
}) => Effect.Effect<TokenStoreService, TokenStoreError, FileSystem.FileSystem | Path.Path> = FileStore.make

/**
 * {@link file} as a layer.
 *
 * @example
 * ```ts
 * import { NodeContext } from "@effect/platform-node"
 * import { Layer } from "effect"
 * import { TokenStores } from "effect-dintero"
 *
 * const Sessions = TokenStores.layerFile({ directory: "/var/lib/shop/sessions" }).pipe(Layer.provide(NodeContext.layer))
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layerFile = (options: {
  readonly directory: string
}): Layer.Layer<TokenStore, TokenStoreError, FileSystem.FileSystem | Path.Path> => Layer.effect(TokenStore, file(options))

/**
 * The same store with its texts encrypted (AES-256-GCM). A `read` fails with the reason `wrong-key` when an entry was written with a key
 * that is not given, `unreadable` when it is damaged or was another entry's, and `foreign` when it is not encrypted; what is stored
 * stays as it is. Building it fails with `wrong-key` when a key is not 32 bytes.
 *
 * @since 0.1.0
 * @category combinators
 */
export const encrypted: (
  store: TokenStoreService,
  keys: Encrypted.EncryptionKeys
) => Effect.Effect<TokenStoreService, TokenStoreError> = Encrypted.make

/**
 * Encrypts the store that is provided to it.
 *
 * @example
 * ```ts
 * import { NodeContext } from "@effect/platform-node"
 * import { Config, Effect, Layer } from "effect"
 * import { TokenStores } from "effect-dintero"
 *
 * const Sessions = Layer.unwrapEffect(
 *   Effect.map(Config.redacted("SESSIONS_KEY"), (key) => TokenStores.layerEncrypted({ key }))
 * ).pipe(Layer.provide(TokenStores.layerFile({ directory: "/var/lib/shop/sessions" })), Layer.provide(NodeContext.layer))
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layerEncrypted = (keys: Encrypted.EncryptionKeys): Layer.Layer<TokenStore, TokenStoreError, TokenStore> =>
  Layer.effect(
    TokenStore,
    Effect.flatMap(TokenStore, (store) => encrypted(store, keys))
  )
