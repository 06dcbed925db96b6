/**
 * Every export of every public module says since which version there is it (`@since`) and where it belongs (`@category`), and so does each
 * module itself (`@since`). A version is not later than the one that comes next, which pending changesets make.
 */
import { nextVersion } from "./lib/NextVersion.js"
import { buildConfig, publicModules } from "./lib/PublicModules.js"
import { judgeModules } from "./lib/Since.js"

const { version } = await nextVersion()
const paths = publicModules().map(({ path }) => path)
const { count, problems } = judgeModules(paths, buildConfig().options, version)

if (problems.length > 0) {
  console.error(problems.join("\n"))
  process.exitCode = 1
} else {
  console.log(`${count} exports and modules, none newer than ${version}`)
}
