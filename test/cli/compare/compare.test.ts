/**
 * The comparison against systems whose every difference is known.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { decisions, notProbed, probes } from "../../../src/cli/compare/Register.js"
import * as Report from "../../../src/cli/compare/Report.js"
import * as ReportText from "../../../src/cli/compare/ReportText.js"
import { assumptions } from "../../../src/contract/Assumptions.js"
import { Assumed, type EmbeddedConfig } from "../../../src/embedded.js"
import * as Systems from "./Systems.js"

type Config = EmbeddedConfig.EmbeddedConfig

const patience = 180_000

/** Every value of every switch that is not the default, with the probe that has to find it. */
const turned: ReadonlyArray<readonly [config: Config, probe: string]> = [
  [{ assumed: { attributeTypes: "unchecked" } }, "attribute-types"],
  [{ assumed: { consentsOnUpdate: "replaced" } }, "customer-merge, consents"],
  [{ assumed: { consentTime: "asGiven" } }, "consent-time"],
  [{ assumed: { deletedTerms: "shown" } }, "get-of-deleted"],
  [{ assumed: { duplicateAnswer: "bare" } }, "duplicate-answer"],
  [{ assumed: { equalTags: "refused" } }, "equal-tags"],
  [{ assumed: { equalToken: "moved" } }, "token-unique"],
  [{ assumed: { hmacSecrets: "hidden" } }, "hmac-secrets"],
  [{ assumed: { locationUpdate: "replaced" } }, "location-merge"],
  [{ assumed: { lookUpToken: "required" } }, "look-up-token"],
  [{ assumed: { metadataOnUpdate: "replaced" } }, "metadata-on-update"],
  [{ assumed: { objectsOnUpdate: "merged" } }, "customer-merge"],
  [{ assumed: { phoneUniqueWithin: "account" } }, "phone-unique-per-type"],
  [{ assumed: { pinAtLogin: "accepted" } }, "pin-at-login"],
  [{ assumed: { settingsUpdate: "whole" } }, "settings-merge"],
  [{ assumed: { tokensOfDeleted: "deleted" } }, "delete-tokens-default"],
  [{ assumed: { unknownTag: "ignored" } }, "unknown-tag"],
  [{ assumed: { unverifiedPhoneChange: 403 } }, "verified-phone-change"],
  [{ assumed: { wrongRefreshToken: 400 } }, "wrong-credential-answer, refresh token"],
  [{ assumed: { wrongRefreshToken: 401 } }, "wrong-credential-answer, refresh token"],
  [{ assumed: { wrongVerificationCode: 403 } }, "wrong-verification-code"],
  [{ wrongCredentialStatus: 400 }, "wrong-credential-answer"],
  [{ wrongCredentialStatus: 401 }, "wrong-credential-answer"],
  [{ refreshTokens: { rotation: "strict" } }, "refresh-token-rotation"],
  [{ refreshTokens: { rotation: "grace" } }, "refresh-token-rotation"],
  [{ refreshTokens: { rotation: "until-used" } }, "refresh-token-rotation"]
]

/** Choices about partners, providers and the people who administer an account. A comparison does not ask about them, see `Register.ts`. */
const notCompared = ["accountUserUpdate", "adminGives", "exchangeAudience", "oidcUser", "roleUpdate"]

/** Such as `unknownTag ignored`. */
const comparedValues = (from: number) =>
  Object.entries(Assumed.values).flatMap(([name, values]) =>
    notCompared.includes(name) ? [] : values.slice(from).map((value) => `${name} ${value}`)
  )

/** What follows from a rotation besides. It has no switch of its own, and agrees when the rotation does. */
const follows = ({ refreshTokens }: Config): ReadonlyArray<string> => (refreshTokens === undefined ? [] : ["refresh-token-reuse"])

/** A hidden key cannot be put back, so the settings are not touched. */
const notAsked = ({ assumed }: Config): ReadonlyArray<string> => (assumed?.hmacSecrets === "hidden" ? ["settings-merge"] : [])

/** Multi-factor authentication is off in these settings. */
const alwaysUnclear = ["mfa-at-login"]

const check = (config: Config, found: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const service = yield* Systems.start(config)
    const { report } = yield* Systems.compare(service)
    assert.sameMembers(Systems.differences(report).map(Systems.nameOf), [...found, ...follows(config)])
    assert.sameMembers(
      Systems.unclear(report).map(([name]) => name),
      [...alwaysUnclear, ...notAsked(config)]
    )
    for (const row of Systems.differences(report)) {
      assert.strictEqual(row.change === null, row.assumption === "refresh-token-reuse", `${Systems.nameOf(row)} names no switch`)
    }
    assert.deepInclude({ ...report.embedded_config, assumed: undefined }, { ...config, assumed: undefined })
    assert.deepInclude(report.embedded_config.assumed, config.assumed ?? {})
    assert.deepStrictEqual(report.leftovers, [])
    return { report, service }
  })

