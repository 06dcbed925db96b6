/**
 * The services of a system without its server.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Assumed from "../../src/layers/embedded/rooms/Assumed.js"
import * as ClientRules from "../../src/layers/embedded/rooms/clients/ClientRules.js"
import * as GuessingRules from "../../src/layers/embedded/rooms/logins/GuessingRules.js"
import * as PasswordHashing from "../../src/layers/embedded/rooms/logins/PasswordHashing.js"
import * as Registers from "../../src/layers/embedded/rooms/lookups/Registers.js"
import * as PasswordlessRules from "../../src/layers/embedded/rooms/passwordless/PasswordlessRules.js"
import * as RefreshTokenRules from "../../src/layers/embedded/rooms/sessions/RefreshTokenRules.js"
import * as SigningKeys from "../../src/layers/embedded/rooms/signing/SigningKeys.js"
import * as DatabaseName from "../../src/layers/embedded/storage/DatabaseName.js"
import * as Entropy from "../../src/layers/embedded/system/Entropy.js"
import * as Services from "../../src/layers/embedded/system/Services.js"

const defaults: Services.Choices = {
  assumed: Assumed.defaults,
  clients: ClientRules.make(),
  db: DatabaseName.memory,
  entropy: Effect.succeed(Entropy.ofSystem),
  guessing: GuessingRules.make(),
  keys: SigningKeys.shared,
  passwordHashing: PasswordHashing.fastForTests,
  passwordless: PasswordlessRules.make(),
  refreshTokens: RefreshTokenRules.make(),
  registers: Registers.publicFacts,
  startsAtKnownTime: false,
  wrongCredentialStatus: 403
}

/** The database has no tables yet. */
export const layerServices = (choices: Partial<Services.Choices> = {}) =>
  Layer.scopedContext(Services.make({ ...defaults, ...choices }))
