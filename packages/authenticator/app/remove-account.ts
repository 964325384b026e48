/** Removes an account from this phone. */
import { type Account, hasEnded } from '../device/account.ts'
import { sendChange } from '../device/change.ts'
import type { App } from './app.ts'
import { forgetPasskey } from './passkey.ts'

/** How long a removal waits for the server, in milliseconds. */
const longestWait = 3_000

export async function removeAccount(app: App, account: Account): Promise<void> {
  await sayGoodbye(app, account)
  await app.database.remove(account.id)
  forgetPasskey(account)
  app.go({ type: 'home' })
}

/** So that no login waits for this phone. Without a network the removal goes on: the server then learns nothing of it. */
export async function sayGoodbye(app: Pick<App, 'device'>, account: Account): Promise<void> {
  if (account.state !== 'active' || hasEnded(account)) return
  const late = new Promise((resolve) => setTimeout(resolve, longestWait))
  await Promise.race([late, sendChange(app.device, account, { left: true }).catch(() => undefined)])
}
