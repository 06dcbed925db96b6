/**
 * Which system the page is tested with: the one place to change for another one.
 */
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { DinteroEmbedded } from "../../src/embedded.js"
import { open } from "./MockSystem.js"
import type { System } from "./System.js"

export const openSystem: Effect.Effect<System, DinteroEmbedded.EmbeddedStartError, Scope.Scope> = open
