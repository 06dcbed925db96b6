/**
 * The channel through which the one-time code of a login is sent.
 */
import type { CustomersSettings } from "../../../../schemas/CustomersSettings.js"

const channels = ["sms", "email"] as const

export type MfaChannel = (typeof channels)[number]

/** The channel of the first code of a recovery. */
export const ofRecovery = (settings: CustomersSettings): MfaChannel | undefined => {
  const channel = settings.users?.mfa?.login_recovery.oob_channel
  return channels.find((known) => known === channel)
}

/** The channel in the account's settings, if they have one. */
export const ofLogin = (settings: CustomersSettings): MfaChannel | undefined => {
  const channel = settings.users?.mfa?.login.oob_channel
  return channels.find((known) => known === channel)
}
