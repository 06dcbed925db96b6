/**
 * A question to a system, with the answers that it can have.
 */
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { EmbeddedConfig } from "../../layers/embedded/EmbeddedConfig.js"
import type { Target, Unclear } from "./Target.js"

/**
 * - `assumption`: the entry of the register that it is about
 * - `aspect`: tells probes of one entry apart
 * - `asks`: what it asks, as a sentence
 * - `changesSettings`: it changes settings of the account for a moment, and puts them back. It runs only where that is allowed.
 * - `switches`: by an answer, what makes the embedded system answer so
 * - `run`: the answer, as words of this package. It has nothing that a body says, so that no data of an account gets into a report.
 */
export interface Probe<Answer extends string = string> {
  readonly assumption: string
  readonly aspect?: string
  readonly asks: string
  readonly changesSettings?: true
  readonly switches: { readonly [Key in Answer]?: EmbeddedConfig }
  readonly run: (target: Target) => Effect.Effect<Answer, Unclear, Scope.Scope>
}

/** The compiler checks that every switch belongs to an answer. */
export const probe = <Answer extends string>(
  given: Omit<Probe<Answer>, "switches"> & { readonly switches: { readonly [Key in NoInfer<Answer>]?: EmbeddedConfig } }
): Probe => given

/** For a refusal whose status is the answer. */
export type Refused = `refused with ${number}`

export const refused = ({ status }: { readonly status: number }): Refused => `refused with ${status}`

export const isSuccess = ({ status }: { readonly status: number }): boolean => status >= 200 && status < 300

/** For an answer whose status alone is the answer. */
export const answered = (answer: { readonly status: number }): "a success" | Refused =>
  isSuccess(answer) ? "a success" : refused(answer)
