/**
 * Whether the time of a refused login tells who has an account. It takes minutes and a quiet machine, so CI does not run it. There a test
 * counts the hashes, which are as many on each path (`test/embedded/rooms/logins/Login.test.ts`).
 */
import { HttpClientRequest } from "@effect/platform"
import { Effect } from "effect"
import { DinteroEmbedded, PasswordHashing, type Seed } from "effect-dintero/embedded"
import { type Bench, median } from "./Figure.js"

const samples = 500

const [demo] = DinteroEmbedded.demoSeed.accounts
const [client] = demo.clients
const [ada] = demo.customers
const audience = `https://api.dintero.com/v1/accounts/${demo.account_id}`
const base = `http://x/v1/accounts/${demo.account_id}`

const seed: Seed.Seed = {
  accounts: [
    {
      account_id: demo.account_id,
      clients: [client],
      customers: [
        { email: ada.email, password: DinteroEmbedded.demoPassword },
        { email: "passwordless@example.com" },
        { email: "contact@example.com", type: "contact", password: DinteroEmbedded.demoPassword }
      ]
    }
  ]
}

/** Who asks, with a password that is wrong, and what the account knows of them. */
const paths = {
  "wrong password": ada.email,
  "unknown user": "nobody@example.com",
  "no password set": "passwordless@example.com",
  "may not log in": "contact@example.com"
} as const

type Path = keyof typeof paths

/** The probability that two samples of one distribution differ as much as these, by Kolmogorov and Smirnov (the asymptotic formula). */
const sameDistribution = (left: ReadonlyArray<number>, right: ReadonlyArray<number>): number => {
  const [a, b] = [[...left].sort((x, y) => x - y), [...right].sort((x, y) => x - y)]
  let [i, j, distance] = [0, 0, 0]
  while (i < a.length && j < b.length) {
    const at = Math.min(a[i] ?? 0, b[j] ?? 0)
    while (i < a.length && (a[i] ?? 0) <= at) i++
    while (j < b.length && (b[j] ?? 0) <= at) j++
    distance = Math.max(distance, Math.abs(i / a.length - j / b.length))
  }
  const size = Math.sqrt((a.length * b.length) / (a.length + b.length))
  const lambda = (size + 0.12 + 0.11 / size) * distance
  let p = 0
  for (let k = 1; k <= 100; k++) p += 2 * (k % 2 === 1 ? 1 : -1) * Math.exp(-2 * k * k * lambda * lambda)
  return Math.min(1, Math.max(0, p))
}

const measure = Effect.gen(function* () {
  // The profile of production: a fast hash would hide less.
  const { httpClient } = yield* DinteroEmbedded.make({ seed, passwordHashing: PasswordHashing.secure })
  const post = (path: string, body: unknown, authorization: string) =>
    Effect.flatMap(
      httpClient.execute(
        HttpClientRequest.post(base + path, { headers: { authorization } }).pipe(HttpClientRequest.bodyUnsafeJson(body))
      ),
      (response) => Effect.map(response.text, (text) => ({ status: response.status, text }))
    )
  const token = yield* post(
    "/auth/token",
    { grant_type: "client_credentials", audience },
    `Basic ${Buffer.from(`${client.client_id}:${client.client_secret}`).toString("base64")}`
  )
  const authorization = `Bearer ${JSON.parse(token.text).access_token}`
  const times: Record<Path, Array<number>> = {
    "wrong password": [],
    "unknown user": [],
    "no password set": [],
    "may not log in": []
  }
  const answers = new Set<string>()
  // Seam: the keys of a constant are known, and `Object.keys` types them as text.
  const names = Object.keys(paths) as Array<Path>
  for (let round = -20; round < samples; round++) {
    // In another order each time, so that a machine that slows down slows all of them down.
    const order = names.map((name) => [Math.random(), name] as const).sort(([x], [y]) => x - y)
    for (const [, name] of order) {
      const startedAt = performance.now()
      const { status, text } = yield* post(
        "/customers/login",
        { type: "customer", email: paths[name], password: "wrong", audience },
        authorization
      )
      const took = performance.now() - startedAt
      answers.add(`${status} ${text}`)
      if (round >= 0) times[name].push(took)
    }
  }
  return { times, answers }
}).pipe(Effect.scoped, Effect.orDie)

export const bench: Bench = async function* ({ isReduced }) {
  if (isReduced) {
    for (const name of Object.keys(paths).slice(1)) {
      yield {
        name: `${name} beside wrong password: difference of the medians`,
        value: null,
        unit: "%",
        note: "it takes minutes and a quiet machine, so the reduced form leaves it out"
      }
    }
    return
  }
  const { answers, times } = await Effect.runPromise(measure)
  yield {
    name: "different answers to refused logins",
    value: answers.size,
    unit: "",
    note: `of ${Object.keys(paths).length * samples}`
  }
  const known = times["wrong password"]
  for (const [name, those] of Object.entries(times).slice(1)) {
    yield {
      name: `${name} beside wrong password: difference of the medians`,
      value: Math.abs(median(those) / median(known) - 1) * 100,
      unit: "%",
      note: `${median(those).toFixed(1)} and ${median(known).toFixed(1)} ms`
    }
    yield {
      name: `${name} beside wrong password: probability of Kolmogorov and Smirnov`,
      value: sameDistribution(known, those),
      unit: ""
    }
  }
}
