/** Shows how a person puts the app on the home screen, if the browser does not offer it. */
import { make } from './dom.ts'
import { drawStep, type StepPicture } from './pictures.ts'
import { findPlatform } from './platform.ts'
import type { Words } from './words.ts'

/** Two steps, each with a picture of where to tap. */
export function makeInstallSteps(words: Words): HTMLElement {
  const { platform, name } = findPlatform()
  const isApple = platform === 'ios'
  const isPad = name === 'iPad'
  const steps: readonly (readonly [string, StepPicture])[] = isApple
    ? [
        isPad ? [words.installPadShare, 'pad-share'] : [words.installAppleShare, 'apple-share'],
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
