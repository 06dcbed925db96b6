/** Server-sent events. The browser's own `EventSource` cannot send a token. */
export interface ServerSentEvent {
  readonly event: string
  readonly data: string
}

/** A parser that takes a stream in pieces. Lines may end by CR, LF or both, and be cut anywhere. */
export const parser = (heard: (event: ServerSentEvent) => void): ((piece: string) => void) => {
  let rest = ""
  let event = ""
  let data: Array<string> = []
  return (piece) => {
    rest += piece
    // A CR at the very end may be half of a line end.
    const lines = rest.split(/\r\n|\n|\r(?!$)/)
    rest = lines.pop() ?? ""
    for (const line of lines) {
      const [, field, text = ""] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? []
      if (line === "") {
        if (event !== "" || data.length > 0) heard({ event, data: data.join("\n") })
        event = ""
        data = []
      } else if (field === "event") event = text
      else if (field === "data") data.push(text)
    }
  }
}
