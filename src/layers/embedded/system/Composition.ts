/**
 * Makes services one after the other, each from those before it.
 *
 * Not by layers: a layer makes a fiber, a scope and a memo for each service. That would be three quarters of the time that a system takes to
 * start, and each test starts a system.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"

/** Services that are made together, and what they are made from. */
export type Services<Provided, E = never, R = never> = Effect.Effect<Context.Context<Provided>, E, R>

export const empty: Services<never> = Effect.succeed(Context.empty())

/** Adds one service. */
export const add =
  <I, S, E, R>(tag: Context.Tag<I, S>, make: Effect.Effect<S, E, R>) =>
  <Before, E0, R0>(before: Services<Before, E0, R0>): Services<Before | I, E0 | E, R0 | Exclude<R, Before>> =>
    Effect.flatMap(before, (context) =>
      Effect.map(Effect.provide(make, context), (service) => Context.add(context, tag, service))
    )

/** Adds the services of a room. */
export const addAll =
  <I, E, R>(room: Services<I, E, R>) =>
  <Before, E0, R0>(before: Services<Before, E0, R0>): Services<Before | I, E0 | E, R0 | Exclude<R, Before>> =>
    Effect.flatMap(before, (context) => Effect.map(Effect.provide(room, context), (made) => Context.merge(context, made)))
