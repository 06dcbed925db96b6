/**
 * How an operation is shown to the tests: one sample, whose types come from the operation's entry in the contract. The samples of a tag
 * are in the file of its name. A missing one does not compile.
 */
import type * as Effect from "effect/Effect"
import type { Auth, Customers, DinteroError } from "effect-dintero"
import type { DinteroEmbedded } from "effect-dintero/embedded"
import type { At, BodyName, FailureStatus, NameOf, Operation, RefusalKind, ReplayClass } from "../../src/contract/Operation.js"
import type { ServiceOf } from "../../src/services/ServiceOf.js"

type MethodOf<Op> = ServiceOf<{ readonly method: Op }>["method"]

/** The arguments of the operation's method. */
export type InputOf<Op> = MethodOf<Op> extends (...input: infer Input) => unknown ? Input : never

/** What a success of the method is. */
type ValueOf<Op> = MethodOf<Op> extends (...input: never) => Effect.Effect<infer Value, unknown> ? Value : never

/** What makes an input: it calls other operations, and can read the outbox of the embedded system. */
type Fresh<Input> = Effect.Effect<Input, DinteroError, Auth | Customers | DinteroEmbedded.Embedded>

type BodyOf<Op> =
  Op extends Operation<unknown, unknown, infer Body, unknown, FailureStatus, RefusalKind | undefined, BodyName, boolean>
    ? Body
    : never

/** A body in which several fields are wrong, and the paths that the refusal has to name. */
export interface Wrong {
  readonly json: unknown
  readonly paths: readonly [string, ...Array<string>]
}

/**
 * - `input`: what a caller gives. The demo seed answers it with a success, unless there is a `fresh`
 * - `fresh`: makes an input that the service takes only once, such as a token that it has just given
 * - `caller`: who can call it, where a token of the account is not enough: the client that the input was made for, or Ada, who is signed in
 * - `variants`: inputs that travel or end differently, by name. `input` is one of them
 * - `sent`: the path after `/v1` and the JSON body of the request that `input` becomes
 * - `replay`: what a second sending can do, said here once more, so that a change in the contract is noticed
 * - `wrong`: only of an operation with a body
 * - `answer`: the JSON of a success, or the `Location` of a redirect, and what the client makes of it
 */
export type Sample<Op> = {
  readonly input: InputOf<Op>
  readonly fresh?: Fresh<InputOf<Op>>
  readonly caller?: "admin" | "ada"
  readonly variants?: { readonly [name: string]: InputOf<Op> }
  readonly sent: { readonly path: string; readonly json?: unknown }
  readonly replay: ReplayClass
  readonly answer: { readonly json?: unknown; readonly location?: string; readonly value: ValueOf<Op> }
} & ([BodyOf<Op>] extends [never] ? { readonly wrong?: never } : { readonly wrong: Wrong })

/** One sample for each operation of a tag. */
export type SamplesOf<Tag> = { readonly [Name in NameOf<Tag>]: Sample<At<Tag, Name>> }

/** A sample whose operation is not known. */
export interface AnySample {
  readonly input: ReadonlyArray<unknown>
  readonly fresh?: Fresh<ReadonlyArray<unknown>>
  readonly caller?: "admin" | "ada"
  readonly variants?: { readonly [name: string]: ReadonlyArray<unknown> }
  readonly sent: { readonly path: string; readonly json?: unknown }
  readonly replay: ReplayClass
  readonly wrong?: Wrong
  readonly answer: { readonly json?: unknown; readonly location?: string; readonly value: unknown }
}
