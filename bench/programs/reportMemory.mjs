/** To be imported before a server that runs with `--expose-gc`: reports the memory of its process, in bytes, whenever the parent asks. */
import { setTimeout } from "node:timers/promises"

const most = { rss: 0 }
const look = () => {
  most.rss = Math.max(most.rss, process.memoryUsage.rss())
}
setInterval(look, 50).unref()

process.on("message", async (message) => {
  if (message !== "memory") return
  look()
  const peak = most.rss
  // A second time, for what the first one has found to be free.
  for (let i = 0; i < 2; i++) {
    globalThis.gc?.()
    await setTimeout(100)
  }
  const { external, heapUsed, rss } = process.memoryUsage()
  process.send?.({ external, heapUsed, rss, peak })
})
