/** Which licences a package may have that a user installs with this one. */
import satisfies from "spdx-satisfies"
import type { Component } from "./Sbom.js"

/** They ask for no more than a notice. */
const allowed = ["0BSD", "Apache-2.0", "BlueOak-1.0.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "ISC", "MIT"]

export const licenceOf = ({ licenses = [] }: Component): string | undefined => {
  const [first, ...others] = licenses
  return others.length > 0 ? undefined : (first?.expression ?? first?.license?.id ?? first?.license?.name)
}

const isAllowed = (licence: string): boolean => {
  try {
    return satisfies(licence, allowed)
  } catch {
    // No expression of SPDX, such as "SEE LICENSE IN x".
    return false
  }
}

/** The packages whose licence is not allowed or not said. */
export const problemsOf = (components: ReadonlyArray<Component>): ReadonlyArray<string> =>
  components.flatMap((component) => {
    const licence = licenceOf(component)
    return licence !== undefined && isAllowed(licence)
      ? []
      : [`${component.name} ${component.version} has ${licence === undefined ? "no single licence" : `the licence ${licence}`}.`]
  })

/** How many packages have which licence, the most frequent first. */
export const summary = (components: ReadonlyArray<Component>): string => {
  const counts = new Map<string, number>()
  for (const licence of components.map(licenceOf)) counts.set(licence ?? "none", (counts.get(licence ?? "none") ?? 0) + 1)
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([licence, count]) => `${count} ${licence}`)
    .join(", ")
}
