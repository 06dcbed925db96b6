#!/usr/bin/env node
/**
 * The `effect-dintero` command. The modules that it imports here are in every installation. The rest is loaded when it is needed.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Arguments from "./Arguments.js"
import { asJson, type CommandFailed } from "./CommandFailed.js"
import * as CompareArguments from "./compare/CompareArguments.js"
import * as Manifest from "./Manifest.js"
import * as NodeVersion from "./NodeVersion.js"
import * as Parent from "./Parent.js"
import * as Peers from "./Peers.js"
import { plainLogger } from "./PlainLogger.js"
import * as Printable from "./Printable.js"
import * as Serve from "./Serve.js"
import * as Signals from "./Signals.js"
import * as Terminal from "./Terminal.js"

const compare = (args: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const given = yield* Either.match(CompareArguments.parse(args), { onLeft: Effect.fail, onRight: Effect.succeed })
    if (given === "help") return yield* Terminal.print(CompareArguments.help)
    const { credentials, run } = yield* Effect.promise(() => import("./compare/CompareCommand.js"))
    return yield* Effect.flatMap(credentials, (found) => run(found, given))
  })

const command = Effect.gen(function* () {
  yield* Terminal.ignoreClosed
  yield* NodeVersion.check(process.versions.node)
  const asked = yield* Either.match(Arguments.parse(process.argv.slice(2)), { onLeft: Effect.fail, onRight: Effect.succeed })
  switch (asked._tag) {
    case "Help":
      return yield* Terminal.print(asked.of === "serve" ? Arguments.serveHelp : Arguments.help)
    case "Version":
      return yield* Effect.flatMap(Manifest.read, ({ version }) => Terminal.print(`${version}\n`))
    case "Operator":
      return yield* Effect.flatMap(Effect.flatMap(Manifest.read, Peers.loadOperator), ({ run }) => run(asked.args))
    case "Compare": {
      return yield* Effect.mapError(compare(asked.args), (failure) => (asked.args.includes("--json") ? asJson(failure) : failure))
    }
    case "Serve":
      return yield* Effect.withFiberRuntime<void, CommandFailed>((self) =>
        Effect.acquireUseRelease(
          // Not a race: it would hide the failure that comes from the end of the loser.
          // Interruptible, because a fiber that is forked in an uninterruptible region could not be interrupted.
          Effect.forkDaemon(
            Effect.interruptible(
              Effect.zipRight(
                Parent.ended(() => process.ppid),
                Fiber.interruptFork(self)
              )
            )
          ),
          () => Effect.scoped(Serve.serve(asked)),
          Fiber.interrupt
        )
      )
  }
})

/**
 * The failures of `--strict`, and of requests that were cut. They are defects, because they come from the end of a scope. Their messages can
 * have paths as a client sent them.
 */
const endedBadly = (cause: Cause.Cause<unknown>): Option.Option<string> => {
  const messages = [...Cause.defects(cause)].flatMap((defect) =>
    (defect instanceof Error && Predicate.isTagged(defect, "UnhandledRequests")) || defect instanceof Serve.CutRequests
      ? [Printable.text(defect.message)]
      : []
  )
  return messages.length === 0 ? Option.none() : Option.some(messages.join("\n"))
}

const sentence = (cause: Cause.Cause<CommandFailed>): string =>
  Option.match(
    Option.orElse(
      Option.map(Cause.failureOption(cause), ({ message }) => message),
      () => endedBadly(cause)
    ),
    {
      onNone: () => `effect-dintero has failed in a way that it should not. Please report this:\n${Cause.pretty(cause)}\n`,
      onSome: (message) => `${message}\n`
    }
  )

const isStopped = (cause: Cause.Cause<unknown>): boolean => Cause.isInterruptedOnly(cause)

const fiber = Effect.runFork(Effect.provide(command, Logger.replace(Logger.defaultLogger, plainLogger)))

// Not `NodeRuntime.runMain`, because its package may not be installed.
Signals.listen(process, () => fiber.unsafeInterruptAsFork(fiber.id()))

/** That of a program which Ctrl-C has ended. */
const interrupted = 130

const exitCodeOf = (cause: Cause.Cause<CommandFailed>): number =>
  Option.getOrElse(
    Option.map(Cause.failureOption(cause), ({ exitCode = 1 }) => exitCode),
    () => 1
  )

// A server that was asked to stop has ended successfully. Another command was not finished.
// The exit code is set here, since an interrupted fiber runs no more code.
fiber.addObserver((exit) => {
  if (Exit.isSuccess(exit)) process.exit(0)
  if (isStopped(exit.cause)) process.exit(process.argv[2] === "serve" ? 0 : interrupted)
  process.stderr.write(sentence(exit.cause), () => process.exit(exitCodeOf(exit.cause)))
})
