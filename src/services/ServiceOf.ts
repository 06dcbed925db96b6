/**
 * The types of the services, made from the contract: each operation is a method with its input, its answer and exactly its errors.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import type { Any, FailureStatus, Named, Operation, RefusalKind, Streamed } from "../contract/Operation.js"
import type {
  CallError,
  CredentialsRefused,
  Duplicate,
  InvalidRequest,
  MethodNotAllowed,
  MfaRequired,
  NotFound,
  SessionExpired
} from "../schemas/DinteroError.js"
import type { Input, WithDefaultAudience } from "../schemas/Input.js"
import type { Changes, ChangesOptions } from "./Changes.js"
import type { Page } from "./Page.js"

/** The errors of an input that was refused for what it holds. */
interface Refusals {
  readonly credentials: CredentialsRefused | MfaRequired
  readonly secret: CredentialsRefused
  readonly grant: CredentialsRefused | MfaRequired | SessionExpired
  readonly duplicate: Duplicate
}

/** The errors of statuses that only some operations declare. The errors of all other statuses are in `CallError`. */
interface Meanings {
  readonly 404: NotFound
  readonly 405: MethodNotAllowed
}

type IsUnion<T, All = T> = T extends unknown ? ([All] extends [T] ? false : true) : never

/** A single parameter is an argument of its own. Several parameters are one object. */
type PathArguments<Parameters> = [keyof Parameters] extends [never]
  ? []
  : IsUnion<keyof Parameters> extends true
    ? [path: Parameters]
    : [id: Parameters[keyof Parameters]]

type NeedsAudience<A> = [Extract<A, { readonly audience: string }>] extends [never] ? false : true

type BodyArguments<Body, Name extends keyof Named<Body>> = [Body] extends [never]
  ? []
  : NeedsAudience<Body> extends true
    ? Named<WithDefaultAudience<Body>>[Name]
    : Named<Body>[Name]

type QueryArguments<Query> = [Query] extends [never]
  ? []
  : Record<never, never> extends Query
    ? [query?: Input<Query>]
    : [query: NeedsAudience<Query> extends true ? WithDefaultAudience<Input<Query>> : Input<Query>]

type Arguments<Parameters, Body, Name extends keyof Named<Body>, Query> = [
  ...PathArguments<Parameters>,
  ...BodyArguments<Body, Name>,
  ...QueryArguments<Query>
]

type AnswerOf<Success, Paging> = Paging extends true ? (Success extends ReadonlyArray<infer Item> ? Page<Item> : never) : Success

// The union is written here and not in an alias, so that an editor shows its members.
type MethodOf<Op> =
  Op extends Operation<
    infer Parameters,
    infer Query,
    infer Body,
    infer Success,
    infer Status extends FailureStatus,
    infer Refusal extends RefusalKind | undefined,
    infer Name,
    infer Paging
  >
    ? Arguments<Parameters, Body, Name, Query> extends infer Given extends ReadonlyArray<unknown>
      ? (
          ...input: Given
        ) => Effect.Effect<
          AnswerOf<Success, Paging>,
          | CallError
          | (Given extends readonly [] ? never : InvalidRequest)
          | Meanings[Status & keyof Meanings]
          | Refusals[Refusal & keyof Refusals]
        >
      : never
    : never

type StreamOf<Method, Unit> = Method extends (...input: infer Given) => Effect.Effect<Page<infer Item>, infer Failure>
  ? Unit extends "changes"
    ? (options?: ChangesOptions) => Stream.Stream<Changes<Item>, Failure>
    : (...input: Given) => Stream.Stream<Unit extends "page" ? Page<Item> : Item, Failure>
  : never

/**
 * The methods of a part of the contract. A method has the documentation of its entry.
 *
 * @since 0.1.0
 * @category models
 */
export type ServiceOf<Tree> = {
  readonly [Key in keyof Tree]: Tree[Key] extends Any
    ? MethodOf<Tree[Key]>
    : Tree[Key] extends Streamed<infer Of, infer Unit>
      ? StreamOf<MethodOf<Of>, Unit>
      : ServiceOf<Tree[Key]>
}

/**
 * The errors of a method.
 *
 * @example
 * ```ts
 * import type { CustomersService, ErrorOf } from "effect-dintero"
 *
 * type LoginError = ErrorOf<CustomersService["password"]["login"]>
 * ```
 *
 * @since 0.1.0
 * @category errors
 */
export type ErrorOf<Method extends (...input: never) => Effect.Effect<unknown, unknown>> = Effect.Effect.Error<ReturnType<Method>>
