/**
 * The client of operations that the contract does not have, over scripted answers.
 */
import { HttpClient } from "@effect/platform"
import { Effect, Layer, Redacted } from "effect"
import { AccessTokens, Audience, Dintero, RetryPolicy } from "effect-dintero"
import type { Tree } from "../../src/contract/Operation.js"
import * as Client from "../../src/layers/http/Client.js"
import * as ServerClock from "../../src/layers/http/ServerClock.js"
import { account } from "./Account.js"
import type { MockHttp } from "./MockHttp.js"

/** Without retries. */
export const serviceOf = <const T extends Tree>(tree: T, mock: MockHttp, token = Redacted.make("token"), accountId = account) =>
  Effect.gen(function* () {
    const target = {
      client: yield* HttpClient.HttpClient,
      baseUrl: "https://api.dintero.com/v1",
      accountId,
      audienceOf: Audience.account,
      retry: RetryPolicy.none,
      guards: undefined,
      requestId: undefined,
      serverClock: ServerClock.make(),
      authorizesLookups: false,
      grantSpellings: {},
      isolatesRequests: false,
      compiled: new Map(),
      merchant: undefined
    }
    return Client.make(tree, "test", target, yield* AccessTokens)
  }).pipe(Effect.provide(Layer.provideMerge(Dintero.layerFixedToken({ accountId: account, token }), mock.layer)))
