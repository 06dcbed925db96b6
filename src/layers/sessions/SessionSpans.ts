/**
 * The spans of sessions. They have no attribute that is a secret: a handle names a session and does not open it.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { ResumeAttributes, Spans } from "../http/SpanAttributes.js"
import { tracerListens } from "../http/Spans.js"

export type Annotate = (attributes: Partial<ResumeAttributes>) => Effect.Effect<void>

/** Only for a tracer that listens, as for calls. */
export const traced = <A, E, R extends Scope.Scope = never>(
  name: keyof Spans & `session.${string}`,
  run: (annotate: Annotate) => Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> =>
  Effect.withFiberRuntime((fiber) =>
    tracerListens(fiber)
      ? Effect.useSpan(name, { captureStackTrace: false }, (span) =>
          Effect.withParentSpan(
            run((attributes) =>
              Effect.sync(() => {
                for (const [key, value] of Object.entries(attributes)) span.attribute(key, value)
              })
            ),
            span
          )
        )
      : run(() => Effect.void)
  )
