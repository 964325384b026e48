/** Sends a form that only leads on to the next page. Without this script the person uses its button. */
export function submit(): void {
  document.querySelector<HTMLFormElement>('form[data-submit]')?.submit()
}
