import { useSignal } from "@preact/signals"
import { h } from "preact"
import { announce } from "../Announce.js"
import { joined } from "../Words.js"
import type { Html } from "./Html.js"
import { button } from "./Work.js"

/** Without the clipboard API, which a page has only over https and on the machine itself. */
const copyOldWay = (text: string): void => {
  const active = document.activeElement
  const area = document.createElement("textarea")
  area.className = "hidden"
  area.value = text
  document.body.append(area)
  area.select()
  const isCopied = document.execCommand("copy")
  area.remove()
  if (active instanceof HTMLElement) active.focus()
  if (!isCopied) throw new Error("The browser does not let this page copy. Select the text and copy it yourself.")
}

export interface CopyProps {
  readonly label?: string
  /** As in "Copied the code". */
  readonly what: string
  readonly text: () => string
  readonly class?: string
}

const Copy = ({ class: className = "small", label, text, what }: CopyProps) => {
  const isDone = useSignal(false)
  return button({
    class: joined(" ", className, isDone.value && "done"),
    text: label ?? "Copy",
    label: label === undefined ? `Copy ${what}` : undefined,
    work: async () => {
      if (navigator.clipboard === undefined) copyOldWay(text())
      else await navigator.clipboard.writeText(text())
      announce(`Copied ${what}`)
      isDone.value = true
      setTimeout(() => {
        isDone.value = false
      }, 1_500)
    }
  })
}

export const copy = (props: CopyProps): Html => h(Copy, props)
