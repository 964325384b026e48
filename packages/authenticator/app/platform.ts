/** What kind of phone this is, as far as the app has to know. */
import type { Enrol } from '../protocol/messages.ts'

export interface Platform extends Pick<Enrol, 'platform'> {
  /** A name for it, until its owner gives a better one. */
  readonly name: string
}

export function findPlatform(agent = navigator.userAgent): Platform {
  if (/iPhone/.test(agent)) return { platform: 'ios', name: 'iPhone' }
  if (/iPad/.test(agent)) return { platform: 'ios', name: 'iPad' }
  const model = /Android [\d.]+; ([^;)]{2,40})\)/.exec(agent)?.[1]
  // Chrome calls each phone K.
  if (/Android/.test(agent))
    return { platform: 'android', name: model === undefined || model === 'K' ? 'Android' : model }
  return { platform: 'other', name: 'Browser' }
}

/** On an iPhone the app keeps what it has, and can be woken, only from the home screen. */
export function mustInstall(): boolean {
  return findPlatform().platform === 'ios' && !matchMedia('(display-mode: standalone)').matches
}
