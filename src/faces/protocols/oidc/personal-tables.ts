/** The tables of OpenID Connect with data of a person, and which columns an export shows. */
import { type PersonalTable, personal } from '../../../platform/storage/personal-table.ts'

export const oidcTables: readonly PersonalTable[] = [
  personal('oidc_records', {
    what: 'What apps of OpenID Connect have received for logins',
    owner: { column: 'login_session', is: { via: 'sessions' } },
    shown: {
      ...{ model: 'kind', client_id: 'app', login_session: 'login' },
      ...{ expires_at: 'valid until', consumed_at: 'used at' },
    },
    // In most records, the payload is a secret of the app.
    hidden: ['id', 'payload', 'grant_id', 'user_code_hash', 'consumed_by'],
  }),
]
