/**
 * A system whose database, outbox and entropy a test can access.
 */
import * as SqlClient from "@effect/sql/SqlClient"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { operations } from "../../../../src/contract/Contract.js"
import * as Outbox from "../../../../src/layers/embedded/controls/outbox/Outbox.js"
import * as Assumed from "../../../../src/layers/embedded/rooms/Assumed.js"
import * as ClientRules from "../../../../src/layers/embedded/rooms/clients/ClientRules.js"
import * as Handlers from "../../../../src/layers/embedded/rooms/Handlers.js"
import * as CustomerLogins from "../../../../src/layers/embedded/rooms/logins/CustomerLogins.js"
import * as GuessingRules from "../../../../src/layers/embedded/rooms/logins/GuessingRules.js"
import * as OneTimeCodes from "../../../../src/layers/embedded/rooms/logins/OneTimeCodes.js"
import * as PasswordHashing from "../../../../src/layers/embedded/rooms/logins/PasswordHashing.js"
import * as Registers from "../../../../src/layers/embedded/rooms/lookups/Registers.js"
import * as PasswordlessRules from "../../../../src/layers/embedded/rooms/passwordless/PasswordlessRules.js"
import * as RefreshTokenRules from "../../../../src/layers/embedded/rooms/sessions/RefreshTokenRules.js"
import * as SigningKeys from "../../../../src/layers/embedded/rooms/signing/SigningKeys.js"
import * as Tables from "../../../../src/layers/embedded/rooms/Tables.js"
import * as Seed from "../../../../src/layers/embedded/seed/Seed.js"
import * as Seeding from "../../../../src/layers/embedded/seed/Seeding.js"
import * as ContractServer from "../../../../src/layers/embedded/serving/ContractServer.js"
import * as InProcessClient from "../../../../src/layers/embedded/serving/InProcessClient.js"
import * as Migrations from "../../../../src/layers/embedded/storage/Migrations.js"
import * as Sqlite from "../../../../src/layers/embedded/storage/Sqlite.js"
import { makeGate } from "../../../../src/layers/embedded/system/Closed.js"
import * as Entropy from "../../../../src/layers/embedded/system/Entropy.js"
import * as Services from "../../../../src/layers/embedded/system/Services.js"
import { apiOf } from "../../Api.js"

export const start = (
  given: Seed.Seed,
  entropy: Effect.Effect<Entropy.EntropyService> = Effect.succeed(Entropy.ofSystem),
  wrongCredentialStatus: CustomerLogins.WrongCredentialStatus = 403,
  guessing?: GuessingRules.Options,
  passwordless?: PasswordlessRules.Options
) =>
  Effect.gen(function* () {
    const made = yield* Services.make({
      assumed: Assumed.defaults,
      db: Sqlite.memory,
      entropy,
      clients: ClientRules.make(),
      guessing: GuessingRules.make(guessing),
      keys: SigningKeys.shared,
      passwordHashing: PasswordHashing.fastForTests,
      passwordless: PasswordlessRules.make(passwordless),
      refreshTokens: RefreshTokenRules.make(),
      registers: Registers.publicFacts,
      startsAtKnownTime: false,
      wrongCredentialStatus
    })
    const passwordHasher = Context.get(made, PasswordHashing.PasswordHasher)
    let judged = 0
    const logins = yield* CustomerLogins.make(wrongCredentialStatus).pipe(
      Effect.provide(
        Context.add(made, PasswordHashing.PasswordHasher, {
          ...passwordHasher,
          verify: (password, phc) => {
            if (Option.isSome(phc)) judged++
            return passwordHasher.verify(password, phc)
          }
        })
      )
    )
    const context = Context.add(made, CustomerLogins.CustomerLogins, logins)
    const seed = yield* Seed.decode(given)
    const { closing, whileOpen } = yield* makeGate
    const { answer } = yield* Migrations.migrate(Sqlite.memory, Tables.all).pipe(
      Effect.zipRight(Seeding.apply(seed)),
      Effect.zipRight(Handlers.make),
      Effect.flatMap((handlers) => ContractServer.make(operations, handlers, closing)),
      Effect.provide(context)
    )
    const httpClient = InProcessClient.make(answer, whileOpen)
    return {
      httpClient,
      passwordHasher,
      /** The number of passwords that were compared with a customer's hash. */
      judged: Effect.sync(() => judged),
      sql: Context.get(context, SqlClient.SqlClient),
      outbox: Context.get(context, Outbox.Outbox),
      codes: Context.get(context, OneTimeCodes.OneTimeCodes),
      api: apiOf({ httpClient })
    }
  })
