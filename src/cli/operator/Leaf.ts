/**
 * A command of the operators: how it is parsed, and what its help says.
 */
import * as Command from "@effect/cli/Command"
import type * as Effect from "effect/Effect"
import type * as Types from "effect/Types"
import type { CommandFailed } from "../CommandFailed.js"
import { type Words, wordsOf } from "./Parameters.js"

/** A command whose arguments have no type any more, so that commands can be in one list. */
export type Erased = Command.Command<string, never, CommandFailed, unknown>

export const erased = <E extends CommandFailed, A>(command: Command.Command<string, never, E, A>): Erased =>
  // Seam: the handler only gets what the parser of the same command gives.
  command as Erased

export interface Leaf {
  readonly name: string
  /** A sentence without its full stop. */
  readonly summary: string
  /** What else there is to know. */
  readonly details: ReadonlyArray<string>
  readonly parameters: ReadonlyArray<Words>
  /** What follows `effect-dintero`. */
  readonly examples: ReadonlyArray<string>
  readonly command: Erased
}

/** Several commands under one word. */
export interface Group {
  readonly name: string
  readonly summary: string
  readonly leaves: readonly [Leaf, ...Array<Leaf>]
}

export const leaf = <const Config extends Command.Command.Config>(of: {
  readonly name: string
  readonly summary: string
  readonly details?: ReadonlyArray<string>
  readonly examples: ReadonlyArray<string>
  readonly config: Config
  readonly run: (values: Types.Simplify<Command.Command.ParseConfig<Config>>) => Effect.Effect<void, CommandFailed>
}): Leaf => ({
  name: of.name,
  summary: of.summary,
  details: of.details ?? [],
  examples: of.examples,
  parameters: Object.values(of.config).flatMap((parameter) => wordsOf(parameter) ?? []),
  command: erased(Command.make(of.name, of.config, of.run).pipe(Command.withDescription(of.summary)))
})
