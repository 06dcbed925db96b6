/** What the controls answer, as JSON. The page imports types alone: its code reaches the system over HTTP. */
import type { CustomerTag } from "../../../../schemas/CustomerTag.js"
import type {
  AccountOverview,
  CustomerDetails as CustomerDetailsSchema,
  CustomerOverview,
  TokenOverview
} from "../../controls/accounts/AccountOverview.js"
import type { ClockState as ClockStateSchema } from "../../controls/clock/ClockState.js"
import type { ActiveFault as ActiveFaultSchema, Fault as FaultSchema } from "../../controls/faults/FaultScript.js"
import type { About as AboutSchema } from "../../controls/http/ControlApi.js"
import type { JournalEntry as JournalEntrySchema } from "../../controls/journal/JournalEntry.js"
import type { Message as MessageSchema } from "../../controls/outbox/Message.js"

export type About = typeof AboutSchema.Encoded
export type Account = typeof AccountOverview.Encoded
export type Client = Account["clients"][number]
export type Customer = typeof CustomerOverview.Encoded
export type CustomerDetails = typeof CustomerDetailsSchema.Encoded
export type Tag = typeof CustomerTag.Encoded
export type Token = typeof TokenOverview.Encoded
export type ClockState = typeof ClockStateSchema.Encoded
export type Message = typeof MessageSchema.Encoded
export type JournalEntry = typeof JournalEntrySchema.Encoded
export type ActiveFault = typeof ActiveFaultSchema.Encoded
export type Fault = typeof FaultSchema.Encoded
