/**
 * The services of a system.
 */
import * as SqlClient from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import * as Controls from "../controls/Services.js"
import * as Rooms from "../rooms/Services.js"
import * as Authorization from "../serving/Authorization.js"
import * as KnownAnswers from "../serving/KnownAnswers.js"
import * as Database from "../storage/Database.js"
import type * as DatabaseName from "../storage/DatabaseName.js"
import * as Composition from "./Composition.js"
import * as DataVersion from "./DataVersion.js"
import * as Entropy from "./Entropy.js"

export interface Choices extends Rooms.Choices, Omit<Controls.Choices, "shared"> {
  readonly db: DatabaseName.Database
  readonly entropy: Effect.Effect<Entropy.EntropyService>
}

/** The services are closed with the scope, and the database is closed last. */
export const make = (choices: Choices) =>
  Effect.flatMap(Database.connect(choices.db), ({ shared, sql, version }) =>
    Composition.empty.pipe(
      Composition.add(SqlClient.SqlClient, Effect.succeed(sql)),
      Composition.add(DataVersion.DataVersion, Effect.succeed(version)),
      Composition.add(Entropy.Entropy, choices.entropy),
      Composition.addAll(Controls.beforeRooms({ ...choices, shared })),
      Composition.addAll(Rooms.make(choices)),
      Composition.addAll(Controls.afterRooms),
      Composition.add(Authorization.Authorization, Authorization.make),
      Composition.add(KnownAnswers.KnownAnswers, KnownAnswers.make)
    )
  )
