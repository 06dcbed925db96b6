/** The claims of sessions that several processes share: crashes and the store. */
import type { Row } from "./Table.js"

export const sharedSessions = async function* (): AsyncGenerator<Row, void, void> {}
