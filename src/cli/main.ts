#!/usr/bin/env node
/**
 * The `effect-dintero` command. What it imports here is there in every installation; the rest is loaded when it is wanted.
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
import type { CommandFailed } from "./CommandFailed.js"
import * as Manifest from "./Manifest.js"
import * as Parent from "./Parent.js"
import * as Printable from "./Printable.js"
import * as Serve from "./Serve.js"
import * as Signals from "./Signals.js"
import * as Terminal from "./Terminal.js"

const command = Effect.gen(function* () {
  yield* Terminal.ignoreClosed
  const asked = yield* Either.match(Arguments.parse(process.argv.slice(2)), { onLeft: Effect.fail, onRight: Effect.succeed })
  switch (asked._tag) {
    case "Help":
      return yield* Terminal.print(Arguments.help)
    case "Version":
      return yield* Effect.flatMap(Manifest.read, ({ version }) => Terminal.print(`${version}\n`))
    case "Serve":
      return yield* Effect.withFiberRuntime<void, CommandFailed>((self) =>
        Effect.acquireUseRelease(
          // Not a race: the one that lost would keep what its end has to tell.
          // A fiber that is forked where nothing is interrupted could not be ended either.
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

/** What `--strict` ends with: a defect, since it comes from the end of a scope. It tells paths as they were asked for. */
const unhandledOf = (cause: Cause.Cause<unknown>): Option.Option<string> =>
  Option.filterMap(
    Cause.find(cause, (part) => (Cause.isDieType(part) ? Option.some(part.defect) : Option.none())),
    (defect) =>
      defect instanceof Error && Predicate.isTagged(defect, "UnhandledRequests")
        ? Option.some(Printable.text(defect.message))
        : Option.none()
  )

const sentence = (cause: Cause.Cause<CommandFailed>): string =>
  Option.match(
    Option.orElse(
      Option.map(Cause.failureOption(cause), ({ message }) => message),
      () => unhandledOf(cause)
    ),
    {
      onNone: () => `effect-dintero has failed in a way that it should not. Please report this:\n${Cause.pretty(cause)}\n`,
      onSome: (message) => `${message}\n`
    }
  )

const isStopped = (cause: Cause.Cause<unknown>): boolean => Cause.isInterruptedOnly(cause)

const fiber = Effect.runFork(
  // Standard output is what was asked for; a log is not.
  Effect.provide(command, Logger.replace(Logger.defaultLogger, Logger.withConsoleError(Logger.logfmtLogger)))
)

// Not `NodeRuntime.runMain`, which is in a package that may not be installed.
Signals.listen(process, () => fiber.unsafeInterruptAsFork(fiber.id()))

// To be told to stop is how a server ends, so it ends well. Said here, since a fiber that was stopped says nothing any more.
fiber.addObserver((exit) => {
  if (Exit.isSuccess(exit) || isStopped(exit.cause)) process.exit(0)
  process.stderr.write(sentence(exit.cause), () => process.exit(1))
})
