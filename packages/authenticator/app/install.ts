/** Puts the app on the home screen with the browser's own prompt, if it has one. */

interface InstallEvent extends Event {
  prompt(): Promise<{ readonly outcome: string }>
}

let offered: InstallEvent | undefined

/** Holds the browser's prompt back until the person wants it. Call this before the app shows anything. */
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

/** Has to be called from a click. @returns whether the person accepted */
export async function install(): Promise<boolean> {
  const event = offered
  offered = undefined
  return (await event?.prompt())?.outcome === 'accepted'
}
