/**
 * A service of which a test gives a part. What it does not give dies with its name when it is called.
 */
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Stream from "effect/Stream"

/** What is at a place of a service: a group of the service, or a leaf. */
export type Kind = "method" | "streaming" | "effect" | Shape

export interface Shape {
  readonly [name: string]: Kind
}

/** `layer`: the name of the layer that was to be given more. */
export const complete = (shape: Shape, given: unknown, path: string, layer: string): unknown =>
  Object.fromEntries(
    Object.entries(shape).map(([key, kind]) => {
      const own: unknown = Predicate.hasProperty(given, key) ? given[key] : undefined
      const name = `${path}.${key}`
      if (typeof kind === "object") return [key, complete(kind, own, name, layer)]
      if (own !== undefined) return [key, own]
      const missing = Effect.die(
        new Error(`${name} was called, but ${layer} was not given it. Add it to the object that the layer takes.`)
      )
      if (kind === "effect") return [key, missing]
      return [key, kind === "streaming" ? () => Stream.fromEffect(missing) : () => missing]
    })
  )
