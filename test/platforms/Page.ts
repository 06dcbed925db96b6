/**
 * The script in a page of a browser, where `scripts/check-platforms.ts` calls it by name.
 */
import { Effect, Layer, Redacted } from "effect"
import { Customers, Dintero, RetryPolicy } from "effect-dintero"
import { type Given, type Outcome, run, transportOf } from "./Script.js"

/** The global names of the page. */
export interface PageScripts {
  readonly runScript: (given: Given) => Promise<Outcome>
  /** Sends a header that the CORS rules of the service do not name. It gives the error's tag. */
  readonly callWithOwnHeader: (given: Given) => Promise<string>
}

const scripts: PageScripts = {
  runScript: (given) => run(given, transportOf(given.transport)),
  callWithOwnHeader: (given) =>
    Effect.flatMap(Customers, (customers) => customers.settings.get()).pipe(
      Effect.match({ onFailure: ({ _tag }) => _tag, onSuccess: () => "answered" }),
      Effect.provide(
        Dintero.layer({
          accountId: given.accountId,
          clientId: given.clientId,
          clientSecret: Redacted.make(given.clientSecret),
          baseUrl: given.baseUrl,
          requestId: { header: "x-request-id" },
          retry: RetryPolicy.none
        }).pipe(Layer.provide(transportOf(given.transport)))
      ),
      Effect.runPromise
    )
}

Object.assign(globalThis, scripts)
