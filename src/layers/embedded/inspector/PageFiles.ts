/**
 * The files of the page, from beside this module. The build puts a module in the place of this one that has them in it, so that the
 * page is in every bundle of the package.
 */
import { readFile } from "node:fs/promises"

export const read = (name: string): Promise<string> => readFile(new URL(name, import.meta.url), "utf8")
