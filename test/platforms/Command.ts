/**
 * The script as a program of Node, Bun or Deno: takes what it is given as one argument, and prints one line of JSON.
 */
import process from "node:process"
import { type Given, run, transportOf } from "./Script.js"

// Seam: written by scripts/check-platforms.ts as this type.
const given = JSON.parse(process.argv[2] ?? "") as Given

// Needs the package `undici`, which is there only when it is asked for.
const transport =
  given.transport === "UndiciTransport"
    ? (await import("effect-dintero/undici")).UndiciTransport.layer
    : transportOf(given.transport)

console.log(JSON.stringify(await run(given, transport)))
