/**
 * How customers log in.
 */
import * as Effect from "effect/Effect"
import * as Json from "../Json.js"
import * as Own from "../Own.js"
import { answered, isSuccess, type Probe, probe, refused } from "../Probe.js"
import { type Target, unclear } from "../Target.js"

const mfa = (target: Target): unknown => Json.at(target.settings, "users", "mfa", "enabled")

/** A login with the right password has to work first. Otherwise a refusal says nothing about the password. */
const loginWorks = (target: Target, own: Own.OwnCustomer) =>
  Effect.flatMap(Own.tryLogin(target, own, own.password), (answer) =>
    isSuccess(answer) || Json.at(answer.json, "mfa_token") !== undefined
      ? Effect.succeed(answer)
      : unclear(`A login with the right password was answered with ${answer.status}`)
  )

const mfaLogin = (target: Target, { email, password }: Own.OwnCustomer) =>
  target.call("customers.password.mfaLogin", {
    body: { type: "customer", ident_type: "email", ident: email, secret: password, audience: target.audience }
  })

export const logins: ReadonlyArray<Probe> = [
  probe({
    assumption: "wrong-credential-answer",
    asks: "Which status does a login with a wrong password get?",
    switches: {
      "refused with 400": { wrongCredentialStatus: 400 },
      "refused with 401": { wrongCredentialStatus: 401 },
      "refused with 403": { wrongCredentialStatus: 403 }
    },
    run: (target) =>
      Effect.gen(function* () {
        const own = yield* Own.customerWithPassword(target)
        yield* loginWorks(target, own)
        return answered(yield* Own.tryLogin(target, own, "not-the-password"))
      })
  }),
  probe({
    assumption: "wrong-credential-answer",
    aspect: "refresh token",
    asks: "Which status does an unknown refresh token get?",
    switches: {
      "refused with 400": { assumed: { wrongRefreshToken: 400 } },
      "refused with 401": { assumed: { wrongRefreshToken: 401 } },
      "refused with 403": { assumed: { wrongRefreshToken: 403 } }
    },
    run: (target) => Effect.map(Own.refresh(target, "effect-dintero-compare-of-nobody"), answered)
  }),
  probe({
    assumption: "pin-at-login",
    asks: "Does `login` take a PIN in the place of the password?",
    switches: {
      refused: { assumed: { pinAtLogin: "refused" } },
      accepted: { assumed: { pinAtLogin: "accepted" } }
    },
    run: (target) =>
      Effect.gen(function* () {
        const pin = "314159"
        const own = yield* Own.customerWithPassword(target, { pin })
        yield* loginWorks(target, own)
        const answer = yield* Own.tryLogin(target, own, pin)
        return isSuccess(answer) || Json.at(answer.json, "mfa_token") !== undefined ? "accepted" : "refused"
      })
  }),
  probe({
    assumption: "mfa-at-login",
    asks: "What is the answer to `login` while multi-factor authentication is on?",
    switches: {},
    run: (target) =>
      Effect.gen(function* () {
        if (mfa(target) !== true) return yield* unclear("The settings have multi-factor authentication off")
        const own = yield* Own.customerWithPassword(target)
        const answer = yield* loginWorks(target, own)
        return Json.at(answer.json, "mfa_token") === undefined ? "a session" : refused(answer)
      })
  }),
  probe({
    assumption: "mfa-login-always",
    asks: "Is the answer to `mfa_login` a challenge when multi-factor authentication is off?",
    switches: {},
    run: (target) =>
      Effect.gen(function* () {
        if (mfa(target) === true) return yield* unclear("The settings have multi-factor authentication on")
        const own = yield* Own.customerWithPassword(target)
        const answer = yield* mfaLogin(target, own)
        if (Json.at(answer.json, "mfa_token") !== undefined) return "a challenge"
        return isSuccess(answer) ? "another success" : refused(answer)
      })
  }),
  probe({
    assumption: "mfa-no-address",
    asks: "What is the answer to a challenge by SMS for a customer without a phone number?",
    switches: {},
    run: (target) =>
      Effect.gen(function* () {
        if (Json.at(target.settings, "users", "mfa", "login", "oob_channel") === "email") {
          return yield* unclear("The settings send codes by email, so that a message would be sent")
        }
        const own = yield* Own.customerWithPassword(target)
        const mfa_token = yield* Own.textAt(yield* mfaLogin(target, own), "mfa_token")
        const answer = yield* target.call("auth.mfa.challenge", {
          body: { challenge_type: "oob", oob_channel: "sms", mfa_token }
        })
        return answered(answer)
      })
  }),
  probe({
    assumption: "mfa-unknown-login",
    asks: "What is the answer to a challenge with an unknown `mfa_token`?",
    switches: {},
    run: (target) =>
      Effect.map(
        target.call("auth.mfa.challenge", { body: { challenge_type: "oob", mfa_token: "effect-dintero-compare-of-nobody" } }),
        answered
      )
  }),
  probe({
    assumption: "password-grant-user-name",
    asks: "Which values of a customer are the `username` of the password grant?",
    switches: {},
    run: (target) =>
      Effect.gen(function* () {
        const own = yield* Own.customerWithPassword(target)
        const id = yield* Own.textAt(yield* target.expect("customers.users.get", { path: { customer_id: own.customerId } }), "id")
        const names: Array<string> = []
        for (const [name, username] of [
          ["customer_id", own.customerId],
          ["id", id],
          ["email", own.email]
        ] as const) {
          const answer = yield* target.call("auth.token", {
            body: { grant_type: "password", username, password: own.password, audience: target.audience }
          })
          if (isSuccess(answer) || Json.at(answer.json, "mfa_token") !== undefined) names.push(name)
        }
        return names.length === 0 ? yield* unclear("The password grant takes none of them") : names.join(", ")
      })
  }),
  probe({
    assumption: "change-password-for-nobody",
    asks: "What is the answer to `change_password` for an email that nobody has?",
    switches: {},
    run: (target) =>
      Effect.gen(function* () {
        const email = Own.emailOf(yield* target.name("customer"))
        const answer = yield* target.call("customers.password.requestChange", {
          body: { type: "customer", email, audience: target.audience }
        })
        return answered(answer)
      })
  }),
  probe({
    assumption: "password-length",
    asks: "Which of the lengths 3, 4, 255 and 256 may a password have?",
    switches: {},
    run: (target) =>
      Effect.gen(function* () {
        const accepted: Array<number> = []
        for (const length of [3, 4, 255, 256]) {
          const answer = yield* Own.tryCustomer(target, { password: "aB3-".repeat(64).slice(0, length) })
          if (isSuccess(answer)) accepted.push(length)
        }
        return accepted.length === 0 ? "none of them" : accepted.join(", ")
      })
  })
]
