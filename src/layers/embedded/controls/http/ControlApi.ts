/**
 * The HTTP interface of the controls: one contract for the server, the client and the inspector page.
 */
import * as HttpApi from "@effect/platform/HttpApi"
import * as HttpApiEndpoint from "@effect/platform/HttpApiEndpoint"
import * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as HttpApiMiddleware from "@effect/platform/HttpApiMiddleware"
import * as HttpApiSchema from "@effect/platform/HttpApiSchema"
import * as HttpApiSecurity from "@effect/platform/HttpApiSecurity"
import * as OpenApi from "@effect/platform/OpenApi"
import * as Schema from "effect/Schema"
import { AuditEvent } from "../../../../schemas/AuditEvent.js"
import { CustomerTag } from "../../../../schemas/CustomerTag.js"
import { InvalidSeed } from "../../system/EmbeddedStartError.js"
import { AccountOverview, AuditMatch, CustomerDetails, CustomerMatch, CustomerOverview } from "../accounts/AccountOverview.js"
import {
  InvalidFaultScript,
  InvalidSnapshot,
  InvalidTime,
  NoMessage,
  UnhandledRequests,
  UnknownAccount,
  UnknownCustomer,
  UnusableAccountId
} from "../ControlErrors.js"
import { ClockState } from "../clock/ClockState.js"
import { ActiveFault } from "../faults/FaultScript.js"
import { JournalEntry, JournalMatch } from "../journal/JournalEntry.js"
import { Message, MessageMatch } from "../outbox/Message.js"

/** The path prefix of the controls on a served system. */
export const prefix = "/_embedded"

/** The request does not have the admin token that `serve` prints. Nothing was changed. */
export class ControlRefused extends Schema.TaggedError<ControlRefused>("effect-dintero/ControlRefused")(
  "ControlRefused",
  { message: Schema.String },
  HttpApiSchema.annotations({ status: 401 })
) {}

export class AdminToken extends HttpApiMiddleware.Tag<AdminToken>()("effect-dintero/embedded/AdminToken", {
  failure: ControlRefused,
  security: { admin: HttpApiSecurity.bearer }
}) {}

/** An unknown field is refused. If a misspelt `account_id` were ignored, the control would affect all accounts. */
const only = <Fields extends Schema.Struct.Fields>(schema: Schema.Struct<Fields>): Schema.Struct<Fields> =>
  schema.annotations({ parseOptions: { onExcessProperty: "error" } })

const accountId = HttpApiSchema.param("account_id", Schema.String)

const journalFields = { ...JournalMatch.fields, status: Schema.optionalWith(Schema.NumberFromString, { exact: true }) }

/** A JournalMatch in a query. */
const journalMatch = only(Schema.Struct(journalFields))

const number = Schema.NumberFromString

/** A Page in a query. */
const pageUpTo = (most: number) => ({
  before: Schema.optionalWith(number.pipe(Schema.int()), { exact: true }),
  limit: Schema.optionalWith(number.pipe(Schema.int(), Schema.between(1, most)), { exact: true })
})

/** How many an answer has at most, so that it is not larger than a few megabytes. */
export const mostInPage = { journal: 100, outbox: 1_000 } as const

/** How many an answer has when the query does not say. */
export const defaultInPage = 100

/** The release and the state of the system, which the page asks for first. */
export const About = Schema.Struct({
  version: Schema.String,
  clock: ClockState,
  database: Schema.String,
  accounts: Schema.Array(AccountOverview)
}).annotations({ identifier: "About" })

const about = HttpApiGroup.make("about", { topLevel: true }).add(HttpApiEndpoint.get("about", "/about").addSuccess(About))

const clock = HttpApiGroup.make("clock")
  .add(HttpApiEndpoint.get("state", "/clock").addSuccess(ClockState))
  .add(
    HttpApiEndpoint.post("advance", "/clock/advance")
      .setPayload(only(Schema.Struct({ millis: Schema.Finite })))
      .addSuccess(ClockState)
      .addError(InvalidTime)
  )
  .add(
    HttpApiEndpoint.post("set", "/clock/set")
      .setPayload(only(Schema.Struct({ to: Schema.DateTimeUtc })))
      .addSuccess(ClockState)
      .addError(InvalidTime)
  )
  .add(HttpApiEndpoint.post("freeze", "/clock/freeze").addSuccess(ClockState))
  .add(HttpApiEndpoint.post("resume", "/clock/resume").addSuccess(ClockState))
  .add(HttpApiEndpoint.post("reset", "/clock/reset").addSuccess(ClockState))

const outbox = HttpApiGroup.make("outbox")
  .add(
    HttpApiEndpoint.get("list", "/outbox")
      .setUrlParams(only(Schema.Struct({ ...MessageMatch.fields, ...pageUpTo(mostInPage.outbox) })))
      .addSuccess(Schema.Array(Message))
  )
  .add(
    HttpApiEndpoint.post("awaitNext", "/outbox/await")
      .setPayload(only(Schema.Struct({ match: only(MessageMatch), timeout_millis: Schema.Finite })))
      .addSuccess(Message)
      .addError(NoMessage)
  )
  .add(
    HttpApiEndpoint.del("clear", "/outbox").setUrlParams(
      only(Schema.Struct({ account_id: Schema.optionalWith(Schema.String, { exact: true }) }))
    )
  )

