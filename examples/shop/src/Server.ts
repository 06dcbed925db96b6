/**
 * The whole shop. It needs Dintero, the sessions and a place to listen.
 */
import { createServer } from "node:http"
import { HttpApiBuilder, HttpMiddleware, HttpServer } from "@effect/platform"
import { NodeHttpServer } from "@effect/platform-node"
import { Duration, Effect, Layer } from "effect"
import { ShopApi } from "./Api.js"
import { HealthLive } from "./Health.js"
import { MeLive, SignedInLive } from "./Me.js"
import { noStore, sameOrigin } from "./SameOrigin.js"
import { SignInLive } from "./SignIn.js"
import { ReceiptsLive, TillLive } from "./Till.js"

/** The endpoints. They need Dintero and the sessions. */
export const ApiLive = HttpApiBuilder.api(ShopApi).pipe(
  Layer.provide([SignInLive, MeLive, ReceiptsLive, HealthLive]),
  Layer.provide([SignedInLive, TillLive]),
  Layer.merge(HttpApiBuilder.middleware((app) => noStore(sameOrigin(app))))
)

export const ShopLive = HttpApiBuilder.serve(HttpMiddleware.logger).pipe(
  Layer.provide(ApiLive),
  // A load balancer asks every second.
  HttpMiddleware.withTracerDisabledForUrls(["/health/live", "/health/ready"])
)

/**
 * Listens until the layer ends. Then it takes no more connections and finishes the requests that it has. After `patience` it closes what is left, such as
 * the connection of somebody who sends a byte a minute.
 */
export const listening = (options: {
  readonly host: string
  readonly port: number
  readonly patience?: Duration.DurationInput
}) =>
  Layer.unwrapScoped(
    Effect.gen(function* () {
      const server = createServer()
      const layer = NodeHttpServer.layer(() => server, { host: options.host, port: options.port })
      // Layers end in the opposite order, so this runs before `layer` waits for the open requests.
      const closeAfter = Layer.scopedDiscard(
        Effect.addFinalizer(() =>
          Effect.sync(() => {
            setTimeout(() => server.closeAllConnections(), Duration.toMillis(options.patience ?? "10 seconds")).unref()
          })
        )
      )
      return closeAfter.pipe(Layer.provideMerge(HttpServer.withLogAddress(layer)))
    })
  )
