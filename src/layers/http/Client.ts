/**
 * The methods of a part of the contract, over the wire. A method is compiled when it is called for the first time.
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { Any, Described, FailureStatus, RefusalKind, Streamed, Tree } from "../../contract/Operation.js"
import { isOperation, isStreamed } from "../../contract/Operation.js"
import { sentence } from "../../internal/Issues.js"
import * as Errors from "../../schemas/DinteroError.js"
import type { AccessTokensService } from "../../services/AccessTokens.js"
import * as Account from "../../services/Account.js"
import type { Changes, ChangesOptions } from "../../services/Changes.js"
import type { Page } from "../../services/Page.js"
import type { ServiceOf } from "../../services/ServiceOf.js"
import type { Authorization } from "./Authorization.js"
import type { Options, Received } from "./Call.js"
import * as CallErrors from "./CallErrors.js"
import * as CompiledOperation from "./CompiledOperation.js"
import type { Said } from "./Failures.js"
import { credentialsRefused, duplicate, secretRefused } from "./Failures.js"
import * as Paging from "./Paging.js"
import type * as RequestParts from "./RequestParts.js"
import type { Target } from "./Target.js"

type Outcome = Effect.Effect<unknown, Errors.DinteroError>

type Method = (...input: ReadonlyArray<unknown>) => Outcome | Stream.Stream<unknown, Errors.DinteroError>

type Refusal = (said: Said) => Option.Option<Errors.DinteroError>

/** The token endpoint decides by the grant, so its method is written by hand. */
const refusals: { readonly [Kind in RefusalKind]: Refusal | undefined } = {
  credentials: credentialsRefused,
  secret: secretRefused,
  duplicate,
  grant: undefined
}

/** In the order of `ServiceOf`: the path's parameters, the body, the query. */
const inputOf = ({ body, parameters, query }: Described, given: ReadonlyArray<unknown>): RequestParts.Input => {
  const rest = [...given]
  const [name, ...others] = Object.keys(parameters)
  return {
    ...(name === undefined ? {} : { path: others.length > 0 ? rest.shift() : { [name]: rest.shift() } }),
    ...(body === undefined ? {} : { body: rest.shift() }),
    ...(query === undefined ? {} : { query: rest.shift() })
  }
}

/** Of organizations and addresses. Other operations without a credential have one of another kind in their query. */
const isLookup = ({ path }: Described): boolean => path.includes("/search/external/")

const optionsOf = (
  { authorizesLookups }: Target,
  operation: Described,
  tokens: AccessTokensService
): Options<Errors.DinteroError> => {
  const refusal = operation.refusal === undefined ? undefined : refusals[operation.refusal]
  const authorization: Authorization =
    operation.authorization === "none" && !(authorizesLookups && isLookup(operation))
      ? { _tag: "None" }
      : { _tag: "Bearer", tokens, ...(operation.caller === "customer" ? { asCustomer: true } : {}) }
  return { authorization, ...(refusal === undefined ? {} : { refusal }) }
}

/** One operation, ready to be called. */
const sender = (target: Target, name: string, operation: Any, tokens: AccessTokensService) => {
  const options = optionsOf(target, operation, tokens)
  let compiled: CompiledOperation.CompiledOperation<unknown, FailureStatus> | undefined
  return (input: RequestParts.Input): Effect.Effect<Received<unknown>, Errors.DinteroError> => {
    compiled ??= CompiledOperation.make(target, name, operation)
    return compiled.send(input, options)
  }
}

/** As the calls of this effect see it: inside `Account.with` the account is another one. */
const seen = (target: Target): Effect.Effect<Target> =>
  Effect.map(Account.Current, Option.match({ onNone: () => target, onSome: (accountId) => ({ ...target, accountId }) }))

const invalidPage = (target: Target, name: string, { method, path }: Described, issues: ReadonlyArray<Errors.Issue>) =>
  new Errors.InvalidResponse({
    request: { operation: name, method, path, account: target.accountId, attempts: 1, history: [] },
    message: `${name}: the list does not go on: ${sentence(issues)}`,
    issues
  })

/** In the place of an argument that was left out there is nothing to change. */
const queryOf = ({ query }: RequestParts.Input): object => (typeof query === "object" && query !== null ? query : {})

