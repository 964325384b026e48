/**
 * Says while a new password is typed whether it is long enough and how hard it looks to guess. A hint only: the server
 * decides, and says so without this script too.
 */
export function strength(): void {
  /** The text follows when typing pauses, so that a screen reader does not speak over it. Milliseconds. */
  const calm = 400
  /** Characters that do not follow from those before them. */
  const weakBelow = 8
  const strongFrom = 16
  const rows = ['qwertzuiopü', 'qwertyuiop', 'asdfghjklöä', 'yxcvbnm', 'zxcvbnm', '1234567890']
  const words =
    /p[a@]ssw[o0]r[td]|kennwort|geheim|hallo|willkommen|welcome|admin|login|sommer|winter|fr[uü]e?hling|herbst|summer|letmein|iloveyou|schatz|test|monkey|dragon|master|firma/g

  for (const field of document.querySelectorAll<HTMLInputElement>('input[data-strength]')) {
    follow(field, (typed) => describe(field, typed))
    const again = field.form?.querySelector<HTMLInputElement>('input[data-same]')
    if (again) follow(again, (typed) => compare(field, again, typed), field)
  }

  function follow(
    field: HTMLInputElement,
    say: (typed: string) => string | undefined,
    other?: HTMLInputElement,
  ): void {
    const line = document.createElement('p')
    line.className = 'typed'
    line.setAttribute('role', 'status')
    ;(field.parentElement ?? field).after(line)
    let timer: ReturnType<typeof setTimeout> | undefined
    const update = (): void => {
      clearTimeout(timer)
      timer = setTimeout(() => {
        line.textContent = say(field.value.normalize('NFC')) ?? ''
      }, calm)
    }
    field.addEventListener('input', update)
    other?.addEventListener('input', update)
    if (field.value !== '') update()
  }

  function describe({ dataset }: HTMLInputElement, typed: string): string | undefined {
    const length = Array.from(typed).length
    if (length === 0) return ''
    if (length < Number(dataset.strength)) return dataset.short?.replace('#', String(length))
    const surprises = countSurprises(typed.toLowerCase())
    if (surprises < weakBelow) return dataset.weak
    return surprises < strongFrom ? dataset.fair : dataset.strong
  }

  function compare(
    first: HTMLInputElement,
    { dataset }: HTMLInputElement,
    typed: string,
  ): string | undefined {
    if (typed === '') return ''
    return typed === first.value.normalize('NFC') ? dataset.same : dataset.different
  }

  /** A word that everybody knows is one character; one that follows from those before it is a quarter. */
  function countSurprises(typed: string): number {
    const keys = Array.from(typed.replace(words, '\u0000'))
    return keys.reduce((sum, key, at) => sum + (isForeseen(keys, key, at) ? 0.25 : 1), 0)
  }

  function isForeseen(keys: readonly string[], key: string, at: number): boolean {
    const before = keys[at - 1]
    if (before === undefined) return false
    if (key === before || isBeside(before, key)) return true
    // The same again: `abcabcabc`, `Haus!Haus!`.
    return [2, 3, 4, 5, 6, 7, 8].some(
      (period) =>
        at >= period && key === keys[at - period] && keys[at - 1] === keys[at - 1 - period],
    )
  }

  function isBeside(before: string, key: string): boolean {
    const step = (key.codePointAt(0) ?? 0) - (before.codePointAt(0) ?? 0)
    if (Math.abs(step) === 1 && /[\p{L}\p{N}]/u.test(key)) return true
    return rows.some((row) => row.includes(before + key) || row.includes(key + before))
  }
}
