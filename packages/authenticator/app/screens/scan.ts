/** The camera, and a field for those who cannot use it. */

import { hasEnded } from '../../device/account.ts'
import { readLink } from '../../protocol/links.ts'
import type { App, MakeScreen, Place } from '../app.ts'
import { type Camera, startCamera } from '../camera.ts'
import { make } from '../dom.ts'
import { followLink } from '../follow-link.ts'
import { makeStatus } from '../later-parts.ts'
import { describeFailure, makeButton } from '../parts.ts'

export const makeScan: MakeScreen<'scan'> = async (app, { answers }) => {
  const { words } = app
  const status = makeStatus()
  const help = make('p', {}, words.scanHelp)
  const video = make('video', { playsinline: true, muted: true, 'aria-label': words.scanHelp })
  let camera: Camera | undefined
  let isLeft = false
  let isBusy = false
  let hasTyped = false
  const take = async (text: string, isScanned: boolean): Promise<void> => {
    // The camera reads the same code again and again.
    if (isBusy) return
    isBusy = true
    hasTyped ||= !isScanned
    const found = await findTarget(app, text, isScanned)
    isBusy = false
    if (isLeft) return
    if (found.type === 'place') return app.go(found.place)
    if (found.type !== 'none') status.say(found.text)
    else status.say(isScanned ? words.scanOther : words.pasteWrong)
  }
  const start = async () => {
    try {
      camera = await startCamera(video, (text) => void take(text, true))
      if (isLeft) camera.stop()
    } catch (error) {
      video.hidden = true
      help.hidden = true
      // Who has typed a link meanwhile waits for what is said of that.
      if (hasTyped) return
      const isRefused = error instanceof DOMException && error.name === 'NotAllowedError'
      const why = isRefused ? words.scanRefused : words.scanNoCamera
      status.say(`${why} ${answers === undefined ? words.scanPaste : words.scanType}`)
    }
  }
  void start()
  const back = () =>
    app.go(answers === undefined ? { type: 'home' } : { type: 'request', waiting: answers })
  return {
    element: make(
      'section',
      {},
      make('h1', {}, words.scan),
      help,
      video,
      status.element,
      makePaste(app, (text) => void take(text, false)),
      makeButton(words.cancel, back, 'quiet'),
    ),
    leave() {
      isLeft = true
      camera?.stop()
    },
  }
}

type Target =
  | { readonly type: 'place'; readonly place: Place }
  /** The link of a request that, as far as known, does not wait on this phone. */
  | { readonly type: 'stale'; readonly text: string }
  /** Not a link of Einlass. */
  | { readonly type: 'none' }

async function findTarget(app: App, text: string, isScanned: boolean): Promise<Target> {
  const known = followLink(app, text, isScanned)
  if (known !== undefined) return { type: 'place', place: known }
  if (readLink(text.trim()) === undefined) return { type: 'none' }
  // The page may be newer than the last fetch of the app.
  await app.refresh()
  const place = followLink(app, text, isScanned)
  if (place !== undefined) return { type: 'place', place }
  return { type: 'stale', text: (await describeUnsure(app)) ?? app.words.scanStale }
}

/** Why it is unknown what waits. `undefined`: it is known. */
async function describeUnsure({ database, findLook, words }: App): Promise<string | undefined> {
  const accounts = (await database.list()).filter((one) => !hasEnded(one))
  const failed = accounts.map(({ id }) => findLook(id)).find((one) => one && one.type !== 'done')
  return failed && failed.type !== 'done' ? describeFailure(failed, words) : undefined
}

function makePaste({ words }: App, onText: (text: string) => void): HTMLElement {
  const field = make('input', { id: 'link', type: 'url', autocomplete: 'off' })
  const form = make(
    'form',
    { class: 'stack', novalidate: true },
    make('label', { for: 'link' }, words.pasteLabel),
    field,
    make('button', { type: 'submit', class: 'secondary' }, words.go),
  )
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    onText(field.value)
  })
  return make('details', {}, make('summary', {}, words.paste), form)
}
