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
  Effect.gen(function* () {
    if ((yield* Settings.sessions) === "redis") return RedisTokenStore.layerConfig({ url: Settings.redisUrl })
    const directory = yield* Settings.sessionsDirectory
    return TokenStores.layerFile({ directory }).pipe(Layer.provide(NodeContext.layer))
  })
)

/** Whoever can read the files or Redis can read no token. */
const StoreLive = Layer.unwrapEffect(Effect.map(Settings.sessionsKey, (key) => TokenStores.layerEncrypted({ key }))).pipe(
  Layer.provide(PlainStoreLive)
)

export const DinteroLive = Dintero.layerConfig.pipe(Layer.provide(UndiciTransport.layer))

export const SessionsLive = Sessions.layer().pipe(Layer.provideMerge(DinteroLive), Layer.provide(StoreLive))
