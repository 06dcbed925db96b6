/**
 * What the examples of the docs leave to their reader, and those that do not run. An entry is of the one example of `file` that contains the
 * text; one that is of none, or of several, fails.
 */
import { Context, Effect, Redacted, Scope } from "effect"
import { Auth, Customers, Sessions } from "effect-dintero"
import type { System } from "./System.js"

export interface Place {
  readonly file: string
  readonly contains: string
}

/** Examples that compile and do not run. */
export const notRun: ReadonlyArray<Place & { readonly reason: string }> = [
  {
    file: "src/layers/stores/RedisStore.ts",
    contains: "rediss://shop:secret@redis.internal:6380",
    reason: "names a Redis of the reader's own, with TLS. The example beside it has its address from the environment, and runs."
  }
]

/** Layers that answer no `settings.get` here: they are made for something else, or call Dintero itself over a transport of their own. */
export const withoutSettings: ReadonlyArray<Place & { readonly name: string }> = [
  { file: "README.md", contains: "CredentialsRefused.forTest", name: "refused" },
  { file: "docs/retry.md", contains: "More connections serve a peak faster", name: "DinteroLive" }
]

/** Effects that go on until they are interrupted. */
export const endless: ReadonlyArray<Place & { readonly name: string }> = [
  { file: "docs/synchronise.md", contains: "Schedule.spaced", name: "follow" },
  { file: "docs/retry.md", contains: "breaker.changes", name: "watch" },
  { file: "README.md", contains: "Layer.launch(Layer.mergeAll(Watch, Report))", name: "main" }
]

/** Functions without arguments that run an effect themselves, in a runtime that reads the environment. */
export const running: ReadonlyArray<Place & { readonly name: string }> = [
  { file: "README.md", contains: "runtime.runPromise(program)", name: "run" }
]

/** Effects that end in a typed error, as the example says. */
export const failing: ReadonlyArray<Place & { readonly name: string }> = [
  { file: "src/policies/CircuitBreaker.ts", contains: 'Effect.fail("the server is down")', name: "program" }
]

export const ada = {
  type: "customer",
  email: "ada@example.com",
  audience: "https://api.dintero.com/v1/accounts/T12345678"
} as const

const password = Redacted.make("correct horse battery staple")

export const login = ({ services }: System) => Context.get(services, Customers).password.login({ ...ada, password })

export const refreshTokenOf = (system: System) =>
  Effect.flatMap(login(system), ({ refresh_token }) => Effect.fromNullable(refresh_token))

export const mfaLogin = ({ services }: System) =>
  Context.get(services, Customers).password.mfaLogin({
    type: "customer",
    ident_type: "email",
    ident: ada.email,
    secret: password,
    audience: ada.audience
  })

const code = ({ system }: System) =>
  Effect.flatMap(system.outbox.awaitNext({ template: "mfa_code" }), ({ code }) => Effect.fromNullable(code))

/** What an example only declares. */
export const declared: Readonly<Record<string, (system: System) => unknown>> = {
  askUser: (system) => () => code(system),
  readFromVault: ({ services }) =>
    Context.get(services, Auth)
      .token({ grant_type: "client_credentials", audience: ada.audience })
      .pipe(Effect.map(({ access_token }) => Redacted.value(access_token)))
}

/** With what a function of an example is called. */
export const inputs: ReadonlyArray<
  Place & { readonly name: string; readonly of: (system: System) => Effect.Effect<unknown, unknown> }
> = [
  {
    file: "src/contract/auth/challenge.ts",
    contains: "auth.mfa.challenge",
    name: "sendCode",
    of: (system) => Effect.flip(login(system))
  },
  { file: "src/contract/auth/authenticate.ts", contains: '"refresh_token"', name: "refreshed", of: refreshTokenOf },
  { file: "src/contract/auth/authenticate.ts", contains: "auth.revoke", name: "logOut", of: login },
  {
    file: "src/contract/customers/password.ts",
    contains: "mfaLogin",
    name: "session",
    of: (system) => Effect.succeed(Effect.map(code(system), Redacted.make))
  },
  {
    file: "src/contract/customers/users.ts",
    contains: "customers.users.changes",
    name: "readChanges",
    of: () => Effect.succeed(undefined)
  },
  {
    file: "src/contract/customers/tokens.ts",
    contains: "customers.tokens.events.changes",
    name: "newOptOuts",
    of: () => Effect.succeed(undefined)
  },
  {
    file: "src/services/Session.ts",
    contains: "SessionExpired",
    name: "settingsOf",
    of: (system) =>
      login(system).pipe(
        Effect.flatMap((login) => Context.get(system.services, Sessions.Sessions).start("ada", login)),
        // Until the example has ended, and the system with it.
        Effect.provideService(Scope.Scope, system.scope)
      )
  }
]

/** Shell commands that are not run. */
export const commandsNotRun: ReadonlyArray<Place & { readonly reason: string }> = [
  {
    file: "README.md",
    contains: "npm install && npm start",
    reason: "It starts examples/quickstart.ts, which cli/examples.test.ts runs."
  },
  { file: "README.md", contains: "npm install && npm test", reason: "It is what runs this." },
  {
    file: "README.md",
    contains: "npm install effect-dintero",
    reason: "It installs from a registry. npm run check:package installs the packed package with its peers."
  },
  { file: "README.md", contains: "npm install --save-dev", reason: "The same." },
  {
    file: "docs/testing.md",
    contains: "serve --db postgres://",
    reason: "It needs a PostgreSQL server of the reader's own. test/cli/postgres.test.ts runs the command against one."
  },
  {
    file: "README.md",
    contains: "exec node_modules/.bin/effect-dintero serve",
    reason: "It is a line for a process manager. The command itself runs in the tests of the command line."
  }
]
