/** What a section of the page is. A new one is a file that exports a `Section`, and its place in `Sections.ts`. */
import type { ComponentType } from "preact"
import type { ClockState, JournalEntry, Message } from "./Types.js"

/** What the system tells of on its own. */
export interface Events {
  readonly request: JournalEntry
  readonly message: Message
  readonly clock: ClockState
  readonly faults: unknown
  readonly accounts: unknown
}

/** What follows the system. */
export interface Live {
  /** Runs whenever the connection begins. */
  readonly load?: () => Promise<void>
  readonly events?: { readonly [Name in keyof Events]?: (data: Events[Name]) => void }
}

export interface Section extends Live {
  /** In the address and in the ids. */
  readonly name: string
  /** In the navigation. */
  readonly label: string
  /** The heading, if it is not the label. */
  readonly title?: string
  /** What it is for, in a sentence or two below the heading. */
  readonly lead?: string
  readonly width?: "wide"
  /** Shown in the navigation. */
  readonly count?: () => string
  /** Runs when the section comes into view, and while it is there again when a signal changes that it has read. */
  readonly shown?: () => void
  /** Beside the heading. */
  readonly Actions?: ComponentType
  readonly View: ComponentType
}
