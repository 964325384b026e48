/** The camera, and a field for those who cannot use it. */
import { readLink } from '../../protocol/links.ts'
import type { App, MakeScreen, Place } from '../app.ts'
import { type Camera, startCamera } from '../camera.ts'
import { make } from '../dom.ts'
import { followLink } from '../follow-link.ts'
import { makeButton, makeStatus } from '../parts.ts'

export const makeScan: MakeScreen<'scan'> = async (app, { answers }) => {
  const { words } = app
  const status = makeStatus()
  const help = make('p', {}, words.scanHelp)
  const video = make('video', { playsinline: true, muted: true, 'aria-label': words.scanHelp })
  let camera: Camera | undefined
  let isLeft = false
  let isBusy = false
  const take = async (text: string, isScanned: boolean): Promise<void> => {
    // The camera reads the same code again and again.
    if (isBusy) return
    isBusy = true
    const found = await findTarget(app, text, isScanned)
    isBusy = false
    if (isLeft) return
    if (typeof found !== 'string') return app.go(found)
    status.say(found === 'stale' ? words.scanStale : isScanned ? words.scanOther : words.pasteWrong)
  }
  const start = async () => {
    try {
      camera = await startCamera(video, (text) => void take(text, true))
      if (isLeft) camera.stop()
    } catch (error) {
      video.hidden = true
      help.hidden = true
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

/** `stale`: the link is of a request that does not wait on this phone. `none`: it is no link of Einlass. */
async function findTarget(
  app: App,
  text: string,
  isScanned: boolean,
): Promise<Place | 'stale' | 'none'> {
  const place = followLink(app, text, isScanned)
  if (place !== undefined) return place
  if (readLink(text.trim()) === undefined) return 'none'
  // The page may be newer than what the app has seen.
  await app.refresh()
  return followLink(app, text, isScanned) ?? 'stale'
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
