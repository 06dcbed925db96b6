/** The address after the `#`: the section that is shown, and what it shows of its things. So a link shows the same to somebody else. */
import { batch, computed, effect, type Signal, signal } from "@preact/signals"
import { queryOf } from "./Controls.js"

const hash = signal("")

export const readAddress = (): void => {
  hash.value = location.hash
}

export const sectionName = computed(() => hash.value.replace(/^#|\?.*/gs, ""))

export const parameters = computed(() => new URLSearchParams(/\?(.*)/s.exec(hash.value)?.[1]))

export const addressOf = (section: string, fields: { readonly [name: string]: string }): string => `#${section}${queryOf(fields)}`

/**
 * Keeps the fields of a section in the address. A link that has parameters sets all of them. One to the section alone, as in the
 * navigation, leaves them as they are.
 */
export const keepInAddress = (section: string, fields: { readonly [name: string]: Signal<string> }): void => {
  const all = Object.entries(fields)
  let read: URLSearchParams | undefined
  effect(() => {
    const given = parameters.value
    if (sectionName.value !== section) return
    if (given !== read && given.size > 0) {
      batch(() => {
        for (const [name, field] of all) field.value = given.get(name) ?? ""
      })
    }
    read = given
    const others = [...given].filter(([name]) => !(name in fields))
    const address = addressOf(section, Object.fromEntries([...all.map(([name, { value }]) => [name, value]), ...others]))
    if (address === location.hash) return
    // Typing in a filter is not a step that the back button should return to.
    history.replaceState(null, "", address)
    readAddress()
  })
}
