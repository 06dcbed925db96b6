/**
 * A tracer that notes the spans of a program.
 */
import { Tracer } from "effect"

export interface Noted {
  readonly name: string
  readonly attributes: ReadonlyMap<string, unknown>
}

export const make = () => {
  const spans: Array<Noted> = []
  const tracer = Tracer.make({
    context: (run) => run(),
    span: (name, parent, context, links, startTime, kind) => {
      const attributes = new Map<string, unknown>()
      spans.push({ name, attributes })
      return {
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
        end: () => {},
        attribute: (key, value) => void attributes.set(key, value),
        event: () => {},
        addLinks: () => {}
      }
    }
  })
  return { spans, tracer }
}
