/**
 * A system for the page to look at: the contract of the controls, typed by it, over plain arrays, in front of the real API. What it lacks
 * is what the page does not show: the clock moves nothing, and of the faults only statuses and delays happen.
 */
import * as Headers from "@effect/platform/Headers"
import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import type * as HttpApp from "@effect/platform/HttpApp"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpServer from "@effect/platform/HttpServer"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Predicate from "effect/Predicate"
import * as PubSub from "effect/PubSub"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { DinteroEmbedded, PasswordHashing } from "../../src/embedded.js"
import type { AccountOverview, CustomerOverview } from "../../src/layers/embedded/controls/AccountOverview.js"
import { ClockState } from "../../src/layers/embedded/controls/ClockState.js"
import { AdminToken, ControlApi, ControlRefused, prefix } from "../../src/layers/embedded/controls/ControlApi.js"
import {
  InvalidSnapshot,
  InvalidTime,
  NoMessage,
  UnknownAccount,
  UnusableAccountId
} from "../../src/layers/embedded/controls/ControlErrors.js"
import { type ActiveFault, decode } from "../../src/layers/embedded/controls/FaultScript.js"
import * as Journal from "../../src/layers/embedded/controls/JournalEntry.js"
import * as Outbox from "../../src/layers/embedded/controls/Message.js"
import * as InspectorPage from "../../src/layers/embedded/inspector/InspectorPage.js"
import * as NodeServer from "../../src/layers/embedded/NodeServer.js"
import type { System } from "./System.js"

const token = "an-admin-token-of-the-mock"

type MutableFault = { -readonly [Key in keyof ActiveFault]: ActiveFault[Key] }

const [demo] = DinteroEmbedded.demoSeed.accounts
const [client] = demo.clients

const usualAudience = (accountId: string): string => `https://api.dintero.com/v1/accounts/${accountId}`

const instant = (millis: number): DateTime.Utc => DateTime.unsafeMake(millis)

const operationOf = (method: string, path: string): string | null => {
  const rest = /^\/v1\/accounts\/[PT]\d{8}(\/.*)$/.exec(path)?.[1]
  const known: { readonly [call: string]: string } = {
    "POST /auth/token": "auth.token",
    "GET /auth/keys": "auth.keys",
    "POST /customers/login": "customers.password.login",
    "GET /customers/settings": "customers.settings.get",
    "PUT /customers/settings": "customers.settings.update"
  }
  return known[`${method} ${rest}`] ?? null
}

const secretNames = new Set(["password", "client_secret", "access_token", "refresh_token", "mfa_token"])

/** A body as the journal keeps it. */
const redacted = (text: string): unknown => {
  try {
    return JSON.parse(text, (key: string, value: unknown) => (secretNames.has(key) ? "<redacted>" : value))
  } catch {
    return null
  }
}

const callerOf = (authorization: string | undefined): Journal.JournalEntry["caller"] => {
  const [scheme, credentials = ""] = (authorization ?? "").split(" ")
  const text = (base64: string) => Buffer.from(base64, "base64url").toString("utf8")
  if (scheme === "Basic") {
    const id = text(credentials).split(":")[0] ?? ""
    return { client_id: id, subject: id, scopes: [] }
  }
  if (scheme !== "Bearer") return null
  const claims = redacted(text(credentials.split(".")[1] ?? ""))
  if (!Predicate.isRecord(claims)) return null
  return {
    client_id: String(claims.client_id ?? claims.sub),
    subject: String(claims.sub),
    scopes: String(claims.scope ?? "")
      .split(" ")
      .filter((scope) => scope !== "")
  }
}

const makeCustomers = (count: number, now: number): Array<CustomerOverview> =>
  Array.from({ length: count }, (_, index) => ({
    id: `00000000-0000-4000-8000-${String(index).padStart(12, "0")}`,
    customer_id: `customer-${index + 1}`,
    type: index % 5 === 4 ? "company" : "customer",
    email: index % 7 === 6 ? null : `${["grace", "alan", "edsger", "barbara", "donald"][index % 5]}.${index + 1}@example.com`,
    phone_number: index % 3 === 2 ? null : `+4790000${String(index).padStart(3, "0")}`,
    has_password: index % 4 !== 3,
    created_at: instant(now - index * 3_600_000)
  }))

export interface MockSystem extends System {
  readonly addMessage: (message: Omit<Outbox.Message, "id" | "at">) => Promise<void>
}

