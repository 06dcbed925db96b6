/**
 * What the examples of the docs leave to their reader, and those that do not run. An entry is of the one example of `file` that contains the
 * text; one that is of none, or of several, fails.
 */
import { Context, Effect, Redacted, Scope } from "effect"
import { Auth, Customers, Mfa, Sessions } from "effect-dintero"
import type { Message } from "effect-dintero/embedded"
import { makePeer } from "../../bench/peer.js"
import type { System } from "./System.js"

export interface Place {
  readonly file: string
  readonly contains: string
}

/** Examples that compile and do not run. */
export const notRun: ReadonlyArray<Place & { readonly reason: string }> = [
  ...["own.get", "own.setMfaSms", "own.changePassword", "own.verifySignup"].map((method) => ({
    file: "src/contract/auth/accountUsers.ts",
    contains: `auth.accountUsers.${method}(`,
    reason: "the embedded system does not have it. test/operations/accountUsers.ts has the request and the answer."
  })),
  {
    file: "src/contract/auth/authenticate.ts",
    contains: "auth.exchangeToken(",
    reason: "needs the API client of a partner. test/partners/embedded.test.ts makes the call, in Partner.layer."
  },
  {
    file: "src/contract/auth/authenticate.ts",
    contains: "auth.oidcToken(",
    reason: "needs the code of an OpenID provider. test/embedded/rooms/identity/Oidc.test.ts makes the call."
  },
  {
    file: "src/services/Grant.ts",
    contains: "Grant.accountUser",
    reason: "needs the token of a member of staff, which only the service gives. test/http/grants.test.ts sends the grant."
  },
  {
    file: "docs/oauth-libraries.md",
    contains: "dinteroFetch",
    reason:
      "is an adapter for another library. test/interop/oauth4webapi.test.ts has it word for word, and runs it with that library."
  },
  {
    file: "src/layers/stores/RedisStore.ts",
    contains: "rediss://shop:secret@redis.internal:6380",
    reason: "names a Redis of the reader's own, with TLS. The example beside it has its address from the environment, and runs."
  }
]

/** Layers that answer no `settings.get` here: they are made for something else, or call Dintero itself over a transport of their own. */
export const withoutSettings: ReadonlyArray<Place & { readonly name: string }> = [
  { file: "docs/testing.md", contains: "export const refused = Dintero.layerTest", name: "refused" },
  { file: "docs/retry.md", contains: "More connections serve a peak faster", name: "DinteroLive" }
]

/** Effects that go on until they are interrupted. */
export const endless: ReadonlyArray<Place & { readonly name: string }> = [
  { file: "docs/getting-started.md", contains: "Layer.launch(Layer.mergeAll(Watch, Report))", name: "main" },
  { file: "docs/observability.md", contains: "Stream.runForEach(events", name: "watch" },
  { file: "docs/synchronise.md", contains: "Schedule.spaced", name: "follow" },
  { file: "docs/retry.md", contains: "breaker.changes", name: "watch" }
]

