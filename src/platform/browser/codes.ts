/** Adds the buttons that copy and print a list of codes. Without this script the codes can be selected. */
export function codes(): void {
  for (const list of document.querySelectorAll<HTMLElement>('.codes')) {
    addTools(list)
  }

  function addTools(list: HTMLElement): void {
    const { copy, copied, print } = list.dataset
    const tools = document.createElement('p')
    tools.className = 'tools'
    const status = document.createElement('span')
    status.setAttribute('role', 'status')
    if (navigator.clipboard !== undefined) {
      addButton(tools, copy, async () => {
        const lines = [...list.querySelectorAll('code')].map((one) => one.textContent ?? '')
        try {
          await navigator.clipboard.writeText(lines.join('\n'))
          status.textContent = copied ?? ''
        } catch {
          // The browser does not allow copying: the person can copy the selected codes by hand.
          getSelection()?.selectAllChildren(list)
        }
      })
    }
    addButton(tools, print, () => window.print())
    tools.append(status)
    list.after(tools)
  }

  function addButton(tools: HTMLElement, label: string | undefined, act: () => unknown): void {
    const button = document.createElement('button')
    button.type = 'button'
    button.className = 'act'
    button.textContent = label ?? ''
    button.addEventListener('click', () => void act())
    tools.append(button)
  }
}
