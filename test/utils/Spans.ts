/**
 * A tracer that notes the spans of a program.
 */
import { type Exit, Tracer } from "effect"

/** What is told of a span while it lasts, besides what its attributes keep. */
export interface Listener {
  readonly begin?: (span: Tracer.Span) => void
  readonly attribute?: (span: Tracer.Span, key: string, value: unknown) => void
  readonly event?: (span: Tracer.Span, name: string, attributes: unknown) => void
  readonly end?: (span: Tracer.Span, exit: Exit.Exit<unknown, unknown>) => void
}

/** `spans`: all that have begun, in that order. The id of a span is its number. */
export const make = (listener: Listener = {}) => {
  const spans: Array<Tracer.Span> = []
  const tracer = Tracer.make({
    context: (run) => run(),
    span: (name, parent, context, links, startTime, kind, options) => {
      const attributes = new Map<string, unknown>(Object.entries(options?.attributes ?? {}))
      const span: Tracer.Span = {
        _tag: "Span",
        name,
        spanId: String(spans.length),
        traceId: "trace",
        parent,
        context,
        links,
        kind,
        sampled: true,
        attributes,
        status: { _tag: "Started", startTime },
        end: (_, exit) => listener.end?.(span, exit),
        attribute: (key, value) => {
          attributes.set(key, value)
          listener.attribute?.(span, key, value)
        },
        event: (event, _, more) => listener.event?.(span, event, more),
        addLinks: () => {}
      }
      spans.push(span)
      listener.begin?.(span)
      return span
    }
  })
  return { spans, tracer }
}
