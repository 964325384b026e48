/** The place of the app on the home screen, by a question of the browser where it has one. */

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
