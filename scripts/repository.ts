/** `npm run repository -- https://github.com/someone/effect-dintero`: says where the project lives, in package.json and in the pages. */
import { move, problems } from "./lib/Repository.js"

const address = process.argv[2]?.replace(/\.git$|\/$/, "")
if (address === undefined || !/^https:\/\/[^/]+\/[^/]+\/[^/]+$/.test(address)) {
  console.error("Give the address of the repository, such as https://github.com/someone/effect-dintero.")
  process.exitCode = 2
} else {
  move(address)
  const left = problems()
  console.log(left.length === 0 ? `The project lives at ${address}.` : left.join("\n"))
  process.exitCode = left.length === 0 ? 0 : 1
}
