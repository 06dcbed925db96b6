/**
 * The channel through which the one-time code of a login is sent.
 */
import type { AuthUserMfa } from "../../../../schemas/AuthUser.js"
import type { CustomersSettings } from "../../../../schemas/CustomersSettings.js"

const channels = ["sms", "email"] as const

export type MfaChannel = (typeof channels)[number]

export const named = (channel: string | null | undefined): MfaChannel | undefined => channels.find((known) => known === channel)

export const otherThan = (channel: MfaChannel): MfaChannel => (channel === "sms" ? "email" : "sms")

/** The channels of an auth user's second factor: both, unless it names them (assumed: auth-user-codes). */
export const ofUser = ({ oob_channels }: AuthUserMfa): ReadonlyArray<MfaChannel> =>
  channels.filter((channel) => oob_channels === undefined || oob_channels.includes(channel))

/** The channel of the first code of a recovery. */
export const ofRecovery = (settings: CustomersSettings): MfaChannel | undefined =>
  named(settings.users?.mfa?.login_recovery.oob_channel)

/** The channel in the account's settings, if they have one. */
export const ofLogin = (settings: CustomersSettings): MfaChannel | undefined => named(settings.users?.mfa?.login.oob_channel)
