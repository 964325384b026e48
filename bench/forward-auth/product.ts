// The product with one app behind a proxy and one user who has access to it.
// Argument: {"folder": where the data is}.

import { writeFile } from 'node:fs/promises'
import { createGrants } from '../../src/faces/protocols/forward-auth/grants.ts'
import {
  usualHeaders,
  writeHeaders,
} from '../../src/faces/protocols/forward-auth/identity-headers.ts'
import { protocols } from '../../src/faces/protocols/index.ts'
import { createApps } from '../../src/identity/apps/apps.ts'
import { createAudit } from '../../src/identity/audit/audit.ts'
import { acrPassword } from '../../src/identity/policy/assurance.ts'
import { createSessions } from '../../src/identity/sessions/sessions.ts'
import { createUsers } from '../../src/identity/users/users.ts'
import { sha256 } from '../../src/platform/kernel/crypto.ts'
import { createRowBinding } from '../../src/platform/storage/bound-rows.ts'
import { startProduction } from '../production.ts'
import { appHost, locateCookie } from './app.ts'

const { folder }: { folder: string } = JSON.parse(process.argv[2] ?? '{}')
const { config, platform, db, url } = await startProduction(folder, 'https://login.example.org')
const rows = createRowBinding(platform)
const origin = `https://${appHost}`
const user = await createUsers(platform).create(db, { username: 'erika', displayName: 'Erika' })
await createApps({ ...platform, protocols }).create(db, {
  id: 'wiki',
  protocol: 'forward-auth',
  name: 'Wiki',
  settings: { addresses: [origin], rules: ['/assets public', '/admin groups=board'] },
})
const sessions = createSessions({ ...platform, db, rows, limits: config.sessions })
const { id } = await sessions.create(db, {
  userId: user.id,
  client: { address: null, userAgent: null },
  amr: ['pwd'],
  acr: acrPassword,
  authenticatedAt: Date.now(),
})
const audit = createAudit(platform)
const noteEntry = async () => {}
const grants = createGrants({ ...platform, db, rows, audit, noteEntry, limits: config.sessions })
const values = new Map([['Remote-User', ['erika']]])
const code = await grants.create({
  session: { id, userId: user.id },
  appId: 'wiki',
  origin,
  browserHash: 'browser',
  facts: { groups: [], headers: writeHeaders(usualHeaders, values) },
  decidedAt: Date.now(),
})
const redeemed = await grants.redeem(code, origin, 'browser')
const name = `__Host-einlass_app_${sha256('wiki').slice(0, 12)}`
await writeFile(locateCookie(folder), `${name}=${redeemed?.token}`)
console.log(`ready ${JSON.stringify({ url, control: '' })}`)
