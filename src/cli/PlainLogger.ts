/**
 * The logger of the command, until `serve` has one in the format that was asked for. It writes to standard error, since standard output is for the
 * output of the command only.
 */
import * as Logger from "effect/Logger"

export const plainLogger = Logger.withConsoleError(Logger.logfmtLogger)
