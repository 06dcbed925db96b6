/**
 * Starts an effect in a fiber of its own, with given surroundings. It is the one place that uses `Runtime`.
 */
import type * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import type * as FiberRefs from "effect/FiberRefs"
import * as Runtime from "effect/Runtime"

/** The `FiberRef`s that a fiber is started with. */
export type Refs = FiberRefs.FiberRefs

export const runFork = <A, E, R>(
  effect: Effect.Effect<A, E, R>,
  context: Context.Context<R>,
  fiberRefs: Refs
): Fiber.RuntimeFiber<A, E> =>
  Runtime.runFork(Runtime.make({ context, fiberRefs, runtimeFlags: Runtime.defaultRuntimeFlags }))(effect)

/** The same for many effects with the same surroundings. */
export const forker = <R>(
  context: Context.Context<R>,
  fiberRefs: Refs
): (<A, E>(effect: Effect.Effect<A, E, R>) => Fiber.RuntimeFiber<A, E>) =>
  Runtime.runFork(Runtime.make({ context, fiberRefs, runtimeFlags: Runtime.defaultRuntimeFlags }))
