/**
 * Errors for the unit tests of a program. `forTest` of each error fills in what a test does not care about.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import { answeredOf } from "./Answered.js"
import type { Attempt, RequestInfo } from "./RequestInfo.js"

/**
 * The fields of the request that a test chooses. The other fields have a default.
 *
 * @since 0.1.0
 * @category models
 */
export interface RequestForTest extends Partial<RequestInfo> {}

/**
 * The fields that a test can choose for every error of a call. The other fields have a default.
 *
 * @since 0.1.0
 * @category models
 */
export interface ErrorForTest {
  readonly message?: string
  readonly request?: RequestForTest
}

/**
 * The fields that a test can choose for an error that the server has answered.
 *
 * @since 0.1.0
 * @category models
 */
export interface AnsweredForTest extends ErrorForTest {
  readonly code?: string
  readonly errors?: ReadonlyArray<unknown>
  readonly details?: { readonly [name: string]: unknown }
}

/**
 * The fields that a test can choose for an error whose answer can have a `Retry-After`. Without `retryAfter` the answer has none.
 *
 * @since 0.1.0
 * @category models
 */
export interface RetryAfterForTest extends AnsweredForTest {
  readonly retryAfter?: Duration.DurationInput
}

type Call = Pick<RequestInfo, "operation" | "method" | "path">

const call = (operation: string, method: string, path: string): Call => ({ operation, method, path })

/**
 * The calls of the defaults. A test compares them with the contract.
 *
 * @internal
 */
export const calls = {
  getSettings: call("customers.settings.get", "GET", "/accounts/{aid}/customers/settings"),
  updateSettings: call("customers.settings.update", "PUT", "/accounts/{aid}/customers/settings"),
  login: call("customers.password.login", "POST", "/accounts/{aid}/customers/login"),
  requestChange: call("customers.password.requestChange", "POST", "/accounts/{aid}/customers/change_password"),
  createUser: call("customers.users.create", "POST", "/accounts/{aid}/customers/users"),
  challenge: call("auth.mfa.challenge", "POST", "/accounts/{aid}/auth/mfa/challenge"),
  token: call("auth.token", "POST", "/accounts/{oid}/auth/token")
}

interface Defaults extends Call {
  readonly status?: number
  readonly attempts?: number
  readonly history?: ReadonlyArray<Attempt>
}

/**
 * `failed`: the reason of each attempt that got no usable answer.
 *
 * @internal
 */
export const requestOf = (defaults: Defaults, given: RequestForTest = {}, failed: Pick<Attempt, "reason"> = {}): RequestInfo => {
  const request = { account: "T12345678", attempts: 1, ...defaults, ...given }
  const { attempts, status } = request
  const attempt = (index: number): Attempt => ({
    ...(status === undefined ? {} : { status }),
    ...failed,
    delay: index === 0 ? 0 : 200,
    elapsed: 50 + 250 * index
  })
  return { history: Array.from({ length: attempts }, (_, index) => attempt(index)), ...request }
}

const noMessage = ({ method, path, status }: RequestInfo): string =>
  `${method} ${path} was answered with status ${status} and no message`

/**
 * The fields of an error that the server has answered. `said` has the defaults of the answer.
 *
 * @internal
 */
export const answered = (
  defaults: Defaults,
  said: Pick<AnsweredForTest, "code" | "message">,
  { request: given, ...chosen }: AnsweredForTest
) => {
  const request = requestOf(defaults, given)
  return answeredOf({ message: noMessage(request), ...said, ...chosen, request })
}

/** @internal */
export const retryAfterOf = ({ retryAfter }: RetryAfterForTest): Option.Option<Duration.Duration> =>
  Option.map(Option.fromNullable(retryAfter), Duration.decode)