const methodOf = (target: Target, name: string, operation: Any, tokens: AccessTokensService) => {
  const send = sender(target, name, operation, tokens)
  const { paging } = operation
  return (...given: ReadonlyArray<unknown>): Outcome => {
    const input = inputOf(operation, given)
    if (operation.presence) {
      return send(input).pipe(
        Effect.as(true),
        Effect.catchTag("NotFound", () => Effect.succeed(false))
      )
    }
    if (paging === undefined) return Effect.map(send(input), ({ value }) => value)
    const asking = Paging.asking(paging, queryOf(input))
    if (Either.isLeft(asking)) {
      return Effect.flatMap(seen(target), (target) => CallErrors.invalidRequest({ ...operation, name, target }, asking.left))
    }
    const { pageOf, query } = asking.right
    return Effect.flatMap(send({ ...input, query }), ({ total, value }) =>
      // Seam: an operation that pages answers an array, which its schema has checked.
      Either.match(pageOf(value as ReadonlyArray<unknown>, total), {
        onLeft: (issues) => Effect.flatMap(seen(target), (target) => invalidPage(target, name, operation, issues)),
        onRight: Effect.succeed
      })
    )
  }
}

const changesOf = (target: Target, name: string, operation: Any, tokens: AccessTokensService) => {
  const send = sender(target, name, operation, tokens)
  const changesIn = (target: Target, options: ChangesOptions): Stream.Stream<Changes<unknown>, Errors.DinteroError> => {
    const begin = Paging.changes(operation.paging, { list: name, account: target.accountId }, options)
    if (Either.isLeft(begin)) return Stream.fail(CallErrors.invalidRequest({ ...operation, name, target }, begin.left))
    return Stream.paginateEffect(begin.right, ({ changesOf, query }) =>
      Effect.flatMap(Effect.clock, (clock) => {
        const now = clock.unsafeCurrentTimeMillis()
        return Effect.flatMap(send({ query }), ({ value }) => {
          const ahead = Option.getOrElse(target.serverClock.offset(clock), () => 0)
          // Seam: an operation that pages answers an array, which its schema has checked.
          return Either.match(changesOf(value as ReadonlyArray<unknown>, now + ahead), {
            onLeft: (issues) => Effect.fail(invalidPage(target, name, operation, issues)),
            onRight: ({ changes, next }) => Effect.succeed([changes, next] as const)
          })
        })
      })
    )
  }
  // A checkpoint is of the account whose changes are read.
  return (options: ChangesOptions = {}) => Stream.unwrap(Effect.map(seen(target), (target) => changesIn(target, options)))
}

const streamOf = (target: Target, name: string, { of: operation, unit }: Streamed<Any>, tokens: AccessTokensService): Method => {
  // Seam: `ServiceOf` gives this method the type of its options.
  if (unit === "changes") return changesOf(target, name, operation, tokens) as Method
  const list = methodOf(target, name, operation, tokens)
  return (...given) => {
    const before = given.slice(0, Object.keys(operation.parameters).length > 0 ? 1 : 0)
    // Seam: the operation pages, so its method answers pages.
    const page = (query: object) => list(...before, query) as Effect.Effect<Page<unknown>, Errors.DinteroError>
    const query = queryOf({ query: given[before.length] })
    return unit === "page" ? Paging.pages(page, query) : Paging.items(page, query)
  }
}

const build = (tree: Tree, path: string, target: Target, tokens: AccessTokensService): object =>
  Object.fromEntries(
    Object.entries(tree).map(([key, node]: [string, Any | Streamed<Any> | Tree]) => {
      const name = `${path}.${key}`
      if (isOperation(node)) return [key, methodOf(target, name, node, tokens)]
      if (isStreamed(node)) return [key, streamOf(target, name, node, tokens)]
      return [key, build(node, name, target, tokens)]
    })
  )

/** `name`: that of the service, with which the names of its operations begin. */
export const make = <const T extends Tree>(tree: T, name: string, target: Target, tokens: AccessTokensService): ServiceOf<T> =>
  // Seam: `build` makes of each entry what `ServiceOf` says of it.
  build(tree, name, target, tokens) as ServiceOf<T>
