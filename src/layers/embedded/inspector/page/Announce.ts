/** Has a screen reader say it when it has finished its sentence. */
export const announce = (text: string): void => {
  const line = document.createElement("p")
  line.textContent = text
  document.getElementById("announcer")?.append(line)
  setTimeout(() => line.remove(), 10_000)
}
