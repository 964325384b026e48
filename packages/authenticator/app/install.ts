/** The place of the app on the home screen: by a question of the browser where it has one, else by steps that are shown. */
import { make } from './dom.ts'
import { drawStep, type StepPicture } from './pictures.ts'
import { findPlatform } from './platform.ts'
import type { Words } from './words.ts'

interface InstallEvent extends Event {
  prompt(): Promise<unknown>
}

let offered: InstallEvent | undefined

/** Keeps the question of the browser until the person wants it. Call it before the app shows anything. */
export function watchInstall(): void {
  addEventListener('beforeinstallprompt', (event) => {
    event.preventDefault()
    offered = event as InstallEvent
  })
  addEventListener('appinstalled', () => {
    offered = undefined
  })
}

export const isInstalled = (): boolean => matchMedia('(display-mode: standalone)').matches

export const canInstall = (): boolean => offered !== undefined

/** Has to begin with a click. */
export async function install(): Promise<void> {
  const event = offered
  offered = undefined
  await event?.prompt()
}

/** Two steps, each with a picture of where to tap. */
export function makeInstallSteps(words: Words): HTMLElement {
  const isApple = findPlatform().platform === 'ios'
  const steps: readonly (readonly [string, StepPicture])[] = isApple
    ? [
        [words.installAppleShare, 'apple-share'],
        [words.installAppleAdd, 'apple-add'],
      ]
    : [
        [words.installMenu, 'menu'],
        [words.installAdd, 'add'],
      ]
  return make(
    'ol',
    { class: 'steps' },
    ...steps.map(([text, picture]) => make('li', {}, drawStep(picture), make('span', {}, text))),
  )
}