export const open: Effect.Effect<MockSystem, DinteroEmbedded.EmbeddedStartError, Scope.Scope> = Effect.gen(function* () {
  const embedded = yield* DinteroEmbedded.make({ passwordHashing: PasswordHashing.fastForTests })
  const events = yield* PubSub.sliding<string>(4_096)
  const started = Date.now()

  let offset = 0
  let frozenAt: number | undefined
  const now = () => frozenAt ?? Date.now() + offset
  const state = (): ClockState => ({
    now: instant(now()),
    is_frozen: frozenAt !== undefined,
    offset_millis: now() - Date.now()
  })

  const accounts = new Map<string, AccountOverview>()
  const customers = new Map<string, ReadonlyArray<CustomerOverview>>()
  const put = (account: Omit<AccountOverview, "customers">, those: ReadonlyArray<CustomerOverview>) => {
    customers.set(account.account_id, those)
    accounts.set(account.account_id, { ...account, customers: those.length })
  }
  put(
    {
      account_id: demo.account_id,
      access_token_lifetime: 14_400,
      created_at: instant(started),
      clients: demo.clients.map(({ grants, ...rest }) => ({
        ...rest,
        grants: grants.map(({ scope, type }) => ({ audience: usualAudience(demo.account_id), type, scope }))
      }))
    },
    demo.customers.map((customer) => ({ ...customer, type: "customer", has_password: true, created_at: instant(started) }))
  )
  put(
    {
      account_id: "P87654321",
      access_token_lifetime: 5_400,
      created_at: instant(started - 40 * 86_400_000),
      clients: [
        {
          id: "a7d0c2c8-0000-4000-8000-000000000001",
          client_id: "web-shop",
          name: "The shop, kept from an earlier start",
          client_secret: null,
          grants: [
            { audience: usualAudience("P87654321"), type: "any", scope: ["admin:customers", "write:accounts:/auth/users"] }
          ]
        }
      ]
    },
    makeCustomers(37, started)
  )

  let messages: ReadonlyArray<Outbox.Message> = []
  let journal: ReadonlyArray<Journal.JournalEntry> = []
  let faults: Array<MutableFault> = []
  let lastMessage = 0
  let lastEntry = 0
  let lastRule = 0

  const tell = (event: string, data = "") => PubSub.publish(events, `event: ${event}\ndata: ${data}\n\n`)
  const tellJson = <A, I>(event: string, schema: Schema.Schema<A, I>, value: A) =>
    tell(event, JSON.stringify(Schema.encodeSync(schema)(value)))

  const addMessage = (message: Omit<Outbox.Message, "id" | "at">) =>
    Effect.suspend(() => {
      const sent = { ...message, id: ++lastMessage, at: instant(now()) }
      messages = [...messages, sent]
      return Effect.asVoid(tellJson("message", Outbox.Message, sent))
    })

  const isAdmin = Layer.succeed(AdminToken, {
    admin: (given) =>
      Redacted.value(given) === token ? Effect.void : new ControlRefused({ message: "This is not the admin token." })
  })

  const known = (accountId: string) =>
    Effect.fromNullable(accounts.get(accountId)).pipe(
      Effect.mapError(() => new UnknownAccount({ message: `There is no account ${accountId}.`, account_id: accountId }))
    )

  const moved = Effect.suspend(() => Effect.as(tellJson("clock", ClockState, state()), state()))
  const advance = (millis: number) =>
    Effect.suspend(() => {
      if (millis < 0) return new InvalidTime({ message: "The clock goes forward only; reset takes it back." })
      if (frozenAt === undefined) offset += millis
      else frozenAt += millis
      return moved
    })

  const addRule = (rule: Pick<ActiveFault, "match" | "fault">): ActiveFault => {
    const added: MutableFault = { rule: ++lastRule, match: rule.match, fault: rule.fault, matched: 0, applied: 0 }
    faults.push(added)
    return added
  }

  const clockGroup = HttpApiBuilder.group(ControlApi, "clock", (handlers) =>
    handlers
      .handle("state", () => Effect.sync(state))
      .handle("advance", ({ payload }) => advance(payload.millis))
      .handle("set", ({ payload }) => Effect.suspend(() => advance(payload.to.epochMillis - now())))
      .handle("freeze", () =>
        Effect.suspend(() => {
          frozenAt = now()
          return moved
        })
      )
      .handle("resume", () =>
        Effect.suspend(() => {
          if (frozenAt !== undefined) offset = frozenAt - Date.now()
          frozenAt = undefined
          return moved
        })
      )
      .handle("reset", () =>
        Effect.suspend(() => {
          offset = 0
          frozenAt = undefined
          return moved
        })
      )
  )
  const outboxGroup = HttpApiBuilder.group(ControlApi, "outbox", (handlers) =>
    handlers
      .handle("list", ({ urlParams }) => Effect.sync(() => messages.filter(Outbox.matches(urlParams))))
      .handle("awaitNext", () => new NoMessage({ message: "The mock waits for nothing." }))
      .handle("clear", ({ urlParams }) =>
        Effect.sync(() => {
          messages = messages.filter(
            ({ account_id }) => urlParams.account_id !== undefined && urlParams.account_id !== account_id
          )
        })
      )
  )
  const faultGroup = HttpApiBuilder.group(ControlApi, "faults", (handlers) =>
    handlers
      .handle("list", () => Effect.sync(() => faults))
      .handle("script", ({ payload }) =>
        Effect.tap(
          Effect.map(decode(payload), ({ rules }) => {
            faults = []
            return rules.map(addRule)
          }),
          tell("faults")
        )
      )
      .handle("add", ({ payload }) =>
        Effect.flatMap(decode({ rules: [payload] }), ({ rules }) => Effect.fromNullable(rules[0])).pipe(
          Effect.catchTag("NoSuchElementException", Effect.die),
          Effect.map(addRule),
          Effect.tap(tell("faults"))
        )
      )
      .handle("remove", ({ path }) =>
        Effect.suspend(() => {
          const count = faults.length
          faults = faults.filter(({ rule }) => rule !== path.rule)
          return Effect.as(tell("faults"), { removed: faults.length < count })
        })
      )
      .handle("clear", () =>
        Effect.suspend(() => {
          faults = []
          return Effect.asVoid(tell("faults"))
        })
      )
  )
  const journalGroup = HttpApiBuilder.group(ControlApi, "journal", (handlers) =>
    handlers
      .handle("list", ({ urlParams }) => Effect.sync(() => journal.filter(Journal.matches(urlParams))))
      .handle("verify", () => Effect.void)
      .handle("clear", () =>
        Effect.sync(() => {
          journal = []
        })
      )
  )
  const Snapshot = Schema.Struct({ format: Schema.Literal(1), account_id: Schema.String })
  const accountGroup = HttpApiBuilder.group(ControlApi, "accounts", (handlers) =>
    handlers
      .handle("list", () => Effect.sync(() => [...accounts.values()]))
      .handle("customers", ({ path }) => Effect.map(known(path.account_id), () => customers.get(path.account_id) ?? []))
      .handle("seed", () => Effect.void)
      .handle("snapshot", ({ path }) => Effect.as(known(path.account_id), { format: 1, account_id: path.account_id, tables: {} }))
      .handle("restore", ({ payload }) =>
        Schema.decodeUnknown(Snapshot)(payload).pipe(
          Effect.mapError(() => {
            const issues = [{ path: "format", message: "expected 1" }]
            return new InvalidSnapshot({ message: "The snapshot is not valid: format: expected 1.", issues })
          }),
          Effect.zipRight(tell("accounts")),
          Effect.asVoid
        )
      )
      .handle("reset", ({ path }) => Effect.zipRight(known(path.account_id), tell("accounts")).pipe(Effect.asVoid))
      .handle("fork", ({ path, payload }) =>
        Effect.flatMap(known(path.account_id), (account) => {
          if (!/^[PT]\d{8}$/.test(payload.as) || accounts.has(payload.as)) {
            const message = accounts.has(payload.as)
              ? `There is an account ${payload.as} already.`
              : `"${payload.as}" is not an account id: expected P or T and 8 digits.`
            return new UnusableAccountId({ message, account_id: payload.as })
          }
          put({ ...account, account_id: payload.as }, customers.get(path.account_id) ?? [])
          return Effect.asVoid(tell("accounts"))
        })
      )
  )
  const topGroups = Layer.merge(
    HttpApiBuilder.group(ControlApi, "about", (handlers) =>
      handlers.handle("about", () =>
        Effect.sync(() => ({ version: "0.1.0", clock: state(), database: ":memory:", accounts: [...accounts.values()] }))
      )
    ),
    HttpApiBuilder.group(ControlApi, "events", (handlers) =>
      handlers.handleRaw("events", () =>
        Effect.succeed(
          HttpServerResponse.stream(
            Stream.make(": hello\n\n").pipe(Stream.concat(Stream.fromPubSub(events)), Stream.encodeText),
            { contentType: "text/event-stream", headers: Headers.fromInput({ "cache-control": "no-store" }) }
          )
        )
      )
    )
  )

  const controls = yield* HttpApiBuilder.httpApp.pipe(
    Effect.provide(
      HttpApiBuilder.api(ControlApi).pipe(
        Layer.provide([clockGroup, outboxGroup, faultGroup, journalGroup, accountGroup, topGroups, isAdmin]),
        Layer.provideMerge(Layer.mergeAll(HttpApiBuilder.Router.Live, HttpApiBuilder.Middleware.layer))
      )
    )
  )
  const controlContext = yield* Layer.build(HttpServer.layerContext)

  /** The real API, behind the faults and before the journal. */
  const api: HttpApp.Default = Effect.gen(function* () {
    const request = yield* HttpServerRequest.HttpServerRequest
    const at = now()
    const began = performance.now()
    const path = request.url.split("?")[0] ?? ""
    const body = yield* Effect.orDie(request.text)
    const operation = operationOf(request.method, path)
    const accountId = /^\/v1\/accounts\/([PT]\d{8})/.exec(path)?.[1] ?? null
    const applied = faults.find((rule) => {
      const { account_id, calls, operation: wanted, times } = rule.match
      if ((wanted !== undefined && wanted !== operation) || (account_id !== undefined && account_id !== accountId)) return false
      rule.matched += 1
      if ((calls !== undefined && !calls.includes(rule.matched)) || rule.applied >= (times ?? Number.POSITIVE_INFINITY))
        return false
      rule.applied += 1
      return true
    })
    if (applied?.fault.kind === "delay") yield* Effect.sleep(applied.fault.millis)
    const answer =
      applied?.fault.kind === "status"
        ? { status: applied.fault.status, text: JSON.stringify({ error: { code: "FAULT", message: "As the script says" } }) }
        : yield* HttpClientRequest.make(request.method)(`http://embedded${request.url}`).pipe(
            HttpClientRequest.setHeaders(request.headers),
            body === ""
              ? (self) => self
              : HttpClientRequest.bodyText(body, request.headers["content-type"] ?? "application/octet-stream"),
            embedded.httpClient.execute,
            Effect.flatMap((response) => Effect.map(response.text, (text) => ({ status: response.status, text }))),
            Effect.orDie
          )
    const entry: Journal.JournalEntry = {
      id: ++lastEntry,
      at: instant(at),
      duration_millis: performance.now() - began,
      method: request.method,
      path,
      operation,
      account_id: accountId,
      caller: answer.status === 401 ? null : callerOf(request.headers.authorization),
      request: redacted(body),
      status: answer.status,
      response: redacted(answer.text),
      fault: applied === undefined ? null : { rule: applied.rule, kind: applied.fault.kind },
      near_misses:
        operation === null
          ? [
              {
                operation: "customers.settings.get",
                method: "GET",
                path: "/v1/accounts/{aid}/customers/settings",
                why: "the path ends in settings, without an s too many"
              }
            ]
          : []
    }
    journal = [...journal.slice(-999), entry]
    yield* tellJson("request", Journal.JournalEntry, entry)
    return HttpServerResponse.text(answer.text, { status: answer.status, contentType: "application/json" })
  })

  const page: HttpApp.Default = Effect.map(InspectorPage.load, ({ headers, html }) =>
    HttpServerResponse.text(html, { headers: Headers.fromInput(headers), contentType: headers["content-type"] })
  )

  const app: HttpApp.Default = Effect.flatMap(HttpServerRequest.HttpServerRequest, ({ url }) =>
    url === "/"
      ? page
      : url.startsWith(prefix)
        ? Effect.provide(controls, controlContext).pipe(
            Effect.catchAllCause(() => Effect.succeed(HttpServerResponse.empty({ status: 404 })))
          )
        : api
  )
  const url = yield* NodeServer.serve(app, "127.0.0.1", 0)
  // Before the server closes, which waits for what it is answering.
  yield* Effect.addFinalizer(() => PubSub.shutdown(events))
  yield* Effect.forkScoped(Effect.forever(Effect.delay(PubSub.publish(events, ": keep-alive\n\n"), "10 seconds")))

  return {
    url,
    token,
    accountId: demo.account_id,
    clientId: client.client_id,
    clientSecret: client.client_secret,
    addMessage: (message) => Effect.runPromise(addMessage(message)),
    sendCode: async () => {
      const code = String(100_000 + ((lastMessage * 7_919 + 382_913) % 900_000))
      await Effect.runPromise(
        addMessage({
          account_id: demo.account_id,
          channel: "sms",
          template: "mfa_code",
          recipient: "+4799999999",
          text: `Your one-time code is ${code}. It is valid for 5 minutes.`,
          code
        })
      )
      return code
    }
  }
})
