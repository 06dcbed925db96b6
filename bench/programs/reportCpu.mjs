/**
 * To be imported before a server: reports the CPU time of its process, in µs, whenever the parent asks. It also records where that time goes:
 * from the message `record` on, until the message `recorded`, whose reply has the profile.
 */
import { Session } from "node:inspector/promises"

/** Often enough for a function that takes a few µs of each of many requests. */
const samplingMicros = 200

let session

const record = async () => {
  session = new Session()
  session.connect()
  await session.post("Profiler.enable")
  await session.post("Profiler.setSamplingInterval", { interval: samplingMicros })
  await session.post("Profiler.start")
  process.send?.("recording")
}

const recorded = async () => {
  const { profile } = await session.post("Profiler.stop")
  session.disconnect()
  process.send?.({ profile })
}

process.on("message", (message) => {
  if (message === "cpu") {
    const { system, user } = process.cpuUsage()
    process.send?.({ cpu: system + user })
  }
  if (message === "record") void record()
  if (message === "recorded") void recorded()
})
