/** Whom the samples are about. The demo seed and the seed of the conformance suite both have her. */
import { Redacted } from "effect"
import { DinteroEmbedded } from "effect-dintero/embedded"

export const ada = { email: "ada@example.com", password: DinteroEmbedded.demoPassword } as const

export const adasPassword = Redacted.make<string>(ada.password)
