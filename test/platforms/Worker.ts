/**
 * The script in a Cloudflare Worker: a request brings what it is given, and gets its result.
 */
import { type Given, run, transportOf } from "./Script.js"

export default {
  fetch: async (request: Request): Promise<Response> => {
    const given: Given = await request.json()
    return Response.json(await run(given, transportOf(given.transport)))
  }
}
