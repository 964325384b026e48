/** Adds a button that copies a text which would have to be typed otherwise. Without this script the text can be selected. */
export function copy(): void {
  // Only pages over https, or from this machine, may write to the clipboard.
  if ('clipboard' in navigator) {
    for (const text of document.querySelectorAll<HTMLElement>('[data-copy]')) addButton(text)
  }

  function addButton(text: HTMLElement): void {
    const button = document.createElement('button')
    button.type = 'button'
    button.className = 'act copy'
    button.setAttribute('aria-live', 'polite')
    const say = (label: string | undefined): void => {
      button.textContent = label ?? ''
    }
    button.addEventListener('click', async () => {
      try {
        // Keys are shown in groups, and not every app accepts the spaces.
        await navigator.clipboard.writeText((text.textContent ?? '').replace(/\s/g, ''))
        say(text.dataset.copied)
        setTimeout(() => say(text.dataset.copy), 4000)
      } catch {
        getSelection()?.selectAllChildren(text)
      }
    })
    say(text.dataset.copy)
    text.after(button)
  }
}
