// Which room may import which, as the design draws it:
//   schemas <- contract <- services <- layers <- cli;  policies <- layers;  internal below all of them
// A rule reads: from these files, nothing but those.

/** Files outside the core: they may use Node and the optional peers. */
const beyondCore = "^src/(layers/(embedded|undici)/|layers/stores/RedisStore\\.ts$|cli/|(embedded|redis|undici)\\.ts$)"
/** The optional peers, and nothing that only starts like one. */
const optionalPeers =
  "(^|/)node_modules/(@effect/(cli|printer|printer-ansi|typeclass|experimental|platform-node|platform-node-shared|sql|sql-pg|cluster|rpc|workflow)|jose|libsql|@libsql|oauth4webapi|@redis/client|undici)/"

const effect = "(^|/)node_modules/effect/"
const platform = "(^|/)node_modules/@effect/platform/"
const only = (name, room, comment, allowed) => ({
  name,
  severity: "error",
  comment,
  from: { path: room },
  to: { pathNot: [room, ...allowed] }
})

/** The rooms of the embedded system: one may import itself, those that are named, and everything outside of the system. */
const embedded = (room, comment, allowed) => ({
  name: `embedded-${room}`,
  severity: "error",
  comment,
  from: { path: `^src/layers/embedded/${room}/` },
  to: {
    path: "^src/layers/embedded/",
    pathNot: [room, ...allowed].map((name) => `^src/layers/embedded/${name}/`)
  }
})

/** @type {import("dependency-cruiser").IConfiguration} */
export default {
  forbidden: [
    {
      name: "no-cycle",
      severity: "error",
      comment: "Two files that import each other, types included, are one file or lack a third.",
      from: {},
      to: { circular: true }
    },
    {
      name: "no-unresolved",
      severity: "error",
      comment: "The import names nothing that is installed or written.",
      from: {},
      to: { couldNotResolve: true }
    },

    only("schemas", "^src/schemas/", "schemas are pure data: effect, and one another.", [effect]),
    only("contract", "^src/contract/", "contract imports schemas.", ["^src/schemas/", effect, platform]),
    only("policies", "^src/policies/", "policies are values: schemas and helpers at most, and no HTTP.", [
      "^src/(schemas|internal)/",
      effect
    ]),
    only("services", "^src/services/", "services import contract, schemas and policies.", [
      "^src/(contract|schemas|policies)/",
      effect,
      platform
    ]),
    only("internal", "^src/internal/", "internal imports nothing above schemas.", ["^src/schemas/", effect, platform]),
    {
      name: "layers",
      severity: "error",
      comment: "layers import contract, services, policies, schemas and internal; never the command or the public entries.",
      from: { path: "^src/layers/" },
      to: { path: "^src/", pathNot: "^src/(layers|contract|services|policies|schemas|internal)/" }
    },
    embedded("storage", "storage knows tables and databases, and no concept of the API.", ["system"]),
    embedded(
      "rooms",
      "A room imports storage, and what it sends messages to and reads the time from; it does not know how it is served.",
      ["storage", "system", "controls/(outbox|clock)"]
    ),
    embedded("seed", "seed asks the rooms for what they start with.", ["rooms", "storage", "system"]),
    embedded("controls/(clock|outbox|faults)", "Rooms use them, so they know no room.", ["controls", "storage", "system"]),
    embedded("controls", "controls change and show what the rooms have. The server asks them, never the other way round.", [
      "rooms",
      "seed",
      "storage",
      "system"
    ]),
    embedded("serving", "serving turns requests into calls of rooms, and their answers into responses.", [
      "controls",
      "rooms",
      "inspector",
      "system"
    ]),
    {
      name: "embedded-inspector",
      severity: "error",
      comment: "The page knows the system by its HTTP interface alone, and of the controls the types of what they answer.",
      from: { path: "^src/layers/embedded/inspector/" },
      to: {
        path: "^src/layers/embedded/",
        pathNot: "^src/layers/embedded/inspector/",
        dependencyTypesNot: ["type-only"]
      }
    },
    {
      name: "embedded-composition",
      severity: "error",
      comment: "The system is put together in one place, which only the start imports.",
      from: { path: "^src/", pathNot: "^src/layers/embedded/DinteroEmbedded\\.ts$" },
      to: { path: "^src/layers/embedded/system/Services\\.ts$" }
    },
    {
      name: "embedded-start",
      severity: "error",
      comment: "Inside the embedded system nothing imports its start.",
      from: { path: "^src/layers/embedded/" },
      to: { path: "^src/layers/embedded/DinteroEmbedded\\.ts$" }
    },
    {
      name: "entries",
      severity: "error",
      comment:
        "index.ts, embedded.ts, redis.ts and undici.ts are for callers. Inside src, import the file itself (the command may use them).",
      from: { path: "^src/", pathNot: "^src/(cli/|(embedded|redis|undici)\\.ts$)" },
      to: { path: "^src/(index|embedded|redis|undici)\\.ts$" }
    },
    {
      name: "src-stands-alone",
      severity: "error",
      comment: "src imports nothing from tests, benchmarks, examples, scripts or the built package.",
      from: { path: "^src/" },
      to: { path: "^(test|bench|examples|scripts|dist)/" }
    },
    {
      name: "examples-use-the-package",
      severity: "error",
      comment: "An example imports effect-dintero as a reader would, from its entries.",
      from: { path: "^examples/" },
      to: { path: "^src/", pathNot: "^src/(index|embedded|redis|undici)\\.ts$" }
    },

    {
      name: "core-no-node",
      severity: "error",
      comment: "The core runs in a browser and in a worker: nothing from node:.",
      from: { path: "^src/", pathNot: beyondCore },
      to: { dependencyTypes: ["core"] }
    },
    {
      name: "core-no-optional-peer",
      severity: "error",
      comment: "The core needs effect and @effect/platform, nothing else.",
      from: { path: "^src/", pathNot: beyondCore },
      to: { path: optionalPeers }
    },
    {
      name: "core-reaches-nothing-beyond",
      severity: "error",
      comment:
        "Whoever imports effect-dintero must not load the embedded system or a transport, not even by way of another file.",
      from: { path: "^src/index\\.ts$" },
      to: { path: [beyondCore, optionalPeers], reachable: true }
    },
    {
      name: "peers-only",
      severity: "error",
      comment:
        "src imports only what package.json lists as a peer; a devDependency is not there for a user. The inspector page is bundled by the build, with the libraries that it uses.",
      from: { path: "^src/", pathNot: "^src/layers/embedded/inspector/(page/|PageFiles\\.ts$)" },
      to: {
        dependencyTypes: ["npm", "npm-dev", "npm-no-pkg", "npm-unknown"],
        dependencyTypesNot: ["npm-peer", "type-only"]
      }
    }
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    // An application of its own, whose packages are not installed here: `npm run check:shop` compiles it.
    exclude: { path: "^examples/shop/" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["types", "import", "default"],
      extensions: [".ts", ".js", ".mjs", ".cjs", ".d.ts", ".json", ".node"]
    }
  }
}
