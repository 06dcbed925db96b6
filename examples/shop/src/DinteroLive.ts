/**
 * Dintero as the deployed shop uses it: its API client, and sessions in files or in Redis.
 */
import { NodeContext } from "@effect/platform-node"
import { Effect, Layer } from "effect"
import { Dintero, Sessions, TokenStores } from "effect-dintero"
import { RedisTokenStore } from "effect-dintero/redis"
import { UndiciTransport } from "effect-dintero/undici"
import * as Settings from "./Settings.js"

const PlainStoreLive = Layer.unwrapEffect(
  Effect.map(Settings.sessions, (kind) =>
    kind === "redis"
      ? RedisTokenStore.layerConfig({ url: Settings.redisUrl })
      : TokenStores.layerFileConfig({ directory: Settings.sessionsDirectory }).pipe(Layer.provide(NodeContext.layer))
  )
)

/** Somebody who can read the files or Redis can read no token. */
const StoreLive = TokenStores.layerEncryptedConfig({ key: Settings.sessionsKey }).pipe(Layer.provide(PlainStoreLive))

export const DinteroLive = Dintero.layerConfig.pipe(Layer.provide(UndiciTransport.layer))

export const SessionsLive = Sessions.layer().pipe(Layer.provideMerge(DinteroLive), Layer.provide(StoreLive))
