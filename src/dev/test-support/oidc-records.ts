/** For tests of what the library of OIDC stores: its records, without the library. */
import { createAnsweredInteractions } from '../../faces/protocols/oidc/answered-interactions.ts'
import { createTakeBack } from '../../faces/protocols/oidc/lost-answers.ts'
import { createRecords, type OidcEntry } from '../../faces/protocols/oidc/records.ts'
import { createRepeatedRefreshes } from '../../faces/protocols/oidc/repeated-refresh.ts'
import { createSuccessors } from '../../faces/protocols/oidc/successors.ts'
import { silentLog } from '../../platform/kernel/log.ts'
import { systemRandom } from '../../platform/kernel/random.ts'
import type { Database } from '../../platform/storage/database.ts'
import { createTestNode } from './scene.ts'

/** One node over a database. `state` is what its server would know. */
export function recordsOf(db: Database) {
  const state = {
    now: 1_000_000,
    nodes: createTestNode(),
    live: new Set(['ses_a', 'ses_b']),
    current: 'ses_a' as string | undefined,
    request: {},
    signedIn: [] as OidcEntry[],
    revoked: [] as string[],
  }
  const { nodes } = state
  const clock = { now: () => state.now }
  const keyring = { derive: () => new Uint8Array(32) }
  const successors = createSuccessors(keyring, () => state.request)
  const records = createRecords({
    db,
    clock,
    spending: {
      nodes,
      successors,
      repeated: createRepeatedRefreshes({ db, clock, nodes, successors, log: silentLog }),
      takeBack: createTakeBack({ db, clock, nodes, log: silentLog }),
      answered: createAnsweredInteractions({
        ...{ db, clock, random: systemRandom },
        currentRequest: () => state.request,
        isResuming: () => true,
        findCurrentLogin: async () => state.current,
      }),
    },
    currentRequest: () => state.request,
    logins: {
      isLive: async (login) => state.live.has(login),
      findCurrent: async () => state.current,
    },
    waiting: {
      hashUserCode: (code) => `hash of ${code}`,
      admit: () => {},
      admitProof: async () => {},
      notePoll: () => {},
    },
    clients: {
      find: async (id) => (id === 'mail' ? { client_id: 'mail' } : undefined),
      findScopes: async () => undefined,
    },
    hooks: {
      onSignIn: async (_tx, entry) => void state.signedIn.push(entry),
      onRevoked: async (login) => void state.revoked.push(login),
    },
  })
  return { records, successors, state }
}
