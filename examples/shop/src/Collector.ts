/**
 * A collector for demonstrations and tests: it takes what programs send over OTLP, and says what arrived.
 */
import { createServer } from "node:http"
import { HttpRouter, HttpServer, HttpServerRequest, HttpServerResponse } from "@effect/platform"
import { NodeHttpServer } from "@effect/platform-node"
import { Effect, Schema } from "effect"

const Named = Schema.Struct({ name: Schema.String })

const attributes = Schema.optionalWith(Schema.Array(Schema.Struct({ key: Schema.String, value: Schema.Unknown })), {
  default: () => []
})

const Span = Schema.Struct({ ...Named.fields, traceId: Schema.String, attributes })

const Traces = Schema.Struct({
  resourceSpans: Schema.Array(Schema.Struct({ scopeSpans: Schema.Array(Schema.Struct({ spans: Schema.Array(Span) })) }))
})

const Metrics = Schema.Struct({
  resourceMetrics: Schema.Array(Schema.Struct({ scopeMetrics: Schema.Array(Schema.Struct({ metrics: Schema.Array(Named) })) }))
})

const Logs = Schema.Struct({
  resourceLogs: Schema.Array(
    Schema.Struct({ scopeLogs: Schema.Array(Schema.Struct({ logRecords: Schema.Array(Schema.Unknown) })) })
  )
})

export type Arrived =
  | { readonly _tag: "Spans"; readonly spans: ReadonlyArray<typeof Span.Type> }
  | { readonly _tag: "Metrics"; readonly names: ReadonlyArray<string> }
  | { readonly _tag: "Logs"; readonly records: ReadonlyArray<unknown> }

export const describe = (arrived: Arrived): string =>
  arrived._tag === "Spans"
    ? `spans: ${arrived.spans.map(({ name }) => name).join(", ")}`
    : arrived._tag === "Metrics"
      ? `metrics: ${arrived.names.length}`
      : `logs: ${arrived.records.length}`

const taking = <A, I>(schema: Schema.Schema<A, I>, arrived: (body: A) => Effect.Effect<void>) =>
  HttpServerRequest.schemaBodyJson(schema).pipe(
    Effect.flatMap(arrived),
    Effect.as(HttpServerResponse.unsafeJson({})),
    Effect.catchTag("ParseError", () => HttpServerResponse.empty({ status: 400 }))
  )

const routes = (tell: (arrived: Arrived) => Effect.Effect<void>) =>
  HttpRouter.empty.pipe(
    HttpRouter.post(
      "/v1/traces",
      taking(Traces, ({ resourceSpans }) =>
        tell({ _tag: "Spans", spans: resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)) })
      )
    ),
    HttpRouter.post(
      "/v1/metrics",
      taking(Metrics, ({ resourceMetrics }) =>
        tell({
          _tag: "Metrics",
          names: resourceMetrics.flatMap(({ scopeMetrics }) =>
            scopeMetrics.flatMap(({ metrics }) => metrics.map(({ name }) => name))
          )
        })
      )
    ),
    HttpRouter.post(
      "/v1/logs",
      taking(Logs, ({ resourceLogs }) =>
        tell({
          _tag: "Logs",
          records: resourceLogs.flatMap(({ scopeLogs }) => scopeLogs.flatMap(({ logRecords }) => logRecords))
        })
      )
    )
  )

/** Collects until the scope closes, and returns where. */
export const collect = (
  where: { readonly host: string; readonly port: number },
  tell: (arrived: Arrived) => Effect.Effect<void>
) =>
  Effect.gen(function* () {
    const server = yield* NodeHttpServer.make(createServer, where)
    yield* server.serve(routes(tell))
    return HttpServer.formatAddress(server.address)
  })
