/** The known vulnerabilities of the packages, as `npm audit --json` reports them, and which of them are explained. */

export interface Explained {
  /** Such as `GHSA-xxxx-xxxx-xxxx`. */
  readonly advisory: string
  /** Why nobody is at risk who uses this package or works on it. */
  readonly reason: string
  /** The last day on which the reason is taken as it is, such as `2027-01-31`. */
  readonly expires: string
}

interface Advisory {
  readonly name: string
  readonly title: string
  readonly severity: string
  readonly url: string
  readonly range: string
}

/** An entry names other packages by text, and has its own advisories as objects. */
interface Report {
  readonly vulnerabilities?: Readonly<Record<string, { readonly via: ReadonlyArray<string | Advisory> }>>
}

/** None when the text is no report: the registry could not be asked. */
export const advisoriesOf = (text: string): ReadonlyArray<Advisory> | undefined => {
  const report = ((): Report => {
    try {
      return JSON.parse(text) as Report
    } catch {
      return {}
    }
  })()
  if (report.vulnerabilities === undefined) return undefined
  const found = Object.values(report.vulnerabilities).flatMap(({ via }) => via.filter((cause) => typeof cause !== "string"))
  return [...new Map(found.map((advisory) => [`${advisory.url} ${advisory.name}`, advisory])).values()]
}

const idOf = ({ url }: Advisory): string => url.split("/").at(-1) ?? url

/** What is wrong on a day: advisories without an explanation, explanations that are out of date, and those of which nothing is left. */
export const problemsOf = (
  advisories: ReadonlyArray<Advisory>,
  explained: ReadonlyArray<Explained>,
  day: string
): ReadonlyArray<string> => [
  ...advisories.flatMap((advisory) => {
    const explanation = explained.find((each) => each.advisory === idOf(advisory))
    if (explanation !== undefined && explanation.expires >= day) return []
    const why = explanation === undefined ? "not explained" : `explained until ${explanation.expires} only`
    return [`${idOf(advisory)} (${advisory.severity}): ${advisory.name} ${advisory.range}: ${advisory.title}; ${why}`]
  }),
  ...explained
    .filter((each) => !advisories.some((advisory) => idOf(advisory) === each.advisory))
    .map((each) => `${each.advisory} is explained, but no package has it any more`)
]
