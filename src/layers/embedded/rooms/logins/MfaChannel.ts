/**
 * Where the one-time code of a login goes.
 */
import type { CustomersSettings } from "../../../../schemas/CustomersSettings.js"

const channels = ["sms", "email"] as const

export type MfaChannel = (typeof channels)[number]

/** The channel of the first code of a recovery. */
export const ofRecovery = (settings: CustomersSettings): MfaChannel | undefined => {
  const channel = settings.users?.mfa?.login_recovery.oob_channel
  return channels.find((known) => known === channel)
}

/** As the account's settings say, if they do. */
export const ofLogin = (settings: CustomersSettings): MfaChannel | undefined => {
  const channel = settings.users?.mfa?.login.oob_channel
  return channels.find((known) => known === channel)
}
