/**
 * Installs new versions of the app: the service worker downloads one while this page continues with its own, and takes over
 * when reloading the page can lose nothing.
 */
import type { App } from './app.ts'

const workerUrl = '/authenticator/worker.js'
/** Milliseconds between two checks for a new version while the app stays open. */
const lookEvery = 3_600_000

export async function keepNewest(app: Pick<App, 'isIdle' | 'onIdle'>): Promise<void> {
  const { serviceWorker } = navigator
  if (serviceWorker === undefined) return
  let isControlled = serviceWorker.controller !== null
  let isOld = false
  const loadAgain = () => {
    if (isOld && app.isIdle()) location.reload()
  }
  serviceWorker.addEventListener('controllerchange', () => {
    // The very first worker has the same version as this page.
    isOld = isControlled
    isControlled = true
    loadAgain()
  })
  const registration = await register(serviceWorker)
  const takeOver = () => {
    if (app.isIdle()) registration.waiting?.postMessage('take over')
  }
  registration.addEventListener('updatefound', () => {
    registration.installing?.addEventListener('statechange', takeOver)
  })
  app.onIdle(() => {
    takeOver()
    loadAgain()
  })
  takeOver()
  let looked = Date.now()
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState !== 'visible' || Date.now() - looked < lookEvery) return
    looked = Date.now()
    registration.update().catch(() => undefined)
  })
}

interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { createScriptURL(url: string): string },
  ): { createScriptURL(url: string): string }
}

/** The only script address that is not in the page. Browsers with Trusted Types require a policy for it. */
async function register(container: ServiceWorkerContainer): Promise<ServiceWorkerRegistration> {
  const { trustedTypes } = window as { readonly trustedTypes?: TrustedTypes }
  const policy = trustedTypes?.createPolicy('einlass', { createScriptURL: () => workerUrl })
  const url = policy?.createScriptURL(workerUrl) ?? workerUrl
  return await container.register(url, { scope: '/authenticator', updateViaCache: 'none' })
}
