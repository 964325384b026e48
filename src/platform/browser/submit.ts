/** Sends a form that only leads on. Without this script there is its button. */
export function submit(): void {
  document.querySelector<HTMLFormElement>('form[data-submit]')?.submit()
}
