// The product with a SAML app, a WS-Federation app and one logged-in user.
// Argument: {"folder": where the data is}.

import { writeFile } from 'node:fs/promises'
import { protocols } from '../../src/faces/protocols/index.ts'
import { createApps } from '../../src/identity/apps/apps.ts'
import { acrPassword } from '../../src/identity/policy/assurance.ts'
import { createSessions } from '../../src/identity/sessions/sessions.ts'
import { createUsers } from '../../src/identity/users/users.ts'
import { createCookies } from '../../src/platform/http/cookies.ts'
import { createRowBinding } from '../../src/platform/storage/bound-rows.ts'
import { startProduction } from '../production.ts'
import { consumerUrl, entityId, locateCookie, publicUrl, realm } from './apps.ts'

const { folder }: { folder: string } = JSON.parse(process.argv[2] ?? '{}')
const { config, platform, db, url } = await startProduction(folder, publicUrl)
const rows = createRowBinding(platform)
const user = await createUsers(platform).create(db, {
  username: 'erika',
  displayName: 'Erika Muster',
  email: 'erika@example.org',
})
const apps = createApps({ ...platform, protocols })
const policy = { secondFactor: 'none' } as const
await apps.create(db, {
  ...{ id: 'notes', name: 'Notes', protocol: 'saml', policy },
  settings: { entityId, consumerUrls: [consumerUrl] },
})
const claims = 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims'
await apps.create(db, {
  ...{ id: 'mail', name: 'Mail', protocol: 'wsfed', policy },
  settings: {
    realms: [realm],
    claims: { [`${claims}/upn`]: 'email', [`${claims}/name`]: 'username' },
  },
})
const { token } = await createSessions({ ...platform, db, rows, limits: config.sessions }).create(
  db,
  {
    userId: user.id,
    client: { address: null, userAgent: null },
    amr: ['pwd'],
    acr: acrPassword,
    authenticatedAt: Date.now(),
  },
)
const [cookie = ''] = createCookies({ secure: true }).set('session', token).split(';')
await writeFile(locateCookie(folder), cookie)
console.log(`ready ${JSON.stringify({ url, control: '' })}`)
