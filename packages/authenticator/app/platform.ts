/** The kind of this phone, as far as the app depends on it. */
import type { Enrol } from '../protocol/messages.ts'

export interface Platform extends Pick<Enrol, 'platform'> {
  /** Its name, until its owner gives it another one. */
  readonly name: string
}

export function findPlatform(
  agent = navigator.userAgent,
  touchPoints = navigator.maxTouchPoints,
): Platform {
  if (/iPhone/.test(agent)) return { platform: 'ios', name: 'iPhone' }
  // An iPad says that it is a Mac, but no Mac has a touch screen.
  const isPad = /iPad/.test(agent) || (/Macintosh/.test(agent) && touchPoints > 1)
  if (isPad) return { platform: 'ios', name: 'iPad' }
  const model = /Android [\d.]+; ([^;)]{2,40})\)/.exec(agent)?.[1]
  // Chrome reports every phone as model K.
  if (/Android/.test(agent))
    return { platform: 'android', name: model === undefined || model === 'K' ? 'Android' : model }
  return { platform: 'other', name: 'Browser' }
}

/** Whether the app has to be on the home screen: on an iPhone only then its data stays and it can be woken. */
export function mustInstall(): boolean {
  return findPlatform().platform === 'ios' && !matchMedia('(display-mode: standalone)').matches
}
