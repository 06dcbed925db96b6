/**
 * The services of the room.
 */
import * as Composition from "../../system/Composition.js"
import * as SigningKeys from "./SigningKeys.js"

export interface Choices {
  readonly keys: SigningKeys.KeySource
}

export const make = ({ keys }: Choices) =>
  Composition.empty.pipe(Composition.add(SigningKeys.SigningKeys, SigningKeys.make(keys)))
