/**
 * The commands for people who run an account: how they are found, parsed and run, and the completions of a shell.
 */
import * as CliConfig from "@effect/cli/CliConfig"
import * as Command from "@effect/cli/Command"
import * as HelpDoc from "@effect/cli/HelpDoc"
import * as Options from "@effect/cli/Options"
import * as ValidationError from "@effect/cli/ValidationError"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as Arr from "effect/Array"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Arguments from "../Arguments.js"
import { asJson, type CommandFailed, wrongUsage } from "../CommandFailed.js"
import * as CompareArguments from "../compare/CompareArguments.js"
import * as Printable from "../Printable.js"
import * as Terminal from "../Terminal.js"
import { clients } from "./Clients.js"
import { grants } from "./Grants.js"
import * as Help from "./Help.js"
import { type Erased, erased, type Group, type Leaf } from "./Leaf.js"
import { login } from "./Login.js"
import { nameOf } from "./Parameters.js"
import { settings } from "./Settings.js"
import { keys, token, whoami } from "./Tokens.js"
import { users } from "./Users.js"

/** Every command, in the order of the help. */
export const tree: ReadonlyArray<Leaf | Group> = [token, login, whoami, keys, clients, grants, settings, users]

const isGroup = (node: Leaf | Group): node is Group => "leaves" in node

const commandOf = (node: Leaf | Group): Erased =>
  isGroup(node)
    ? erased(
        Command.make(node.name).pipe(
          Command.withDescription(node.summary),
          Command.withSubcommands(Arr.map(node.leaves, ({ command }) => command))
        )
      )
    : node.command

/** Only for completions: these commands are parsed by modules of their own, which need no further package. */
const described = (name: string, summary: string, flags: ReadonlyArray<Arguments.Flag>) =>
  erased(
    Command.make(name, {
      flags: flags.map(({ name, takesValue }) => (takesValue ? Options.text(name) : Options.boolean(name)))
    }).pipe(Command.withDescription(summary))
  )

const serve = described("serve", "Serve the embedded system", Arguments.flags)

const compare = described("compare", "Find where a test account answers as the embedded system does not", CompareArguments.flags)

const root = (commands: readonly [Erased, ...Array<Erased>]) =>
  Command.make("effect-dintero").pipe(Command.withSubcommands(commands))

const [first = token, ...others] = tree

const parser = Command.run(root([commandOf(first), ...others.map(commandOf)]), {
  name: "effect-dintero",
  version: "",
  executable: "effect-dintero"
})

const before = (args: ReadonlyArray<string>): ReadonlyArray<string> => Arr.takeWhile(args, (arg) => arg !== "--")

const isAsked = (args: ReadonlyArray<string>, ...flags: ReadonlyArray<string>): boolean =>
  before(args).some((arg) => flags.includes(arg))

const stripped = (text: string): string => text.replace(new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, "g"), "").trim()

/** The words of `@effect/cli`, as a sentence that names the flag. They repeat an unknown argument, whose value can be a secret. */
const sentenceOf = ({ parameters }: Leaf, error: ValidationError.ValidationError): string => {
  const text = stripped(HelpDoc.toAnsiText(error.error)).replace(/\s+/g, " ")
  const choices = /^Expected one of the following cases: (.*)$/.exec(text)?.[1]
  if (choices !== undefined) {
    const choice = parameters.find((parameter) => parameter.choices?.join(", ") === choices)
    return `${choice === undefined ? "A value" : `--${nameOf(choice.label)}`} has to be one of ${choices}.`
  }
  const unknown = /^Received unknown argument: '(.*)'$/.exec(text)?.[1]
  if (unknown === undefined) return `${Printable.text(text).replace(/\.$/, "")}.`
  const name = Printable.text(unknown.replace(/=.*$/s, "=..."))
  if (!name.startsWith("-")) return `There is one argument too many: ${name}.`
  // A flag whose value is missing is taken for an argument.
  if (parameters.some(({ label }) => label.startsWith(`${name} `))) return `${name} needs a value.`
  return /secret|password|token|client-id|account/i.test(name)
    ? `There is no flag ${name}. No flag takes a credential, since every user of a machine can read the command lines of its programs.`
    : `There is no flag ${name}.`
}

/** `@effect/cli` prints why it has refused the arguments. That is printed here instead. */
const silently = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Console.consoleWith((console) => Console.withConsole(effect, { ...console, error: () => Effect.void }))

