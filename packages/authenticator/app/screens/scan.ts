/** The camera, and a field for those who cannot use it. */
import { type App, followLink, type MakeScreen } from '../app.ts'
import { type Camera, startCamera } from '../camera.ts'
import { make } from '../dom.ts'
import { makeButton, makeStatus } from '../parts.ts'

export const makeScan: MakeScreen<'scan'> = async (app, { answers }) => {
  const { words } = app
  const status = makeStatus()
  const video = make('video', { playsinline: true, muted: true, 'aria-label': words.scanHelp })
  let camera: Camera | undefined
  let isLeft = false
  const take = (text: string, isScanned: boolean): boolean => {
    const place = followLink(app, text, isScanned)
    if (place === undefined) return false
    app.go(place)
    return true
  }
  const start = async () => {
    try {
      camera = await startCamera(video, (text) => {
        if (!take(text, true)) status.say(words.scanOther)
      })
      if (isLeft) camera.stop()
    } catch {
      video.hidden = true
      status.say(words.scanNoCamera)
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
      make('p', {}, words.scanHelp),
      video,
      status.element,
      makePaste(app, (text) => {
        if (!take(text, false)) status.say(words.pasteWrong)
      }),
      makeButton(words.cancel, back, 'quiet'),
    ),
    leave() {
      isLeft = true
      camera?.stop()
    },
  }
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
