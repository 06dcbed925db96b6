/**
 * The shop as it is deployed. SIGTERM and Ctrl-C end it.
 */
import { NodeRuntime } from "@effect/platform-node"
import { Layer } from "effect"
import { ApplicationLive } from "./Application.js"

NodeRuntime.runMain(Layer.launch(ApplicationLive))
