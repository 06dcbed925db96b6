/** `npm run proof -- timing`: whether the time of a refused login tells who has an account. It takes minutes and a quiet machine. */
import { byFigure } from "./Evidence.js"
import type { Proof } from "./Proof.js"

export const timing: Proof = {
  tests: [],
  benches: ["login-timing"],
  *rows(evidence) {
    yield byFigure(
      evidence,
      "status and body of 2,000 refused logins of all kinds",
      "1",
      ["login-timing", "different answers to refused logins"],
      (value) => value === 1
    )
    for (const path of ["unknown user", "no password set", "may not log in"]) {
      const claim = `time of a login, ${path} beside wrong password, 500 times each`
      const name = `${path} beside wrong password`
      yield byFigure(
        evidence,
        claim,
        "medians differ < 5 %",
        ["login-timing", `${name}: difference of the medians`],
        (value) => value < 5
      )
      yield byFigure(
        evidence,
        claim,
        "Kolmogorov-Smirnov p > 0.01",
        ["login-timing", `${name}: probability of Kolmogorov and Smirnov`],
        (value) => value > 0.01
      )
    }
  }
}