const checkAgain = (config: Config, found: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const { report, service } = yield* check(config, found)
    // A third system with the configuration that was written is no different.
    const { report: again } = yield* Systems.compare(service, report.embedded_config)
    assert.deepStrictEqual(Systems.differences(again), [])
    assert.deepStrictEqual(again.embedded_config, report.embedded_config)
  })

describe("compare", () => {
  it.scopedLive(
    "finds no difference between two systems that are the same, and every probe has an answer",
    () =>
      Effect.gen(function* () {
        const { report: plain } = yield* Systems.compare(yield* Systems.start())
        assert.deepStrictEqual(Systems.differences(plain), [])
        assert.deepStrictEqual(Systems.unclear(plain), [
          ["mfa-at-login", "The service: The settings have multi-factor authentication off"]
        ])
        const { report: mfa } = yield* Systems.compare(yield* Systems.start({}, Systems.withMfa))
        assert.deepStrictEqual(Systems.differences(mfa), [])
        const isClear = mfa.rows.find(({ assumption }) => assumption === "mfa-at-login")
        assert.deepInclude(isClear, { verdict: "agree", ours: "refused with 403" })
      }),
    patience
  )

  it("has a case for every value of every switch", () => {
    const cases = turned.flatMap(([{ assumed }]) => Object.entries(assumed ?? {}).map(([name, value]) => `${name} ${value}`))
    assert.sameMembers(cases, comparedValues(1))
  })

  for (const [config, probe] of turned) {
    it.scopedLive(`finds ${JSON.stringify(config)} and nothing else`, () => check(config, [probe]), patience)
  }

  it.scopedLive(
    "finds every switch that is turned at the same time, and nothing else; a system with the configuration that it writes is no different",
    () => {
      // The keys are shown here, because the settings could not be put back otherwise.
      const all = turned.filter(([{ assumed }]) => assumed?.hmacSecrets === undefined)
      const config: Config = {
        assumed: Object.assign({}, ...all.map(([{ assumed }]) => assumed)),
        wrongCredentialStatus: 401,
        refreshTokens: { rotation: "strict" }
      }
      return checkAgain(config, [...new Set(all.map(([, probe]) => probe))])
    },
    patience
  )
})

describe("the register of the comparison", () => {
  it("has either probes or a reason for each assumption", () => {
    for (const { assumption, probes, why } of decisions) {
      assert.strictEqual(probes.length === 0, why !== undefined, `${assumption.id} needs a probe or a reason, and not both`)
    }
    const known = assumptions.map(({ id }) => id)
    assert.includeMembers(known, Object.keys(notProbed))
    assert.includeMembers(
      known,
      probes.map(({ assumption }) => assumption)
    )
  })

  it("has no two probes of the same name", () => {
    const names = probes.map(({ aspect, assumption }) => `${assumption} ${aspect}`)
    assert.lengthOf(new Set(names), names.length)
  })

  it("has a switch of a probe for every choice of the embedded system", () => {
    const switched = probes.flatMap(({ switches }) =>
      Object.values(switches).flatMap((config) =>
        Object.entries(config?.assumed ?? {}).map(([name, value]) => `${name} ${value}`)
      )
    )
    assert.sameMembers(switched, comparedValues(0))
    assert.includeMembers(Object.keys(Assumed.values), notCompared)
  })
})

describe("a report", () => {
  it.scopedLive(
    "has no secret and no data of the account in it, and neither has what is printed",
    () =>
      Effect.gen(function* () {
        const service = yield* Systems.start({ assumed: { unknownTag: "ignored" } })
        const { report } = yield* Systems.compare(service)
        const text = JSON.stringify(Report.encode(report)) + ReportText.text(report)
        for (const secret of [
          Systems.account,
          Systems.clientSecret,
          Systems.hmacKey,
          ...Object.values(Systems.person),
          "eyJ",
          "a-client"
        ]) {
          assert.notInclude(text, secret)
        }
        // No email, number of a telephone, id or token either, whoever made it.
        assert.notMatch(text, /@|\+\d{6}|[0-9a-f]{8}-[0-9a-f]{4}-|[\w-]{40}/)
      }),
    patience
  )
})
