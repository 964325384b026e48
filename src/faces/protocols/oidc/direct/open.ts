/** Puts together the parts of the direct answers. */
import type { ProtocolHost } from '../../protocol.ts'
import { findRecordLifetimes, readLifetimes } from '../configuration.ts'
import { headersFor } from '../mount.ts'
import type { Records } from '../records.ts'
import { createRefreshAdmission } from '../refresh.ts'
import type { Successors } from '../successors.ts'
import { type AuthorizationOptions, createAuthorization } from './authorization.ts'
import { createReadClaims } from './claims.ts'
import { type AnswerDirectly, createDirectAnswers } from './direct.ts'
import { createIdTokens } from './id-token.ts'
import { createIntrospection } from './introspection.ts'
import { createLiveTokens, type MayUse } from './live-tokens.ts'
import { createPlainApps } from './plain-apps.ts'
import { createTokens } from './tokens.ts'
import { createUserinfo } from './userinfo.ts'

export interface DirectAnswersOptions {
  readonly host: ProtocolHost
  readonly issuer: string
  readonly records: Pick<Records, 'exchange' | 'give' | 'issueCode'>
  readonly successors: Pick<Successors, 'name'>
  readonly browser: AuthorizationOptions['browser']
}

export function openDirectAnswers({
  host,
  issuer,
  records,
  successors,
  browser,
}: DirectAnswersOptions): AnswerDirectly {
  const { base, config, gate, sessions, signingKeys } = host
  const apps = createPlainApps(base.db, host.apps)
  const findToken = createLiveTokens({ ...base, findApp: apps.findOf, limits: config.sessions })
  const readClaims = createReadClaims(host)
  const lifetimes = findRecordLifetimes(readLifetimes(config))
  const mayUse: MayUse = async ({ app: { app }, session }) =>
    (await gate.check({ app, session })) === 'enter'
  const answers = {
    'GET /auth?': createAuthorization({
      ...base,
      ...{ issuer, apps, records, browser, lifetimes },
    }),
    'GET /me': createUserinfo({ findToken, readClaims, mayUse }),
    'POST /token/introspection': createIntrospection({ issuer, apps, findToken, mayUse }),
    'POST /token': createTokens({
      ...base,
      ...{ apps, findToken },
      storage: { ...records, nameSuccessor: successors.name },
      mayRefresh: createRefreshAdmission({ gate, sessions }),
      prepareIdToken: createIdTokens({ issuer, signingKeys, readClaims }),
      lifetimes,
    }),
  }
  return createDirectAnswers(answers, headersFor(host.publicUrl))
}
