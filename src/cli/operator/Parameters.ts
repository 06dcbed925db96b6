/**
 * The flags and arguments of the operators' commands. Each is described once, for its help and for the completions of a shell.
 */
import * as Args from "@effect/cli/Args"
import * as HelpDoc from "@effect/cli/HelpDoc"
import * as Options from "@effect/cli/Options"
import * as ValidationError from "@effect/cli/ValidationError"
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"

/** How help shows a flag or an argument, such as `--rate NUMBER` or `FILE`. */
export interface Words {
  readonly label: string
  readonly about: string
  /** The values that it takes, if they are few. */
  readonly choices?: ReadonlyArray<string>
}

/** `@effect/cli` does not keep the words in a form that fits a terminal of 80 columns, so they are kept here. */
const words = new WeakMap<object, Words>()

export const wordsOf = (parameter: object): Words | undefined => words.get(parameter)

const known = <P extends object>(parameter: P, label: string, about: string, choices?: ReadonlyArray<string>): P => {
  words.set(parameter, { label, about, ...(choices === undefined ? {} : { choices }) })
  return parameter
}

/** `rate` of `--rate NUMBER`. */
export const nameOf = (label: string): string => label.replace(/^--/, "").replace(/ .*$/, "")

const wrong = (message: string): ValidationError.ValidationError => ValidationError.invalidValue(HelpDoc.p(message))

export const flag = (label: string, about: string): Options.Options<boolean> =>
  known(Options.boolean(nameOf(label)).pipe(Options.withDescription(about)), label, about)

/** A flag that is not `undefined` when it was given. */
export const text = (label: string, about: string): Options.Options<string | undefined> =>
  known(
    Options.text(nameOf(label)).pipe(Options.withDescription(about), Options.optional, Options.map(Option.getOrUndefined)),
    label,
    about
  )

export const choice = <const A extends string>(
  label: string,
  about: string,
  choices: ReadonlyArray<A>
): Options.Options<A | undefined> =>
  known(
    Options.choice(nameOf(label), choices).pipe(
      Options.withDescription(about),
      Options.optional,
      Options.map(Option.getOrUndefined)
    ),
    label,
    about,
    choices
  )

/** A flag that may be given more than once. */
export const many = (label: string, about: string): Options.Options<ReadonlyArray<string>> =>
  known(Options.text(nameOf(label)).pipe(Options.withDescription(about), Options.repeated), label, about)

/** A flag that has to be given, and may be given more than once. */
export const someOf = (label: string, about: string): Options.Options<ReadonlyArray<string>> =>
  known(
    many(label, about).pipe(
      Options.mapEffect((given) =>
        Arr.isNonEmptyReadonlyArray(given) ? Effect.succeed(given) : Effect.fail(wrong(`${label} has to be given`))
      )
    ),
    label,
    about
  )

/** A whole number. */
export const count = (
  label: string,
  about: string,
  { between: [min, max], fallback }: { readonly between: readonly [number, number]; readonly fallback: number }
): Options.Options<number> =>
  known(
    Options.text(nameOf(label)).pipe(
      Options.withDescription(about),
      Options.optional,
      Options.mapEffect((given) => {
        if (Option.isNone(given)) return Effect.succeed(fallback)
        // Digits only, since `Number` also accepts `0x50`, `8e1` and the empty text.
        const number = /^\d{1,9}$/.test(given.value) ? Number(given.value) : Number.NaN
        return number >= min && number <= max
          ? Effect.succeed(number)
          : Effect.fail(wrong(`--${nameOf(label)} has to be a whole number from ${min} to ${max}`))
      })
    ),
    label,
    about
  )

export const argument = (label: string, about: string): Args.Args<string> =>
  known(Args.text({ name: label }).pipe(Args.withDescription(about)), label, about)

export const optionalArgument = (label: string, about: string): Args.Args<string | undefined> =>
  known(
    Args.text({ name: label }).pipe(Args.withDescription(about), Args.optional, Args.map(Option.getOrUndefined)),
    `[${label}]`,
    about
  )

export const json: Options.Options<boolean> = flag("--json", "print JSON, for programs; an error is JSON on standard error")

export const yes: Options.Options<boolean> = flag("--yes", "change a production account (P...) without asking")
