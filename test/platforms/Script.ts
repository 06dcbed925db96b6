/**
 * What an application does with the client, as one program that runs on every platform. `scripts/check-platforms.ts` starts it against
 * a served system, and compares what it returns.
 */
// By its own name: Deno runs this with no other permission than the network, and the whole package wants to read the environment.
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import type * as HttpClient from "@effect/platform/HttpClient"
import { Data, Effect, Exit, Fiber, Layer, Redacted } from "effect"
import { Auth, Customers, Dintero, FetchTransport, Session, Sessions, TokenStores } from "effect-dintero"

/** Where the served system is, and who calls. It comes as JSON. */
export interface Given {
  readonly baseUrl: string
  /** Relays to the controls of the system, since a page of another origin cannot reach them itself. */
  readonly controls: string
  readonly accountId: string
  readonly clientId: string
  readonly clientSecret: string
  readonly email: string
  readonly password: string
  readonly transport: string
  readonly isolateRequests: boolean
}

class DidNotHappen extends Data.TaggedError("DidNotHappen")<{ readonly message: string }> {}

export type Transport = Layer.Layer<HttpClient.HttpClient>

/** The transports of the core, by name. The others need more than the required peers. */
export const transportOf = (name: string): Transport => {
  if (name === "FetchHttpClient") return FetchHttpClient.layer
  if (name === "FetchTransport") return FetchTransport.layer
  throw new Error(`There is no transport ${name}.`)
}

/** The transports that the core of this release has. */
export const coreTransports: ReadonlyArray<string> = ["FetchTransport", "FetchHttpClient"]

interface Entry {
  readonly method: string
  readonly operation: string | null
  readonly status: number | null
  readonly fault: { readonly kind: string } | null
}

const control =
  <A>(method: string, path: string, body?: unknown) =>
  (given: Given): Effect.Effect<A> =>
    Effect.promise(async () => {
      const response = await fetch(`${given.controls}${path}`, {
        method,
        ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } })
      })
      const text = await response.text()
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
      return text === "" ? undefined : JSON.parse(text)
    })

const settings = Effect.flatMap(Customers, (customers) => customers.settings.get()).pipe(
  Effect.map(({ users }) => users?.customer_id_format)
)

const program = (given: Given) => {
  const clearJournal = control<void>("DELETE", "/journal")(given)
  /**
   * The statuses of the requests of an operation since the journal was cleared. A browser also asks for permission, by OPTIONS. Its cache may ask
   * whether an answer has changed, and then the program gets the 200 of the cache for a 304.
   */
  const statuses = (operation: string) =>
    Effect.map(control<ReadonlyArray<Entry>>("GET", `/journal?account_id=${given.accountId}`)(given), (entries) =>
      entries
        .filter((entry) => entry.operation === operation && entry.method !== "OPTIONS")
        .map(({ status }) => (status === 304 ? 200 : status))
    )
  const fault = (rule: unknown) =>
    control<{ readonly rule: number }>("POST", "/faults", {
      match: { operation: "customers.settings.get", account_id: given.accountId, times: 1 },
      fault: rule
    })(given)
  const until = <A>(what: string, effect: Effect.Effect<A>, isThere: (value: A) => boolean) =>
    Effect.repeat(Effect.delay(effect, "20 millis"), { until: isThere }).pipe(
      Effect.timeoutFail({ duration: "2 minutes", onTimeout: () => new DidNotHappen({ message: `${what} did not happen` }) })
    )

  const audience = `https://api.dintero.com/v1/accounts/${given.accountId}`
  const login = (password: string) =>
    Effect.flatMap(Customers, (customers) =>
      customers.password.login({ type: "customer", email: given.email, password: Redacted.make(password), audience })
    )

  return Effect.gen(function* () {
    const auth = yield* Auth
    const customers = yield* Customers

    const token = yield* Effect.map(auth.token({ grant_type: "client_credentials", audience }), (answer) => ({
      type: answer.token_type,
      hidden: String(answer.access_token)
    }))
    const before = yield* settings
    const updated = yield* Effect.map(
      customers.settings.update({ users: { customer_id_format: "sequence" } }),
      ({ users }) => users?.customer_id_format
    )

    const loggedIn = yield* login(given.password)
    const inSession = yield* Effect.gen(function* () {
      const sessions = yield* Sessions
      const { id } = yield* sessions.start(loggedIn)
      return yield* Session.with(settings, yield* sessions.resume(id))
    }).pipe(
      Effect.scoped,
      // For this part alone: it would renew the session later, among the requests that are counted.
      Effect.provide(Layer.provide(Sessions.layer(), TokenStores.layerMemory))
    )
    const wrongPassword = yield* login("a guess").pipe(
      Effect.as(undefined),
      Effect.catchTag("CredentialsRefused", ({ _tag, request }) =>
        Effect.succeed({ tag: _tag, status: request.status, operation: request.operation })
      )
    )

    yield* clearJournal
    yield* control("POST", "/clock/advance", { millis: 24 * 3_600_000 })(given)
    const renewed = {
      settings: yield* settings,
      calls: yield* statuses("customers.settings.get"),
      tokens: yield* statuses("auth.token")
    }

    yield* clearJournal
    yield* fault({ kind: "status", status: 503 })
    const retried = { settings: yield* settings, calls: yield* statuses("customers.settings.get") }

    yield* clearJournal
    const { rule } = yield* fault({ kind: "stall", when: "before_commit" })
    const slow = yield* Effect.fork(settings)
    yield* until(
      "the slow request",
      control<ReadonlyArray<{ readonly rule: number; readonly applied: number }>>("GET", "/faults")(given),
      (active) => active.some((one) => one.rule === rule && one.applied === 1)
    )
    const interrupted = Exit.isInterrupted(yield* Fiber.interrupt(slow))
    // The server sees the connection close, and would otherwise keep the request for ever.
    const calls = yield* until(
      "the end of the interrupted request",
      statuses("customers.settings.get"),
      (found) => found.length > 0
    )
    const interruption = { interrupted, calls, next: yield* settings }

    return {
      token,
      settings: before,
      updated,
      login: loggedIn.token_type,
      inSession,
      wrongPassword,
      renewed,
      retried,
      interruption
    }
  })
}

export type Outcome = Effect.Effect.Success<ReturnType<typeof program>>

export const run = (given: Given, transport: Transport): Promise<Outcome> =>
  program(given).pipe(
    Effect.provide(
      Dintero.layer({
        accountId: given.accountId,
        clientId: given.clientId,
        clientSecret: Redacted.make(given.clientSecret),
        baseUrl: given.baseUrl,
        isolateRequests: given.isolateRequests
      }).pipe(Layer.provide(transport))
    ),
    Effect.runPromise
  )
