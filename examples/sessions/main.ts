/**
 * The server as it is deployed: `DINTERO_ACCOUNT_ID`, `DINTERO_CLIENT_ID`, `DINTERO_CLIENT_SECRET`, `REDIS_URL`, `SESSIONS_KEY` and `PORT`.
 */
import { createServer } from "node:http"
import { HttpServer } from "@effect/platform"
import { NodeHttpServer, NodeRuntime } from "@effect/platform-node"
import { Config, Layer } from "effect"
import { Dintero, Sessions, TokenStores } from "effect-dintero"
import { RedisTokenStore } from "effect-dintero/redis"
import { UndiciTransport } from "effect-dintero/undici"
import { ServerLayer } from "./Server.js"

const StoreLive = TokenStores.layerEncryptedConfig({ key: Config.redacted("SESSIONS_KEY") }).pipe(
  Layer.provide(RedisTokenStore.layerConfig({ url: Config.redacted("REDIS_URL") }))
)

const DinteroLive = Sessions.layer().pipe(
  Layer.provideMerge(Dintero.layerConfig),
  Layer.provide(StoreLive),
  Layer.provide(UndiciTransport.layer)
)

const HttpLive = NodeHttpServer.layerConfig(createServer, { port: Config.port("PORT").pipe(Config.withDefault(3000)) })

// Layers end in the opposite order of their start. So the server ends first, and the requests that are open then still have their sessions.
ServerLayer.pipe(
  HttpServer.withLogAddress,
  Layer.provide(HttpLive),
  Layer.provide(DinteroLive),
  Layer.launch,
  NodeRuntime.runMain
)
