/**
 * What the other clients of a layer are built over.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type { AccessTokensService } from "../../services/AccessTokens.js"
import type { Target } from "./Target.js"

interface ConnectionService {
  readonly target: Target
  readonly tokens: AccessTokensService
}

/**
 * The connection of a `Dintero` layer: its transport, base URL, account, policies and token. There is nothing to call on it; `DinteroHttpClient`
 * is built over it, so that the two have one token and one circuit breaker.
 *
 * @since 0.1.0
 * @category services
 */
export class Connection extends Context.Tag("effect-dintero/Connection")<Connection, ConnectionService>() {}
