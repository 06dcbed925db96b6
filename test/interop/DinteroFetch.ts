/** Sends the requests of an OAuth 2.0 library in the form that Dintero's token endpoint takes. */
export const dinteroFetch =
  (clientToken: () => Promise<string>): typeof fetch =>
  async (input, init) => {
    const request = new Request(input, init)
    const headers = new Headers(request.headers)
    headers.set("content-type", "application/json")
    // The client is in the header, and Dintero knows no hint.
    const { client_id: _1, token_type_hint: _2, ...body } = Object.fromEntries(new URLSearchParams(await request.text()))
    if (body.grant_type === "client_credentials") {
      // The library has encoded both parts for a form, as RFC 6749 (2.3.1) says.
      const encoded = (headers.get("authorization") ?? "").replace("Basic ", "")
      const plain = (part: string) => decodeURIComponent(part.replaceAll("+", " "))
      headers.set("authorization", `Basic ${btoa(atob(encoded).split(":").map(plain).join(":"))}`)
    } else {
      // The client's access token authorises every other grant, and a revocation.
      headers.set("authorization", `Bearer ${await clientToken()}`)
    }
    return fetch(request.url, { method: "POST", headers, body: JSON.stringify(body) })
  }
