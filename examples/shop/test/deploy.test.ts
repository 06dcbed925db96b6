/**
 * What the image and the services are made of. No container is started here.
 */
import { execFileSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { assert, it } from "@effect/vitest"
import { validate } from "dockerfile-utils"

const pathOf = (name: string) => fileURLToPath(new URL(`../${name}`, import.meta.url))

const dockerfile = readFileSync(pathOf("Dockerfile"), "utf8")

/** The lines of a stage of the image. */
const stage = (name: string) => {
  const [, text = ""] = dockerfile.split(new RegExp(`^FROM \\S+ AS ${name}$`, "m"))
  return (text.split(/^FROM /m)[0] ?? "").split("\n")
}

it("the Dockerfile is valid", () => {
  assert.deepStrictEqual(
    validate(dockerfile).map(({ message, range }) => `${range.start.line + 1}: ${message}`),
    []
  )
})

for (const name of ["shop", "dintero"]) {
  it(`the image ${name} runs without a shell, not as root, and says whether it is healthy`, () => {
    const lines = stage(name)
    const place = (start: RegExp) => lines.findIndex((line) => start.test(line))
    assert.isAbove(place(/^CMD \["/), place(/^USER node$/))
    assert.isAbove(place(/^USER node$/), -1)
    assert.isAbove(place(/^HEALTHCHECK .* CMD \["/), -1)
  })
}

it("compose.yaml is valid", () => {
  execFileSync(pathOf("node_modules/.bin/dclint"), ["--max-warnings", "0", pathOf("compose.yaml")], { stdio: "pipe" })
})

it("no image has a secret", () => {
  const secrets = [...readFileSync(pathOf("compose.yaml"), "utf8").matchAll(/^\s+(\w*(?:_KEY|PASSWORD)): (.*)$/gm)]
  assert.isNotEmpty(secrets)
  for (const [line, , value = ""] of secrets) assert.match(value, /^\$\{\w+:\?/, line)
  assert.notMatch(dockerfile, /_KEY|PASSWORD|SECRET/)
})
