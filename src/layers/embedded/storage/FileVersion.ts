/**
 * Tells whether a database file in WAL mode was changed, by any process. `PRAGMA data_version` tells it too, but takes locks for it, which cost
 * several times as much, and this is asked at each request.
 *
 * SQLite writes the header of the WAL index at each commit, before the commit returns. It counts the commits, and has a checksum. All
 * connections map its file, `-shm`, into their memory, and reading the file gives what is in that memory.
 *
 * The file is read by the descriptor that SQLite has of it. It must not be opened here: the close would release all locks that this process has
 * on it, also those of other connections.
 *
 * Sources: https://www.sqlite.org/walformat.html (2.1), https://www.sqlite.org/howtocorrupt.html (2.2)
 */
import { fstatSync, readdirSync, readSync, statSync } from "node:fs"

/** Another text after each commit. */
export type FileVersion = () => string

const headerBytes = 48

/** Where a system lists the descriptors of this process. Windows has no such place. */
const descriptors = "/dev/fd"

/** The descriptor of the file that this process has open. `undefined` unless there is exactly one. */
const descriptorOf = (path: string): number | undefined => {
  const wanted = statSync(path, { bigint: true })
  const found = readdirSync(descriptors)
    .map(Number)
    .filter((descriptor) => {
      try {
        const { dev, ino } = fstatSync(descriptor, { bigint: true })
        return dev === wanted.dev && ino === wanted.ino
      } catch {
        // The one that listed the descriptors is closed again.
        return false
      }
    })
  return found.length === 1 ? found[0] : undefined
}

/**
 * `path`: of the database, of which a connection is open as long as the version is asked for. `otherwise` tells the version where the header
 * cannot be read.
 */
export const make = (path: string, otherwise: FileVersion): FileVersion => {
  try {
    // Makes the index, if this is the first connection.
    otherwise()
    const descriptor = descriptorOf(`${path}-shm`)
    if (descriptor === undefined) return otherwise
    const header = Buffer.alloc(headerBytes)
    return () => (readSync(descriptor, header, 0, headerBytes, 0) === headerBytes ? header.toString("latin1") : otherwise())
  } catch {
    return otherwise
  }
}
