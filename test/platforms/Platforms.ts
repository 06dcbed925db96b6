/**
 * The platforms that `npm run check:platforms` runs the package on, as docs/platforms.md shows them.
 */
import { coreTransports } from "./Script.js"

export interface Platform {
  readonly title: string
  readonly works: string
  readonly transports: ReadonlyArray<string>
  readonly how: string
}

const program = "the script as a program of its own, with the packed package"

const node = (version: number): Platform => ({
  title: `Node ${version}`,
  works: "everything: the core, sessions in files and Redis, the embedded system, the command",
  transports: [...coreTransports, "UndiciTransport"],
  how: version === 20 ? `${program}; all tests` : `${program}; the tests of the embedded system`
})

export const platforms = {
  "node-20": node(20),
  "node-22": node(22),
  "node-24": node(24),
  bun: {
    title: "Bun",
    works: "the core; the embedded system in process",
    transports: [...coreTransports, "UndiciTransport"],
    how: `${program}; \`test/bun\``
  },
  deno: {
    title: "Deno",
    works: "the core, with no other permission than `--allow-net`; `UndiciTransport` needs `--allow-env` too",
    transports: [...coreTransports, "UndiciTransport"],
    how: program
  },
  chromium: {
    title: "Browsers",
    works: "the core, also from a page of another origin. See [below](#in-a-browser) about credentials",
    transports: coreTransports,
    how: "the script, bundled with Vite, in a page of Chromium"
  },
  workerd: {
    title: "Cloudflare Workers",
    works: "the core, with [`isolateRequests`](tokens.md#cloudflare-workers)",
    transports: coreTransports,
    how: "the script, bundled with esbuild, in workerd; `test/workers`"
  }
} satisfies Readonly<Record<string, Platform>>

export type PlatformName = keyof typeof platforms

/** For docs/platforms.md. */
export const table = (): string =>
  [
    "| platform | what works | transports | how it is tested |",
    "|---|---|---|---|",
    ...Object.values<Platform>(platforms).map(
      ({ how, title, transports, works }) =>
        `| ${title} | ${works} | ${transports.map((name) => `\`${name}\``).join(", ")} | ${how} |`
    )
  ].join("\n")
