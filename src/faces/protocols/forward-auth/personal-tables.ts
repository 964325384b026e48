/** The tables of forward-auth with data of a person, and which columns an export shows. */
import { type PersonalTable, personal } from '../../../platform/storage/personal-table.ts'

export const forwardAuthTables: readonly PersonalTable[] = [
  personal('forward_auth_grants', {
    what: 'Apps behind a proxy that were entered',
    owner: { column: 'session_id', is: { via: 'sessions' } },
    shown: {
      ...{ app_id: 'app', origin: 'address', session_id: 'login', facts: 'what the app learns' },
      ...{ decided_at: 'last decided at', expires_at: 'ends at' },
    },
    hidden: ['code_hash', 'token_hash', 'browser_hash', 'code_expires_at'],
  }),
]
