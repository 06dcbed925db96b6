/**
 * The types of sessions that callers rely on. `npm run check` compiles this file. Vitest runs it too, so that its tests are listed.
 */
import { describe, expectTypeOf, it } from "@effect/vitest"
import { type DateTime, type Duration, Effect, type Layer, type Option, type Redacted, type Scope } from "effect"
import {
  type AccessToken,
  type AccessTokens,
  type Auth,
  type CallError,
  Customers,
  type NotFound,
  type PendingLogins,
  Session,
  type SessionExpired,
  type SessionInfo,
  type SessionNotFound,
  type SessionNotStored,
  Sessions,
  type SessionsOptions,
  type SessionsService,
  type StartOptions,
  type TestSessions,
  type TokenStore,
  type TokenStoreError,
  type Which
} from "effect-dintero"

const login = {} as AccessToken
const session = {} as Session.Session
const sessions = {} as SessionsService

describe("types of sessions", () => {
  it("each function has exactly its errors, and needs a scope only where it opens a session", () => {
    type Started = Effect.Effect<Session.Session, SessionNotStored, Scope.Scope>
    expectTypeOf(sessions.start).returns.toEqualTypeOf<Started>()
    expectTypeOf(sessions.startFrom).returns.toEqualTypeOf<Started>()
    expectTypeOf(sessions.resume).returns.toEqualTypeOf<
      Effect.Effect<Session.Session, SessionNotFound | TokenStoreError, Scope.Scope>
    >()
    expectTypeOf(sessions.ofCustomer).returns.toEqualTypeOf<Effect.Effect<ReadonlyArray<SessionInfo>, TokenStoreError>>()
    expectTypeOf(sessions.end).returns.toEqualTypeOf<Effect.Effect<boolean, CallError | TokenStoreError>>()
    expectTypeOf(sessions.endAll).returns.toEqualTypeOf<Effect.Effect<number, CallError | TokenStoreError>>()
    expectTypeOf(sessions.health).toEqualTypeOf<Effect.Effect<void, TokenStoreError>>()
    expectTypeOf<keyof SessionsService>().toEqualTypeOf<
      "start" | "startFrom" | "resume" | "ofCustomer" | "end" | "endAll" | "health"
    >()
  })

  it("a session's own effects have exactly their errors", () => {
    expectTypeOf<Session.SessionError>().toEqualTypeOf<SessionExpired | TokenStoreError>()
    expectTypeOf(session.logout).toEqualTypeOf<Effect.Effect<void, CallError | TokenStoreError>>()
    expectTypeOf(session.stillOpen).toEqualTypeOf<Effect.Effect<void, SessionExpired>>()
    expectTypeOf<Effect.Effect.Error<Session.Session["tokens"]["get"]>>().toEqualTypeOf<
      CallError | SessionExpired | TokenStoreError
    >()
    expectTypeOf(session.id).toEqualTypeOf<Redacted.Redacted>()
    expectTypeOf(session.customerId).toEqualTypeOf<Option.Option<string>>()
    expectTypeOf(session.startedAt).toEqualTypeOf<DateTime.Utc>()
  })

  it("Session.with adds the errors of a session, and changes nothing else", () => {
    const settings = Effect.flatMap(Customers, (customers) => customers.settings.get())
    const customer = Effect.flatMap(Customers, (customers) => customers.users.get("ada"))
    type Settings = typeof settings
    type InSession = Effect.Effect<
      Effect.Effect.Success<Settings>,
      CallError | SessionExpired | TokenStoreError,
      Effect.Effect.Context<Settings>
    >
    expectTypeOf(Session.with(settings, session)).toEqualTypeOf<InSession>()
    expectTypeOf(settings.pipe(Session.with(session))).toEqualTypeOf<InSession>()
    expectTypeOf(settings.pipe(Session.with(Session.forTest()))).toEqualTypeOf<InSession>()
    expectTypeOf<Extract<Effect.Effect.Error<ReturnType<typeof inSession>>, NotFound>>().toEqualTypeOf<NotFound>()
    const inSession = () => Session.with(customer, session)
    expectTypeOf(Session.with(Effect.succeed(1), session)).toEqualTypeOf<
      Effect.Effect<number, SessionExpired | TokenStoreError>
    >()
  })

  it("a sign-in has the errors of the login, of the start and of the session", () => {
    const signIn = Effect.gen(function* () {
      const sessions = yield* Sessions
      const opened = yield* sessions.start(login, { customerId: "ada" })
      return yield* Session.with(Effect.succeed(opened.handle), opened)
    }).pipe(Effect.scoped)
    expectTypeOf(signIn).toEqualTypeOf<Effect.Effect<string, SessionNotStored | SessionExpired | TokenStoreError, Sessions>>()
  })

  it("the layers need the client and a store, and fail with nothing", () => {
    type Provided = Sessions | PendingLogins
    expectTypeOf(Sessions.layer()).toEqualTypeOf<Layer.Layer<Provided, never, Auth | AccessTokens | TokenStore>>()
    expectTypeOf(Sessions.layerTest()).toEqualTypeOf<Layer.Layer<Provided>>()
    expectTypeOf(Sessions.layerTest({ resume: () => Effect.succeed(Session.forTest()) })).toEqualTypeOf<Layer.Layer<Provided>>()
    expectTypeOf<keyof TestSessions>().toEqualTypeOf<keyof SessionsService>()
    // @ts-expect-error `resume` gives a session
    Sessions.layerTest({ resume: () => Effect.succeed("ada") })
    // @ts-expect-error no such function
    Sessions.layerTest({ open: () => Effect.succeed(session) })
    // @ts-expect-error `health` has no such error
    Sessions.layerTest({ health: Effect.fail("down") })
  })

  it("options are optional, and may be undefined", () => {
    expectTypeOf<StartOptions>().toEqualTypeOf<{
      readonly id?: string | Redacted.Redacted | undefined
      readonly customerId?: string | undefined
      readonly label?: string | undefined
    }>()
    expectTypeOf<Which>().toEqualTypeOf<string | Redacted.Redacted | { readonly handle: string }>()
    expectTypeOf<Parameters<SessionsService["end"]>[1]>().toEqualTypeOf<{ readonly customerId: string } | undefined>()
    expectTypeOf<Parameters<SessionsService["endAll"]>[1]>().toEqualTypeOf<{ readonly except?: Which | undefined } | undefined>()
    expectTypeOf<SessionsOptions["idle"]>().toEqualTypeOf<Duration.DurationInput | undefined>()
    expectTypeOf<SessionsOptions["capacity"]>().toEqualTypeOf<number | undefined>()
    // What lists and open sessions name is taken by `end`.
    const named = () => [sessions.end({} as SessionInfo), sessions.endAll("ada", { except: session })]
    // @ts-expect-error no such option
    const option = () => sessions.start(login, { name: "ada" })
    // @ts-expect-error the refresh token in the clear
    const clear = () => sessions.startFrom("a-refresh-token")
    void [named, option, clear]
  })

  it("the statics are those of the tag and the two layers", () => {
    expectTypeOf<Exclude<keyof typeof Sessions, keyof typeof AccessTokens>>().toEqualTypeOf<"layer" | "layerTest">()
    expectTypeOf<Sessions["Type"]>().toEqualTypeOf<SessionsService>()
  })
})
