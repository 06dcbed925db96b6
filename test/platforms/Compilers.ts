/**
 * The versions of TypeScript that `npm run check:platforms` compiles a user's program with, and the options, as docs/platforms.md shows them.
 */
export interface CompilerOptions {
  readonly moduleResolution: "node16" | "nodenext" | "bundler"
  readonly exactOptionalPropertyTypes: boolean
}

const resolutions = ["node16", "nodenext", "bundler"] as const

const all: ReadonlyArray<CompilerOptions> = resolutions.flatMap((moduleResolution) =>
  [true, false].map((exactOptionalPropertyTypes) => ({ moduleResolution, exactOptionalPropertyTypes }))
)

/**
 * The oldest version that the library promises, the newest, and the one between them. The first two have to compile with all options. The other
 * one has two combinations, because a compilation takes ten seconds.
 */
export const compilers = {
  "5.9": { version: "5.9.3", options: all },
  "6.0": {
    version: "6.0.3",
    options: [
      { moduleResolution: "nodenext", exactOptionalPropertyTypes: false },
      { moduleResolution: "bundler", exactOptionalPropertyTypes: true }
    ]
  },
  "7.0": { version: "7.0.2", options: all }
} satisfies Readonly<Record<string, { readonly version: string; readonly options: ReadonlyArray<CompilerOptions> }>>

export type CompilerName = keyof typeof compilers

const settingsOf = (options: ReadonlyArray<CompilerOptions>, resolution: CompilerOptions["moduleResolution"]): string =>
  options
    .filter(({ moduleResolution }) => moduleResolution === resolution)
    .map(({ exactOptionalPropertyTypes }) => (exactOptionalPropertyTypes ? "with" : "without"))
    .join(", ") || "not tested"

/** For docs/platforms.md: with which setting of `exactOptionalPropertyTypes` each resolution of modules is compiled. */
export const table = (): string =>
  [
    `| TypeScript | ${resolutions.map((resolution) => `\`${resolution}\``).join(" | ")} |`,
    `|---${"|---".repeat(resolutions.length)}|`,
    ...Object.values(compilers).map(
      ({ options, version }) => `| ${version} | ${resolutions.map((resolution) => settingsOf(options, resolution)).join(" | ")} |`
    )
  ].join("\n")
