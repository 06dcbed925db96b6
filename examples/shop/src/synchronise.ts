/**
 * Brings the copy of the customers up to date once, and ends.
 */
import { NodeRuntime } from "@effect/platform-node"
import { Effect, Layer } from "effect"
import { CustomerCopy } from "./CustomerCopy.js"
import { DinteroLive } from "./DinteroLive.js"
import { synchronise } from "./Synchronisation.js"
import { TelemetryLive } from "./Telemetry.js"

synchronise.pipe(
  Effect.provide(Layer.mergeAll(CustomerCopy.layer, DinteroLive).pipe(Layer.provideMerge(TelemetryLive))),
  NodeRuntime.runMain
)
