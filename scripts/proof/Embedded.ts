/**
 * The claims of the embedded system as an instrument: clock, outbox, reproducibility, faults, snapshots, instances, the page, three ways in.
 */
import { byFigure, byTests } from "./Evidence.js"
import type { Proof } from "./Proof.js"

const clock = "test/embedded/controls/Clock.test.ts"
const outbox = "test/embedded/controls/OutboxOverHttp.test.ts"
const sameSeed = "test/embedded/system/SameSeed.test.ts"
const faults = "test/embedded/controls/Faults.test.ts"
const snapshots = "test/embedded/controls/Snapshots.test.ts"
const isolation = "test/embedded/system/Isolation.test.ts"

export const embedded: Proof = {
  tests: [clock, outbox, sameSeed, faults, snapshots, isolation, "test/inspector", "test/behaviour"],
  benches: ["embedded", "instances"],
  *rows(evidence) {
    const { testsOf } = evidence
    for (const [way, test] of [
      ["clock.advance", "runs ahead of it: a token expires"],
      ["TestClock.adjust", "follows the clock of a test"]
    ] as const) {
      yield byTests(evidence, `a 24 h token expires under ${way}`, "refused and renewed as the side knows", testsOf(clock, test))
      yield byFigure(
        evidence,
        `a 24 h token expires under ${way}: the whole test, with its system`,
        "< 50 ms",
        ["embedded", `a 24 h token expires under ${way}, a whole test: worst of 20`],
        (value) => value < 50,
        { worst: 150, tried: "nothing of it waits: it is CPU time, and a machine of half the speed takes twice as long" }
      )
    }
    for (const way of ["in process", "over a port"]) {
      yield byFigure(
        evidence,
        `send → awaitNext, ${way}: from the call that sends to the message, 1,000 times after 50`,
        "p99 < 5 ms",
        ["embedded", `from sending a message to its awaitNext, ${way}: p99 of 1,000`],
        (value) => value < 5,
        { worst: 15, tried: "no polling: it is CPU time of two requests, and a machine of half the speed takes twice as long" }
      )
    }
    yield byTests(evidence, "awaitNext does not poll, over a port", "1 control request for each message", testsOf(outbox))
    yield byTests(
      evidence,
      "same seed, same calls: byte-identical, twice in this process and in two others; another seed: not",
      "1 trace of 4, and another",
      testsOf(sameSeed)
    )
    yield byTests(
      evidence,
      "same fault script and seed: same fault sequence and same ends, 1,000 calls, twice",
      "the same",
      testsOf(faults, "the same script and seed")
    )
    yield byTests(
      evidence,
      "every fault kind maps to one client error tag, in process and on a port",
      "each, both ways",
      ["faults in process > ", "faults on a port > "].flatMap((group) => testsOf(faults, group))
    )
    yield byTests(
      evidence,
      "snapshot restore: exactly what was",
      "the same again",
      testsOf(snapshots, "restores exactly the earlier state")
    )
    yield byFigure(
      evidence,
      "snapshot restore with 1,000 customers, in process",
      "< 10 ms",
      ["embedded", "restoring a snapshot with 1,000 customers: p95 of 50"],
      (value) => value < 10,
      { worst: 30, tried: "one statement for each table: it is CPU time, and a machine of half the speed takes twice as long" }
    )
    yield byFigure(
      evidence,
      "start in process, 1,000 instances that run at once",
      "< 100 ms each",
      ["instances", "start of 1,000 at once: worst"],
      (value) => value < 100,
      { worst: 250, tried: "less garbage in each start: a collection of all of it can fall into one of them on a busy machine" }
    )
    yield byTests(evidence, "no cross-talk among instances: settings, journal, clock, tokens", "0", testsOf(isolation))
    yield byTests(
      evidence,
      "the page, driven in real Chromium: a code arrives, clock, fault, snippet, keyboard; axe-core",
      "all, 0 violations",
      testsOf("test/inspector")
    )
    for (const way of ["in process", "on a port", "started by the command"]) {
      yield byTests(evidence, `one behaviour suite: ${way}`, "all green", testsOf("test/behaviour", `${way} > `))
    }
  }
}
