/** How long the page waits for the next character before it asks the system. */
export const typingMillis = 200

const sleep = (millis: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, millis))

export type Ask = <A>(question: (overtaken: AbortSignal) => Promise<A>, millis?: number) => Promise<A | undefined>

/** Of several questions only the latest counts. One that is overtaken is aborted, and has no answer. */
export const latest = (): Ask => {
  let current = new AbortController()
  return async (question, millis = 0) => {
    current.abort()
    const own = new AbortController()
    current = own
    try {
      await sleep(millis)
      const answer = own.signal.aborted ? undefined : await question(own.signal)
      return own.signal.aborted ? undefined : answer
    } catch (cause) {
      if (own.signal.aborted) return undefined
      throw cause
    }
  }
}
