/**
 * Traces, metrics and logs over OTLP (HTTP with JSON), if the environment names a collector.
 */

import * as Otlp from "@effect/opentelemetry/Otlp"
import { FetchHttpClient } from "@effect/platform"
import { Effect, Layer, Option } from "effect"
import * as Settings from "./Settings.js"

/** What was not sent yet is sent at the end of the layer. */
export const to = (baseUrl: string) =>
  Otlp.layerJson({
    baseUrl,
    resource: { serviceName: "shop" },
    tracerExportInterval: "1 second",
    loggerExportInterval: "1 second",
    shutdownTimeout: "3 seconds"
  }).pipe(Layer.provide(FetchHttpClient.layer))

export const TelemetryLive = Layer.unwrapEffect(
  Effect.map(Settings.collector, (url) => (Option.isSome(url) ? to(url.value) : Layer.empty))
)
