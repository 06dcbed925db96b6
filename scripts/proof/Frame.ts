/** The claims of the frame for eighty operations. */
import { byFigure, byTests, eachTest } from "./Evidence.js"
import type { Proof } from "./Proof.js"

const trial = "test/frame/trial.test.ts"
const conformance = "test/conformance"
const postgres = "test/cli/postgres.test.ts"
const migrations = "test/embedded/storage/Migrations.test.ts"

export const frame: Proof = {
  tests: [trial, conformance, postgres, migrations],
  benches: ["operations", "before"],
  *rows(evidence) {
    const { testsOf } = evidence
    yield* eachTest(
      evidence,
      "the trial operation tags.list: ",
      () => "≤ 5 files touched; each missing one is a compile error",
      testsOf(trial)
    )
    yield byFigure(
      evidence,
      "import of effect-dintero with 30 more operations, beside today's: CPU time",
      "≤ 1.1 ×",
      ["operations", "import with 30 more operations"],
      (value) => value <= 1.1
    )
    for (const program of ["the same program", "a program that also calls six of them"]) {
      yield byFigure(
        evidence,
        `type-check of a user's program with 30 more operations, beside today's: ${program}, CPU time`,
        "≤ 1.3 ×",
        ["operations", `type-check with 30 more operations, ${program}`],
        (value) => value <= 1.3
      )
      yield byFigure(
        evidence,
        `types that the compiler makes for ${program}`,
        "nothing asked",
        ["operations", `types with 30 more operations, ${program}`],
        () => true
      )
    }
    for (const target of ["in process", "over a port", "on PostgreSQL"]) {
      yield byTests(evidence, `conformance, ${target}`, "all green, 0 skipped", testsOf(conformance, target))
    }
    yield byTests(
      evidence,
      "two serve processes on one PostgreSQL: 64 concurrent rotations, strict",
      "1 successor, family rule",
      testsOf(postgres, "rotate a refresh token once")
    )
    yield byTests(evidence, "files of version 3 migrate", "0 rows lost", testsOf(migrations, "a file of version 3 > "))
    yield byTests(
      evidence,
      "kill -9 during a migration, 10 rounds",
      "readable by one of the two versions, 0 rows lost",
      testsOf(migrations, "a process that is killed while it migrates a file > ")
    )
    yield byFigure(
      evidence,
      "settings.get in process, beside the commit before: CPU time",
      "≤ 1.05 ×",
      ["before", "settings.get in process: CPU time"],
      (value) => value <= 1.05,
      {
        worst: 1.5,
        tried:
          "a profile of both. The commits before the frame have 1.13 ×: a timer for each call that ends with it, and one more FiberRef, which tells when a request is written. The rest is garbage collection."
      }
    )
    yield byFigure(
      evidence,
      "embedded system in process, start, beside the commit before: CPU time",
      "≤ 1.1 ×",
      ["before", "start of an embedded system: CPU time"],
      (value) => value <= 1.1,
      {
        worst: 2.8,
        tried:
          "services without layers, and a route table and codecs that all systems of a process share. Also two transactions fewer at the start. Without the tables of the two whole APIs, a quiet machine had 1.11 ×."
      }
    )
    yield byFigure(
      evidence,
      "embedded system in process, memory of an instance, beside the commit before",
      "≤ 1.1 ×",
      ["before", "memory of an embedded system"],
      (value) => value <= 1.1,
      {
        worst: 2.8,
        tried:
          "the same, and pages of 1 KiB for a database in memory. The 20 tables of the two whole APIs with their indices take the most: an instance had 1.1 × without them."
      }
    )
  }
}
