/**
 * What an editor shows when the mouse is over a method: the TypeScript language service is asked for it, on the source.
 */
import { join } from "node:path"
import { assert, beforeAll, describe, it } from "@effect/vitest"
import ts from "typescript"
import { root } from "../../scripts/lib/Shell.js"

/** It is in no folder: only the language service sees it. */
const path = join(root, "test/types/Hovered.ts")

const text = `
import type { AuthService, CustomersService, CustomersSettings } from "effect-dintero"
declare const customers: CustomersService
declare const auth: AuthService
declare const settings: CustomersSettings
void customers.settings.get
void customers.settings.update
void customers.password.login
void customers.password.mfaLogin
void customers.users.create
void customers.users.update
void customers.users.changes
void auth.token
void auth.mfa.challenge
void auth.keys
void settings.users
`

const shown: Readonly<Record<string, string>> = {
  "customers.settings.get": "(property) get: () => Effect<CustomersSettings, CallError, never>",
  "customers.settings.update":
    "(property) update: (settings: Input<CustomersSettingsUpdate>) => Effect<CustomersSettings, CallError | InvalidRequest, never>",
  "customers.password.login":
    "(property) login: (credentials: WithDefaultAudience<CustomerLogin>) => Effect<AccessToken, CallError | InvalidRequest | CredentialsRefused | MfaRequired, never>",
  "customers.password.mfaLogin":
    "(property) mfaLogin: (credentials: WithDefaultAudience<MfaLogin>) => Effect<MultiFactorAuthenticationChallenge, CallError | InvalidRequest | CredentialsRefused, never>",
  "customers.users.create":
    "(property) create: (customer: Input<CustomerCreate>) => Effect<Customer, CallError | InvalidRequest | Duplicate, never>",
  "customers.users.update":
    "(property) update: (id: string, changes: Input<CustomerUpdate>) => Effect<Customer, CallError | InvalidRequest | Duplicate | NotFound, never>",
  "customers.users.changes":
    "(property) changes: (options?: ChangesOptions) => Stream<Changes<Customer>, CallError | InvalidRequest, never>",
  "auth.token":
    '(property) AuthService.token: <Grant extends WithDefaultAudience<AuthToken>>(grant: Grant) => Effect<AccessToken, TokenErrors[Grant["grant_type"]]>',
  "auth.mfa.challenge":
    "(property) challenge: (challenge: Input<AuthChallenge>) => Effect<ChallengeResponse, CallError | InvalidRequest | NotFound, never>",
  "auth.keys": "(property) keys: () => Effect<readonly Jwk[], CallError, never>",
  "settings.users": "(property) users?: UsersSettings | undefined"
}

const languageService = (): ts.LanguageService => {
  const config = ts.getParsedCommandLineOfConfigFile(
    join(root, "tsconfig.json"),
    {},
    {
      ...ts.sys,
      onUnRecoverableConfigFileDiagnostic: ({ messageText }) => assert.fail(ts.flattenDiagnosticMessageText(messageText, "\n"))
    }
  )
  const readFile = (name: string) => (name === path ? text : ts.sys.readFile(name))
  return ts.createLanguageService({
    directoryExists: ts.sys.directoryExists,
    readDirectory: ts.sys.readDirectory,
    readFile,
    fileExists: (name) => name === path || ts.sys.fileExists(name),
    getCompilationSettings: () => config?.options ?? assert.fail("tsconfig.json cannot be read"),
    getCurrentDirectory: () => root,
    getDefaultLibFileName: ts.getDefaultLibFilePath,
    getScriptFileNames: () => [path],
    getScriptVersion: () => "1",
    getScriptSnapshot: (name) => {
      const found = readFile(name)
      return found === undefined ? undefined : ts.ScriptSnapshot.fromString(found)
    }
  })
}

describe("on hover", () => {
  let hover: (expression: string) => ts.QuickInfo
  beforeAll(() => {
    const service = languageService()
    assert.deepStrictEqual(service.getSemanticDiagnostics(path), [])
    hover = (expression) => {
      const end = text.indexOf(`void ${expression}\n`) + `void ${expression}`.length
      return service.getQuickInfoAtPosition(path, end - 1) ?? assert.fail(`nothing is shown for ${expression}`)
    }
  }, 180_000)

  for (const [expression, expected] of Object.entries(shown)) {
    it(`${expression} is shown in named types`, () => {
      assert.strictEqual(ts.displayPartsToString(hover(expression).displayParts), expected)
    })
  }

  it("a method has the documentation and the example of its entry in the contract", () => {
    const { documentation, tags = [] } = hover("customers.password.login")
    assert.include(ts.displayPartsToString(documentation), "POST /accounts/{aid}/customers/login")
    const [example] = tags.filter(({ name }) => name === "example")
    assert.include(ts.displayPartsToString(example?.text), "customers.password.login({")
    assert.include(ts.displayPartsToString(hover("auth.token").documentation), "POST /accounts/{oid}/auth/token")
  })
})