const faults = HttpApiGroup.make("faults")
  .add(HttpApiEndpoint.get("list", "/faults").addSuccess(Schema.Array(ActiveFault)))
  // What is wrong with a script, its own decoder says; so it comes here as it is.
  .add(
    HttpApiEndpoint.put("script", "/faults")
      .setPayload(Schema.Unknown)
      .addSuccess(Schema.Array(ActiveFault))
      .addError(InvalidFaultScript)
  )
  .add(HttpApiEndpoint.post("add", "/faults").setPayload(Schema.Unknown).addSuccess(ActiveFault).addError(InvalidFaultScript))
  .add(
    HttpApiEndpoint.del("remove")`/faults/${HttpApiSchema.param("rule", Schema.NumberFromString)}`.addSuccess(
      Schema.Struct({ removed: Schema.Boolean })
    )
  )
  .add(HttpApiEndpoint.del("clear", "/faults"))

const journal = HttpApiGroup.make("journal")
  .add(
    HttpApiEndpoint.get("list", "/journal")
      .setUrlParams(only(Schema.Struct({ ...journalFields, ...pageUpTo(mostInPage.journal) })))
      .addSuccess(Schema.Array(JournalEntry))
  )
  .add(HttpApiEndpoint.get("verify", "/journal/verify").addError(UnhandledRequests))
  .add(HttpApiEndpoint.del("clear", "/journal"))

const accounts = HttpApiGroup.make("accounts")
  .add(HttpApiEndpoint.get("list", "/accounts").addSuccess(Schema.Array(AccountOverview)))
  .add(
    HttpApiEndpoint.get("customers")`/accounts/${accountId}/customers`
      .setUrlParams(
        only(
          Schema.Struct({
            ...CustomerMatch.fields,
            include_deleted: Schema.optionalWith(Schema.BooleanFromString, { exact: true })
          })
        )
      )
      .addSuccess(Schema.Array(CustomerOverview))
      .addError(UnknownAccount)
      .addError(UnknownCustomer)
  )
  .add(
    // In the query, since a path cannot have every `customer_id`: `..` would change it.
    HttpApiEndpoint.get("customer")`/accounts/${accountId}/customer`
      .setUrlParams(only(Schema.Struct({ customer_id: Schema.String })))
      .addSuccess(CustomerDetails)
      .addError(UnknownAccount)
      .addError(UnknownCustomer)
  )
  .add(HttpApiEndpoint.get("tags")`/accounts/${accountId}/tags`.addSuccess(Schema.Array(CustomerTag)).addError(UnknownAccount))
  .add(
    HttpApiEndpoint.get("auditEvents")`/accounts/${accountId}/audit-events`
      .setUrlParams(only(AuditMatch))
      .addSuccess(Schema.Array(AuditEvent))
      .addError(UnknownAccount)
  )
  .add(
    HttpApiEndpoint.post("seed", "/seed")
      .setUrlParams(only(Schema.Struct({ replace: Schema.optionalWith(Schema.Literal("true", "false"), { exact: true }) })))
      .setPayload(Schema.Unknown)
      .addError(InvalidSeed, { status: 400 })
  )
  .add(HttpApiEndpoint.get("snapshot")`/accounts/${accountId}/snapshot`.addSuccess(Schema.Unknown).addError(UnknownAccount))
  .add(HttpApiEndpoint.put("restore", "/snapshot").setPayload(Schema.Unknown).addError(InvalidSnapshot))
  .add(HttpApiEndpoint.post("reset")`/accounts/${accountId}/reset`.addError(UnknownAccount))
  .add(
    HttpApiEndpoint.post("fork")`/accounts/${accountId}/fork`
      .setPayload(only(Schema.Struct({ as: Schema.String })))
      .addError(UnknownAccount)
      .addError(UnusableAccountId)
  )
  .add(
    HttpApiEndpoint.post("unblock")`/accounts/${accountId}/unblock`
      .setPayload(only(Schema.Struct({ customer_id: Schema.String })))
      .addError(UnknownAccount)
      .addError(UnknownCustomer)
  )

const keys = HttpApiGroup.make("keys").add(
  HttpApiEndpoint.post("rotate", "/keys/rotate").addSuccess(Schema.Struct({ kid: Schema.String }))
)

/**
 * Events as they happen (`text/event-stream`): `request` with a `JournalEntry`, `message` with a `Message`, `clock` with a `ClockState`, and
 * `faults` and `accounts` when those have changed. The query selects the requests; the other events are not affected. A listener that reads more
 * slowly than events come gets `dropped` with the number of events that were not sent until then, as its last one. A listener beyond the most that can be
 * gets a 503.
 */
const events = HttpApiGroup.make("events", { topLevel: true }).add(
  HttpApiEndpoint.get("events", "/events")
    .setUrlParams(journalMatch)
    .addSuccess(HttpApiSchema.Text({ contentType: "text/event-stream" }))
)

export const ControlApi = HttpApi.make("embedded")
  .add(about)
  .add(clock)
  .add(outbox)
  .add(faults)
  .add(journal)
  .add(accounts)
  .add(keys)
  .add(events)
  .middleware(AdminToken)
  .prefix(prefix)
  .annotateContext(
    OpenApi.annotations({
      title: "Controls of the embedded system",
      description: "The clock, outbox, faults, journal and data of a running embedded system. Every call needs the admin token."
    })
  )