/** Functions without arguments that run an effect themselves, in a runtime that reads the environment. */
export const running: ReadonlyArray<Place & { readonly name: string }> = [
  { file: "docs/getting-started.md", contains: "runtime.runPromise(program)", name: "run" },
  { file: "docs/deploying.md", contains: "server.close(closed)", name: "stop" },
  { file: "docs/migrating.md", contains: "client.core.GET(", name: "emailOfAda" },
  { file: "docs/migrating.md", contains: "client.core.POST(", name: "logIn" }
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

/** The demo account is the merchant of the partner in System.ts. */
const merchant = "T12345678"

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

const code = ({ system }: System, template: (typeof Message.Message.Type)["template"] = "mfa_code") =>
  Effect.flatMap(system.outbox.awaitNext({ template }), ({ code }) => Effect.fromNullable(code))

/** A recovery sends two codes, each in a message of its own kind. */
const nextCode = ({ system }: System) => Effect.flatMap(system.outbox.awaitNext({}), ({ code }) => Effect.fromNullable(code))

/** A login that waits for its code, and the code. */
const pendingLogin = (system: System) =>
  Effect.gen(function* () {
    const { id } = yield* Effect.provide(Effect.flatMap(mfaLogin(system), Mfa.begin), system.services)
    return { cookie: Redacted.value(id), code: Redacted.make(yield* nextCode(system)) }
  })

const newPendingLogin = (system: System) => Effect.map(pendingLogin(system), ({ cookie }) => cookie)

/** The arguments of a function that has several. */
export class Arguments {
  readonly values: ReadonlyArray<unknown>
  constructor(values: ReadonlyArray<unknown>) {
    this.values = values
  }
}

const args = (...values: ReadonlyArray<unknown>) => new Arguments(values)

const customersOf = ({ services }: System) => Context.get(services, Customers)

const newCustomer = (system: System) =>
  Effect.map(customersOf(system).users.create({ type: "customer" }), ({ customer_id }) => customer_id)

const newLocation = (system: System) =>
  Effect.map(customersOf(system).locations.create({ location_id: "oslo", name: "Oslo" }), ({ location_id }) => location_id)

const newTag = (system: System) => Effect.map(customersOf(system).tags.create({ tag: "VIP" }), ({ id }) => id)

const newTerms = (system: System) => Effect.map(customersOf(system).terms.create({ terms: "No returns." }), ({ id }) => id)

const newLogin = ({ services }: System) =>
  Effect.map(Context.get(services, Auth).users.create({ username: "ada.login", password }), ({ username }) => username)

const newClient = ({ services }: System) =>
  Effect.map(Context.get(services, Auth).clients.create({ name: "Web shop" }), ({ id }) => id)

const newGrant = (system: System) =>
  Effect.flatMap(newClient(system), (client_id = "") =>
    Effect.map(
      Context.get(system.services, Auth).grants.create({ client_id, audience: ada.audience, scope: ["read:customers"] }),
      ({ id }) => id
    )
  )

const newRole = ({ services }: System) => Effect.map(Context.get(services, Auth).roles.create({ scope: [] }), ({ id }) => id)

const newAccountUser = ({ services }: System) =>
  Effect.map(Context.get(services, Auth).accountUsers.create({ email: "grace@example.com" }), ({ id }) => id)

/** What an example only declares. */
export const declared: Readonly<Record<string, (system: System) => unknown>> = {
  // Those of Dintero's Node SDK.
  client: ({ system }) => ({
    accountId: "T12345678",
    core: makePeer(system.url, "T12345678", "demo-client", "this-demo-secret-is-public-and-protects-nothing")
  }),
  createClient: () => (options: object) => options,
  askUser: (system) => () => nextCode(system),
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
    contains: "const sendCode",
    name: "sendCode",
    of: (system) => Effect.flip(login(system))
  },
  {
    file: "src/contract/auth/challenge.ts",
    contains: "auth.mfa.recovery",
    name: "recover",
    of: (system) => Effect.succeed(args(ada.email, Effect.map(nextCode(system), Redacted.make)))
  },
  { file: "src/contract/auth/authUsers.ts", contains: "users.create", name: "addLogin", of: () => Effect.succeed("ada.login") },
  {
    file: "src/contract/auth/authUsers.ts",
    contains: "users.update",
    name: "setPassword",
    of: (system) => Effect.map(newLogin(system), (username) => args(username, password))
  },
  { file: "src/contract/auth/authUsers.ts", contains: "users.delete", name: "removeLogin", of: newLogin },
  {
    file: "src/contract/auth/authUsers.ts",
    contains: "users.changeUsername",
    name: "renameLogin",
    of: (system) => Effect.map(newLogin(system), (username) => args(username, "ada"))
  },
  { file: "src/contract/auth/authenticate.ts", contains: '"refresh_token"', name: "refreshed", of: refreshTokenOf },
  { file: "src/contract/auth/authenticate.ts", contains: "auth.revoke", name: "logOut", of: login },
  { file: "src/contract/auth/clients.ts", contains: "auth.clients.get(", name: "description", of: newClient },
  {
    file: "src/contract/auth/clients.ts",
    contains: "auth.clients.update(",
    name: "describe",
    of: (system) => Effect.map(newClient(system), (id) => args(id, "Orders"))
  },
  { file: "src/contract/auth/clients.ts", contains: "auth.clients.delete(", name: "remove", of: newClient },
  { file: "src/contract/auth/clients.ts", contains: "auth.clients.rotateSecret(", name: "newSecret", of: newClient },
  { file: "src/contract/auth/grants.ts", contains: "auth.grants.list(", name: "scopesOf", of: newClient },
  { file: "src/contract/auth/grants.ts", contains: "auth.grants.update(", name: "restrict", of: newGrant },
  { file: "src/contract/auth/grants.ts", contains: "auth.grants.delete(", name: "remove", of: newGrant },
  {
    file: "src/contract/auth/authenticate.ts",
    contains: "auth.passwordless.send(",
    name: "sendLoginCode",
    // The code of the next one must stay valid.
    of: () => Effect.succeed("grace@example.com")
  },
  {
    file: "src/contract/auth/authenticate.ts",
    contains: "auth.passwordless.send(",
    name: "logIn",
    of: (system) =>
      Context.get(system.services, Auth)
        .passwordless.send({ audience: ada.audience, client_id: "demo-client", connection: "email", email: ada.email })
        .pipe(
          Effect.zipRight(code(system, "passwordless_code")),
          Effect.map((code) => args(ada.email, Redacted.make(code)))
        )
  },
  { file: "src/contract/auth/authenticate.ts", contains: "signInAs", name: "signInAs", of: () => Effect.succeed("ada") },
  { file: "src/contract/auth/authenticate.ts", contains: "linkFor", name: "linkFor", of: () => Effect.succeed("ada") },
  {
    file: "src/contract/auth/authenticate.ts",
    contains: "auth.redirect(",
    name: "toPartner",
    of: (system) =>
      login(system).pipe(
        Effect.flatMap((login) => Context.get(system.services, Sessions).start(login, { id: "ada" })),
        Effect.provideService(Scope.Scope, system.scope)
      )
  },
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
    file: "src/contract/customers/addresses.ts",
    contains: "customers.addresses.postalPlace",
    name: "placeOf",
    of: () => Effect.succeed("0185")
  },
  {
    file: "src/contract/customers/addresses.ts",
    contains: "customers.addresses.validate",
    name: "isValid",
    of: () =>
      Effect.succeed({ address_line: "Biskop Gunnerus' gate 14", postal_code: "0185", postal_place: "OSLO", country: "NO" })
  },
  {
    file: "src/contract/customers/communication.ts",
    contains: "customers.communication.get",
    name: "isVerified",
    of: () => Effect.succeed("ada")
  },
  {
    file: "src/contract/customers/communication.ts",
    contains: "customers.communication.sendCode",
    name: "askForCode",
    of: () => Effect.succeed("ada")
  },
  {
    file: "src/contract/customers/communication.ts",
    contains: "customers.communication.confirmCode",
    name: "verify",
    of: (system) =>
      Effect.zipRight(
        Context.get(system.services, Customers).communication.sendCode({ customer_id: "ada", field: "email" }),
        Effect.map(code(system, "verification_code"), (code) => args("ada", Redacted.make(code)))
      )
  },
  {
    file: "src/contract/customers/company.ts",
    contains: "customers.company.departments",
    name: "departments",
    of: () => Effect.succeed("923609016")
  },
  { file: "src/contract/customers/locations.ts", contains: "customers.locations.get(", name: "nameOf", of: newLocation },
  { file: "src/contract/customers/locations.ts", contains: "customers.locations.update(", name: "close", of: newLocation },
  { file: "src/contract/customers/locations.ts", contains: "customers.locations.delete(", name: "remove", of: newLocation },
  {
    file: "src/contract/customers/organizations.ts",
    contains: "customers.organizations.get",
    name: "nameOf",
    of: () => Effect.succeed("923609016")
  },
  {
    file: "src/contract/customers/organizations.ts",
    contains: "customers.organizations.subunits",
    name: "subunits",
    of: () => Effect.succeed("923609016")
  },
  {
    file: "src/contract/customers/organizations.ts",
    contains: "customers.organizations.search",
    name: "find",
    of: () => Effect.succeed("EQUINOR")
  },
  {
    file: "src/contract/customers/organizations.ts",
    contains: "customers.organizations.stream",
    name: "firstHundred",
    of: () => Effect.succeed("EQUINOR")
  },
  {
    file: "src/contract/auth/roles.ts",
    contains: "auth.roles.get",
    name: "scopesOf",
    of: newRole
  },
  {
    file: "src/contract/auth/roles.ts",
    contains: "auth.roles.update",
    name: "change",
    of: newRole
  },
  {
    file: "src/contract/auth/roles.ts",
    contains: "auth.roles.delete",
    name: "remove",
    of: newRole
  },
  {
    file: "src/contract/auth/accountUsers.ts",
    contains: "auth.accountUsers.create",
    name: "add",
    of: (system) => Effect.map(newRole(system), (id) => args("grace@example.com", id))
  },
  {
    file: "src/contract/auth/accountUsers.ts",
    contains: "auth.accountUsers.update",
    name: "rename",
    of: (system) => Effect.map(newAccountUser(system), (id) => args(id, "Grace Hopper"))
  },
  {
    file: "src/contract/auth/accountUsers.ts",
    contains: "auth.accountUsers.delete",
    name: "remove",
    of: newAccountUser
  },
  {
    file: "src/contract/auth/accountUsers.ts",
    contains: "auth.accountUsers.activities",
    name: "activities",
    of: newAccountUser
  },
  { file: "src/contract/customers/tags.ts", contains: "customers.tags.delete", name: "remove", of: newTag },
  {
    file: "src/contract/customers/tags.ts",
    contains: "customers.tags.ofCustomer",
    name: "isVip",
    of: () => Effect.succeed("ada")
  },
  {
    file: "src/contract/customers/tags.ts",
    contains: "customers.tags.setOfCustomer",
    name: "label",
    of: (system) => Effect.map(newTag(system), (id) => args("ada", [id]))
  },
  {
    file: "src/contract/customers/terms.ts",
    contains: "customers.terms.create",
    name: "publish",
    of: () => Effect.succeed("Goods can be returned within 30 days.")
  },
  { file: "src/contract/customers/terms.ts", contains: "customers.terms.get", name: "text", of: newTerms },
  { file: "src/contract/customers/terms.ts", contains: "customers.terms.delete", name: "withdraw", of: newTerms },
  {
    file: "src/contract/customers/tokens.ts",
    contains: "customers.tokens.events.lookup",
    name: "ownerOf",
    of: () => Effect.succeed(args("card", "1"))
  },
  {
    file: "src/contract/customers/tokens.ts",
    contains: "customers.tokens.events.delete",
    name: "forget",
    of: () => Effect.succeed(args("card", "1"))
  },
  {
    file: "src/contract/customers/tokens.ts",
    contains: "customers.tokens.list(",
    name: "cards",
    of: () => Effect.succeed("ada")
  },
  {
    file: "src/contract/customers/tokens.ts",
    contains: "customers.tokens.stream(",
    name: "count",
    of: () => Effect.succeed("ada")
  },
  {
    file: "src/contract/customers/tokens.ts",
    contains: "customers.tokens.create(",
    name: "attachCard",
    of: () => Effect.succeed(args("ada", "5f3a"))
  },
  {
    file: "src/contract/customers/tokens.ts",
    contains: "customers.tokens.delete(",
    name: "detach",
    of: ({ services }) =>
      Effect.map(Context.get(services, Customers).tokens.create("ada", { type: "card", value: "5f3a" }), ({ token_id }) =>
        args("ada", token_id)
      )
  },
  {
    file: "src/contract/customers/users.ts",
    contains: "customers.users.list",
    name: "byEmail",
    of: () => Effect.succeed(ada.email)
  },
  {
    file: "src/contract/customers/users.ts",
    contains: "customers.users.stream",
    name: "countOf",
    of: () => Effect.succeed("customer")
  },
  {
    file: "src/contract/customers/users.ts",
    contains: "customers.users.create",
    name: "signUp",
    of: () => Effect.succeed("grace@example.com")
  },
  {
    file: "src/contract/customers/users.ts",
    contains: "customers.users.exists",
    name: "isTaken",
    of: ({ services }) =>
      Effect.as(
        Context.get(services, Customers).settings.update({ users: { customer_id_format: "uuid", head: { enabled: true } } }),
        ada.email
      )
  },
  { file: "src/contract/customers/users.ts", contains: "customers.users.get", name: "emailOf", of: () => Effect.succeed("ada") },
  {
    file: "src/contract/customers/users.ts",
    contains: "customers.users.update",
    name: "allowEmails",
    of: () => Effect.succeed("ada")
  },
  { file: "src/contract/customers/users.ts", contains: "customers.users.delete", name: "forget", of: newCustomer },
  {
    file: "src/contract/customers/users.ts",
    contains: "customers.users.changeCustomerId",
    name: "rename",
    of: (system) => Effect.map(newCustomer(system), (id) => args(id, "C-1002"))
  },
  {
    file: "src/contract/customers/password.ts",
    contains: "customers.password.mfaRecovery",
    name: "recover",
    of: (system) => Effect.succeed(args(ada.email, Effect.map(nextCode(system), Redacted.make)))
  },
  { file: "docs/concepts.md", contains: "customers.users.get", name: "email", of: () => Effect.succeed("ada") },
  { file: "src/services/Grant.ts", contains: "Grant.refreshToken", name: "refreshed", of: refreshTokenOf },
  {
    file: "src/services/Mfa.ts",
    contains: "Mfa.redeem",
    name: "answer",
    of: (system) =>
      Effect.gen(function* () {
        const { mfa_token } = yield* mfaLogin(system)
        const { mfa } = Context.get(system.services, Auth)
        const { oob_code } = yield* mfa.challenge({ challenge_type: "oob", mfa_token })
        return args({ oobCode: oob_code, mfaToken: mfa_token }, Redacted.make(yield* nextCode(system)))
      })
  },
  {
    file: "src/services/Mfa.ts",
    contains: "The first request. The result goes into a cookie",
    name: "signIn",
    of: () => Effect.succeed(args(ada.email, password))
  },
  { file: "src/services/Mfa.ts", contains: 'Mfa.resend(cookie, "email")', name: "byEmail", of: newPendingLogin },
  {
    file: "src/services/Mfa.ts",
    contains: "Mfa.confirm(cookie, code)",
    name: "enterCode",
    of: (system) => Effect.map(pendingLogin(system), ({ code, cookie }) => args(cookie, code))
  },
  { file: "docs/tokens.md", contains: "Mfa.begin", name: "enterPassword", of: () => Effect.succeed(args(ada.email, password)) },
  {
    file: "docs/tokens.md",
    contains: "Mfa.confirm",
    name: "enterCode",
    of: (system) => Effect.map(pendingLogin(system), ({ code, cookie }) => args(cookie, code))
  },
  { file: "docs/tokens.md", contains: "Mfa.resend(cookie", name: "anotherMessage", of: newPendingLogin },
  {
    file: "src/services/Mfa.ts",
    contains: 'Mfa.sendAgain("email")',
    name: "askCode",
    of: (system) =>
      Effect.flatMap(mfaLogin(system), ({ mfa_token }) =>
        Context.get(system.services, Auth).mfa.challenge({ challenge_type: "oob", mfa_token })
      )
  },
  { file: "docs/tokens.md", contains: "Account.with(merchant)", name: "settingsOf", of: () => Effect.succeed(merchant) },
  { file: "src/services/Account.ts", contains: "Account.with", name: "settingsOf", of: () => Effect.succeed(merchant) },
  { file: "src/layers/Partner.ts", contains: "settingsOfAll", name: "settingsOfAll", of: () => Effect.succeed([merchant]) },
  { file: "src/layers/Partner.ts", contains: "Context.get(yield*", name: "settingsOf", of: () => Effect.succeed(merchant) },
  { file: "src/layers/Partner.ts", contains: "Partner.provide", name: "settingsOf", of: () => Effect.succeed(merchant) },
  {
    file: "docs/tokens.md",
    contains: "sessions.resume(cookie)",
    name: "me",
    of: (system) =>
      login(system).pipe(
        Effect.flatMap(Context.get(system.services, Sessions).start),
        Effect.map(({ id }) => Redacted.value(id)),
        Effect.scoped
      )
  },
  {
    file: "src/services/Session.ts",
    contains: "SessionExpired",
    name: "settingsOf",
    of: (system) =>
      login(system).pipe(
        Effect.flatMap((login) => Context.get(system.services, Sessions).start(login, { id: "ada" })),
        // Until the example has ended, and the system with it.
        Effect.provideService(Scope.Scope, system.scope)
      )
  }
]

/** Shell commands that are not run. */
export const commandsNotRun: ReadonlyArray<Place & { readonly reason: string }> = [
  {
    file: "docs/getting-started.md",
    contains: "npm install effect-dintero",
    reason: "It installs from a registry. npm run check:package installs the packed package with its peers."
  },
  {
    file: "docs/serving.md",
    contains: "exec node_modules/.bin/effect-dintero serve",
    reason: "It is a line for a process manager. The command itself runs in the tests of the command line."
  },
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
  { file: "docs/serving.md", contains: "npm install --save-dev @effect/sql", reason: "The same." },
  {
    file: "README.md",
    contains: "npm install --save-dev @effect/sql",
    reason: "The same. The tests of the command line run serve."
  },
  {
    file: "docs/testing.md",
    contains: "serve --db postgres://",
    reason: "It needs a PostgreSQL server of the reader's own. test/cli/postgres.test.ts runs the command against one."
  },
  {
    file: "docs/compare.md",
    contains: "npx effect-dintero compare",
    reason:
      "It needs a test account of Dintero. test/cli/compare/compareCommand.test.ts runs the command against an embedded system."
  }
]
