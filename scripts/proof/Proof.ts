import type { Name } from "../../bench/Benches.js"
import type { Evidence } from "./Evidence.js"
import type { Row } from "./Table.js"

/** A proof measures nothing itself. It names the tests and benches that do, and makes rows of their results. */
export interface Proof {
  /** Files and folders of tests. */
  readonly tests: ReadonlyArray<string>
  readonly benches: ReadonlyArray<Name>
  readonly rows: (evidence: Evidence) => Iterable<Row>
}
