/** Removes an account from this phone. */
import type { Account } from '../device/account.ts'
import type { App } from './app.ts'
import { forgetPasskey } from './passkey.ts'

export async function removeAccount(app: App, account: Account): Promise<void> {
  await app.database.remove(account.id)
  forgetPasskey(account)
  app.go({ type: 'home' })
}
