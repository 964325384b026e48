/** The place of the app on the home screen, by a question of the browser where it has one. */

interface InstallEvent extends Event {
  prompt(): Promise<{ readonly outcome: string }>
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

/** Has to begin with a click. @returns whether the person wanted it */
export async function install(): Promise<boolean> {
  const event = offered
  offered = undefined
  return (await event?.prompt())?.outcome === 'accepted'
}
