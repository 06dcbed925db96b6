/**
 * Compiles an entry of the contract. Everything that does not depend on the input is done here, once: a schema that is built during a call
 * costs more than the call.
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"
import type { BodyName, FailureStatus, Operation, RefusalKind } from "../../contract/Operation.js"
import * as Absent from "../../internal/Absent.js"
import * as Codec from "../../internal/Codec.js"
import * as Decoder from "../../internal/Decoder.js"
import { issuesOf } from "../../internal/Issues.js"
import { secretsIn } from "../../internal/Secrets.js"
import type * as Errors from "../../schemas/DinteroError.js"
import * as ActingAccount from "./ActingAccount.js"
import type { Answer } from "./Answer.js"
import { isSuccess, textOf } from "./Answer.js"
import * as Authorization from "./Authorization.js"
import * as Budgets from "./Budgets.js"
import type { Compiled, Ends, Options, Received } from "./Call.js"
import * as CallErrors from "./CallErrors.js"
import * as CallMetrics from "./CallMetrics.js"
import * as Executor from "./Executor.js"
import * as RequestParts from "./RequestParts.js"
import type { Target } from "./Target.js"

/** A JSON document of this API is a few kilobytes; a list of 100 about 70. What is larger is not an answer of it. */
const read = textOf(8 * 1024 * 1024)

const headers = { accept: "application/json" }

const parseJson = (text: string): Either.Either<unknown, unknown> => Either.try((): unknown => JSON.parse(text))

/**
 * An answer that says nothing: without a body, of which a proxy can make JSON of its own, or with an object without fields, which may
 * as well be left out. What is no JSON is somebody else's answer.
 */
const parseNothing = (text: string): Either.Either<unknown, unknown> =>
  text === "" ? Either.right(undefined) : Either.map(parseJson(text), () => undefined)

/** What a success says, or what is wrong with it. */
const decoderOf = <Success>(success: Schema.Schema<Success>): Compiled<Success, never>["decode"] => {
  const nothing = Schema.typeSchema(success)
  const saysNothing = AST.isVoidKeyword(nothing.ast)
  const decode = saysNothing ? Decoder.make(nothing) : Decoder.make(success, Absent.withoutNulls(success))
  const parse = saysNothing ? parseNothing : parseJson
  return ({ text }: Answer) => {
    const json = parse(text)
    if (Either.isLeft(json)) {
      const found = text === "" ? "an empty body" : "text that is not JSON"
      return Either.left(() => [{ path: "", message: `expected a JSON body, got ${found}` }])
    }
    const decoded = decode(json.right, () => Either.getOrThrow(parse(text)))
    return Either.isRight(decoded) ? Either.right(decoded.right) : Either.left(() => issuesOf(decoded.left))
  }
}

/** The value of a redirect is its `Location`. */
const redirectDecoderOf = <Success>(success: Schema.Schema<Success>): Compiled<Success, never>["decode"] => {
  const decode = Codec.decode(success)
  return ({ headers: { location } }: Answer) => {
    const decoded = decode(location)
    return Either.isRight(decoded)
      ? Either.right(decoded.right)
      : Either.left(() => [{ path: "", message: "expected a redirect with a Location" }])
  }
}

const isRedirect = (status: number): boolean => status === 302

/** Sends an operation, with what it takes. */
export interface CompiledOperation<Success, Status extends FailureStatus> {
  readonly send: <Refusal extends Errors.DinteroError = never>(
    input: RequestParts.Input,
    options: Options<Refusal>
  ) => Effect.Effect<Received<Success>, Ends<Status, Refusal> | Errors.InvalidRequest>
}

interface Template<Success, Status extends FailureStatus> {
  readonly parts: ReturnType<typeof RequestParts.make>
  readonly compiled: Compiled<Success, Status>
}

const compile = <Success, Status extends FailureStatus>(
  target: Target,
  name: string,
  operation: Operation<unknown, unknown, unknown, Success, Status, RefusalKind | undefined, BodyName, boolean>
): Template<Success, Status> => {
  const statuses = new Set<number>(operation.failures)
  const { method, path, replay, scopes, setting } = operation
  const redirects = isRedirect(operation.success.status)
  // Seam: the types of an operation are known to the caller of this function.
  const success = (operation.success.schema ?? Schema.Void) as Schema.Schema<Success>
  return {
    parts: RequestParts.make(operation, target.accountId),
    compiled: {
      name,
      target,
      method,
      path,
      replay,
      scopes,
      setting,
      read,
      declares: (status): status is Status => statuses.has(status),
      succeeds: redirects ? isRedirect : isSuccess,
      decode: redirects ? redirectDecoderOf(success) : decoderOf(success),
      isPaged: operation.paging !== undefined,
      budgets: Budgets.make(),
      label: CallMetrics.operationLabel(name)
    }
  }
}

const sendTo = <Success, Status extends FailureStatus, Refusal extends Errors.DinteroError>(
  { compiled, parts }: Template<Success, Status>,
  target: Target,
  input: RequestParts.Input,
  options: Options<Refusal>
): Effect.Effect<Received<Success>, Ends<Status, Refusal> | Errors.InvalidRequest> => {
  const operation = compiled.target === target ? compiled : { ...compiled, target }
  const encoded = parts(input, target)
  if (Either.isLeft(encoded)) return Effect.fail(CallErrors.invalidRequest(operation, encoded.left))
  const { body, path } = encoded.right
  const secrets = () => [...secretsIn(input), ...Authorization.secretsOf(options.authorization)]
  return Executor.execute(operation, { url: target.baseUrl + path, headers, body, secrets }, options)
}

/** For targets of one layer, which differ in their account alone, an operation is compiled once. */
export const make = <Success, Status extends FailureStatus>(
  target: Target,
  name: string,
  operation: Operation<unknown, unknown, unknown, Success, Status, RefusalKind | undefined, BodyName, boolean>
): CompiledOperation<Success, Status> => {
  // Seam: an operation is stored under its own name, so what is found there has its types.
  const found = target.compiled.get(name) as Template<Success, Status> | undefined
  const template = found ?? compile(target, name, operation)
  if (found === undefined) target.compiled.set(name, template)
  return {
    send: (input, options) =>
      ActingAccount.act(target, options.authorization, template.compiled, (acting, authorization) =>
        sendTo(template, acting, input, authorization === options.authorization ? options : { ...options, authorization })
      )
  }
}
