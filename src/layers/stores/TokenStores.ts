/**
 * Token stores that need only this package and, for files, the file system of the platform. The store in Redis is in
 * `effect-dintero/redis`.
 *
 * @since 0.1.0
 */
import type * as FileSystem from "@effect/platform/FileSystem"
import type * as Path from "@effect/platform/Path"
import * as Config from "effect/Config"
import type * as ConfigError from "effect/ConfigError"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { TokenStore, type TokenStoreError, type TokenStoreService } from "../../services/TokenStore.js"
import * as Encrypted from "./Encrypted.js"
import * as FileStore from "./FileStore.js"
import * as MemoryStore from "./MemoryStore.js"

export type {
  /**
   * 32 bytes, or their base64. `openssl rand -base64 32` prints such a key.
   *
   * @since 0.1.0
   * @category models
   */
  EncryptionKey,
  /**
   * - `key`: entries are written with this key
   * - `olderKeys`: entries that were written with one of these keys can be read too. To change the key, put the old key here. An entry uses
   *   the new key after its next write
   *
   * @since 0.1.0
   * @category models
   */
  EncryptionKeys
} from "./Encrypted.js"

/**
 * A store in the memory of this process. Use it in tests, or where sessions may end with the process. Each run makes an empty store.
 *
 * @since 0.1.0
 * @category constructors
 */
export const memory: Effect.Effect<TokenStoreService> = MemoryStore.make

/**
 * {@link memory} as a layer. All parts of one runtime that use this constant share one store.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerMemory: Layer.Layer<TokenStore> = Layer.effect(TokenStore, memory)

/**
 * A store in a directory, which any number of processes of one machine can share. The directory is made (mode 0700) if it does not exist.
 *
 * Fails with the reason `unavailable` if other users of the machine have access to the directory, or if the directory has files that do not
 * belong to a token store.
 *
 * When a write has succeeded, its data is on the disk. A killed process leaves neither a half-written entry nor a lock. Each entry is a
 * folder with the name of its key. The next login replaces a damaged entry. To remove an entry by hand, remove its folder.
 *
 * The folder disappears with its entry, and `sweep` removes the entries whose time is over. On Node.js before 20.16 and 22.3 an empty folder
 * stays. `removals` watches the directory. It fails with the reason `unavailable` where the system reports no changes, for example on a
 * network file system. When the directory is moved away or replaced, every function fails with this reason.
 *
 * Leases use the time of day of the machine. When the clock jumps forward, a lease may end early, and the writes of its holder are then
 * refused. When the clock jumps back, a lease lasts at most twice its duration.
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
 * {@link layerFile} with the directory from the configuration. It also fails with a `ConfigError` when the variable is missing.
 *
 * @example
 * ```ts
 * import { NodeContext } from "@effect/platform-node"
 * import { Config, Layer } from "effect"
 * import { TokenStores } from "effect-dintero"
 *
 * const Sessions = TokenStores.layerFileConfig({ directory: Config.nonEmptyString("SESSIONS_DIRECTORY") }).pipe(
 *   Layer.provide(NodeContext.layer)
 * )
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layerFileConfig = (options: {
  readonly directory: Config.Config<string>
}): Layer.Layer<TokenStore, TokenStoreError | ConfigError.ConfigError, FileSystem.FileSystem | Path.Path> =>
  Layer.unwrapEffect(Effect.map(options.directory, (directory) => layerFile({ directory })))

/**
 * Encrypts the texts of a store with AES-256-GCM. Making it fails with the reason `wrong-key` when a key is not 32 bytes.
 *
 * A `read` fails, and changes nothing, with one of these reasons:
 * - `wrong-key`: the entry was written with a key that was not given
 * - `unreadable`: the entry is damaged, or its text belongs to another entry
 * - `foreign`: the entry is not encrypted
 *
 * @since 0.1.0
 * @category combinators
 */
export const encrypted: (
  store: TokenStoreService,
  keys: Encrypted.EncryptionKeys
) => Effect.Effect<TokenStoreService, TokenStoreError> = Encrypted.make

/**
 * {@link encrypted} as a layer. It encrypts the `TokenStore` that is provided to it.
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

/**
 * {@link layerEncrypted} with keys from the configuration. It also fails with a `ConfigError` when a variable is missing or invalid.
 *
 * @example
 * ```ts
 * import { Config, Layer } from "effect"
 * import { TokenStores } from "effect-dintero"
 * import { RedisTokenStore } from "effect-dintero/redis"
 *
 * const Sessions = TokenStores.layerEncryptedConfig({ key: Config.redacted("SESSIONS_KEY") }).pipe(
 *   Layer.provide(RedisTokenStore.layerConfig({ url: Config.redacted("REDIS_URL") }))
 * )
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layerEncryptedConfig = (
  keys: Config.Config.Wrap<Encrypted.EncryptionKeys>
): Layer.Layer<TokenStore, TokenStoreError | ConfigError.ConfigError, TokenStore> =>
  Layer.unwrapEffect(Effect.map(Config.unwrap(keys), layerEncrypted))