/** `@effect/cli` takes no flags after the argument `-`, so this argument is put behind them. It is always the last one. */
const dashLast = ({ parameters }: Leaf, args: ReadonlyArray<string>): ReadonlyArray<string> => {
  const isValue = (index: number) => parameters.some(({ label }) => label.startsWith(`${args[index - 1]} `))
  const dash = args.findIndex((arg, index) => arg === "-" && !isValue(index))
  return dash === -1 || args.includes("--") ? args : [...args.slice(0, dash), ...args.slice(dash + 1), "--", "-"]
}

const runLeaf = (path: string, leaf: Leaf, args: ReadonlyArray<string>): Effect.Effect<void, CommandFailed> =>
  isAsked(args, "-h", "--help")
    ? Terminal.print(Help.ofLeaf(path, leaf))
    : isAsked(args, "--wizard", "--log-level", "--completions", "--version")
      ? wrongUsage(Help.wrongCall(path, leaf, "There is no such flag at this place."))
      : parser(["node", "effect-dintero", ...path.split(" "), ...dashLast(leaf, args)]).pipe(
          silently,
          Effect.mapError((error) =>
            ValidationError.isValidationError(error) ? wrongUsage(Help.wrongCall(path, leaf, sentenceOf(leaf, error))) : error
          ),
          Effect.provide(Layer.merge(NodeContext.layer, CliConfig.layer({ isCaseSensitive: true })))
        )

const runGroup = (group: Group, [name, ...args]: ReadonlyArray<string>): Effect.Effect<void, CommandFailed> => {
  if (name === "-h" || name === "--help") return Terminal.print(Help.ofGroup(group))
  const leaf = group.leaves.find((leaf) => leaf.name === name)
  if (leaf !== undefined) return runLeaf(`${group.name} ${leaf.name}`, leaf, args)
  const what =
    name === undefined
      ? `${group.name} needs a command.`
      : name.startsWith("-")
        ? "Flags come after the command."
        : `${group.name} has no command ${Printable.text(name)}.`
  return wrongUsage(`${what}\n\n${Help.ofGroup(group).trimEnd()}`)
}

const shells = ["bash", "zsh", "fish"] as const

/** The flags that `@effect/cli` adds to each command, and that this command does not take. */
const foreign = /--(?:wizard|log-level)\b|-l (?:wizard|log-level)\b/

const withoutForeign = (line: string): ReadonlyArray<string> =>
  line.trimStart().startsWith("opts=") ? [line.replace(/ --(?:wizard|log-level)\b/g, "")] : foreign.test(line) ? [] : [line]

/**
 * `@effect/cli` 0.77 finds no command below the first, and none of a program with a dash in its name: what it looks for is not spelled as what it
 * remembers. Each `a,b,c` has to be `a__b,c`.
 */
const repairedBash = (line: string): string =>
  line
    .replace(/^(\s*)effect-dintero\)$/, "$1effect__dintero)")
    .replace(/^(\s*cmd=)"effect-dintero"$/, '$1"effect__dintero"')
    .replace(
      /^(\s*)(effect__dintero(?:,\w+)*),(\w+)\)$/,
      (_, indent: string, parents: string, name: string) =>
        `${indent}${parents.replaceAll(",", "__")},${name.replaceAll("__", "-")})`
    )

const completions = (shell: string | undefined): Effect.Effect<void, CommandFailed> => {
  const found = shells.find((name) => name === shell)
  if (found === undefined) {
    return wrongUsage(`--completions needs the name of a shell: ${shells.join(", ")}, such as effect-dintero --completions bash.`)
  }
  const whole = root([serve, commandOf(first), ...others.map(commandOf), compare])
  const make = { bash: Command.getBashCompletions, zsh: Command.getZshCompletions, fish: Command.getFishCompletions }[found]
  return Effect.flatMap(make(whole, "effect-dintero"), (lines) =>
    Terminal.print(
      lines
        .flatMap(withoutForeign)
        .map((line) => `${found === "bash" ? repairedBash(line) : line}\n`)
        .join("")
    )
  )
}

/** Runs the command that the arguments name. `--json` makes a failure JSON too. */
export const run = ([name, ...args]: ReadonlyArray<string>): Effect.Effect<void, CommandFailed> => {
  if (name === "--completions") return completions(args[0])
  const node = tree.find((node) => node.name === name)
  if (node === undefined) return wrongUsage(`There is no command ${Printable.text(String(name))}.`)
  return (isGroup(node) ? runGroup(node, args) : runLeaf(node.name, node, args)).pipe(
    Effect.mapError((failure) => (isAsked(args, "--json") ? asJson(failure) : failure))
  )
}
