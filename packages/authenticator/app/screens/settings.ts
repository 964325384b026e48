/** The app itself: its lock, and its place on the home screen. */

import type { App, MakeScreen } from '../app.ts'
import { canLock, createLock, openLock } from '../app-lock.ts'
import type { Settings } from '../database.ts'
import { make } from '../dom.ts'
import { canInstall, install, isInstalled } from '../install.ts'
import { makeInstallSteps } from '../install-steps.ts'
import { makeStatus, sayFull } from '../later-parts.ts'
import { makeButton } from '../parts.ts'

export const makeSettings: MakeScreen<'settings'> = async (app) => {
  const { words } = app
  return {
    element: make(
      'section',
      {},
      make('h1', {}, words.settings),
      await makeLock(app),
      makeInstall(app),
      makeButton(words.back, () => app.go({ type: 'home' }), 'quiet'),
    ),
  }
}

async function makeLock(app: App): Promise<HTMLElement> {
  const { words, database } = app
  const { lockId } = await database.readSettings()
  const status = makeStatus()
  const store = async (settings: Settings) => {
    try {
      await database.writeSettings(settings)
    } catch (error) {
      return sayFull(error, status, words)
    }
    app.go({ type: 'settings' })
  }
  const turnOn = async () => {
    const made = await createLock(words.title)
    if (made === undefined) return status.say(words.appLockRefused)
    await store({ ...(await database.readSettings()), lockId: made })
  }
  const turnOff = async (id: string) => {
    if (!(await openLock(id))) return status.say(words.appLockRefused)
    const { lockId: _, ...others } = await database.readSettings()
    await store(others)
  }
  const button = () => {
    if (lockId !== undefined) {
      return makeButton(words.appLockOff, () => void turnOff(lockId), 'secondary')
    }
    return makeButton(words.appLockOn, () => void turnOn(), 'secondary')
  }
  const isPossible = lockId !== undefined || (await canLock())
  return make(
    'div',
    { class: 'stack' },
    make('h2', {}, words.appLockTitle),
    make('p', {}, lockId === undefined ? words.appLockHelp : words.appLockIsOn),
    make('p', { class: 'note' }, words.appLockLimits),
    status.element,
    isPossible ? button() : make('p', { class: 'note' }, words.appLockImpossible),
  )
}

function makeInstall(app: App): HTMLElement | false {
  const { words } = app
  if (isInstalled()) return false
  // The browser asks only once.
  const goOn = (isWanted: boolean) => app.go({ type: isWanted ? 'home' : 'settings' })
  const steps = canInstall()
    ? makeButton(words.installNow, () => void install().then(goOn), 'secondary')
    : makeInstallSteps(words)
  return make(
    'div',
    { class: 'stack' },
    make('h2', {}, words.installOffer),
    make('p', {}, words.installWhy),
    steps,
  )
}
