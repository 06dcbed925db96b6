/**
 * The services of the room.
 */
import * as Effect from "effect/Effect"
import * as Composition from "../../system/Composition.js"
import { type DecodedRegisters, PublicRegisters } from "./Registers.js"

export interface Choices {
  readonly registers: DecodedRegisters
}

export const make = ({ registers }: Choices) =>
  Composition.empty.pipe(Composition.add(PublicRegisters, Effect.succeed(registers)))
