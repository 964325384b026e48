/** Adds the switch that shows a password. Without this script the field is a plain password field. */
export function password(): void {
  for (const field of document.querySelectorAll<HTMLInputElement>('input[data-show]')) {
    addSwitch(field)
  }

  function addSwitch(field: HTMLInputElement): void {
    const { show, hide, showLabel, hideLabel } = field.dataset
    const button = document.createElement('button')
    button.type = 'button'
    button.className = 'peek'
    const update = (isShown: boolean): void => {
      field.type = isShown ? 'text' : 'password'
      button.textContent = (isShown ? hide : show) ?? ''
      button.setAttribute('aria-label', (isShown ? hideLabel : showLabel) ?? '')
    }
    button.addEventListener('click', () => {
      update(field.type === 'password')
      field.focus()
    })
    update(false)
    field.after(button)
    field.parentElement?.classList.add('peeked')
    // Password managers and the browser recognise the password only in a password field.
    field.form?.addEventListener('submit', () => update(false))
  }
}
