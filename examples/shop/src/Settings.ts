/**
 * What the environment decides. Secrets are `Redacted`, so that no log shows them. `Dintero.layerConfig` reads the variables of Dintero itself.
 */
import { Config, ConfigError, Cron, Either } from "effect"

export const host = Config.nonEmptyString("HOST").pipe(Config.withDefault("127.0.0.1"))
/** 0 takes a free one. */
export const port = Config.integer("PORT").pipe(
  Config.validate({ message: "a port", validation: (port) => port >= 0 && port <= 65_535 }),
  Config.withDefault(3000)
)

/** Where sessions are kept. */
export const sessions = Config.literal("file", "redis")("SESSIONS").pipe(Config.withDefault("file"))
export const sessionsDirectory = Config.nonEmptyString("SESSIONS_DIRECTORY").pipe(Config.withDefault("data/sessions"))
export const redisUrl = Config.redacted("REDIS_URL")
/** 32 bytes in base64: `openssl rand -base64 32` prints one. */
export const sessionsKey = Config.redacted("SESSIONS_KEY")

/** What a till shows to have a receipt put on a customer. */
export const tillKey = Config.redacted("TILL_KEY")

/** The file with the copy of the customers. */
export const copyFile = Config.nonEmptyString("COPY_FILE").pipe(Config.withDefault("data/customers.db"))

/** When the copy is brought up to date, in UTC. */
export const synchroniseAt = Config.nonEmptyString("SYNCHRONISE_AT").pipe(
  Config.withDefault("0 3 * * *"),
  Config.mapOrFail((text) =>
    Either.mapLeft(Cron.parse(text, "UTC"), () => ConfigError.InvalidData([], "a cron expression such as 0 3 * * *"))
  )
)

/** Where traces, metrics and logs go, such as `http://collector:4318`. Without it they go nowhere. */
export const collector = Config.option(Config.nonEmptyString("OTEL_EXPORTER_OTLP_ENDPOINT"))
