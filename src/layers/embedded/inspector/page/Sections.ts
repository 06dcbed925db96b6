/** The sections of the page, in the order of the navigation. */
import type { Section } from "./Section.js"
import { section as accounts } from "./sections/Accounts.js"
import { section as clock } from "./sections/Clock.js"
import { section as customers } from "./sections/Customers.js"
import { section as faults } from "./sections/Faults.js"
import { section as journal } from "./sections/Journal.js"
import { section as outbox } from "./sections/Outbox.js"

export const sections: readonly [Section, ...Array<Section>] = [accounts, outbox, journal, customers, clock, faults]
