/**
 * Logins with the ticket of a domain (Kerberos, RFC 4559). Owns who is asked for a ticket, which tickets are accepted, that each
 * is accepted once, and what an operator reads of the others. Does not own how a ticket is decrypted (platform/kerberos), nor the
 * present state of an account, which its directory knows.
 */
import type { Audit } from '../../../identity/audit/audit.ts'
import type { AddressLimit } from '../../../identity/limits/address-limit.ts'
import type { Directory } from '../../../identity/users/directory.ts'
import type { KerberosConfig } from '../../../platform/config/kerberos.ts'
import { createRanges } from '../../../platform/http/client.ts'
import type { TicketAcceptor } from '../../../platform/kerberos/acceptor.ts'
import { type ReadTicket, readToken } from '../../../platform/kerberos/token.ts'
import type { Log } from '../../../platform/kernel/log.ts'
import type { Database } from '../../../platform/storage/database.ts'
import { message } from '../../../platform/ui/message.ts'
import type { JourneyRequest } from '../../engine/journey.ts'
import type { TicketPrompt } from '../../engine/prompt.ts'
import type { ClientFacts, ShownTicket, StepContext } from '../../engine/step.ts'
import { createTooOftenError } from '../lockout.ts'
import type { TicketAnswer, TicketLogin } from '../ticket-login.ts'
import { judgeHolder } from './account.ts'
import type { TicketCounts } from './counts.ts'
import { type TicketRefusal, ticketEvents } from './events.ts'
import { parsePrincipal } from './principal.ts'
import type { SpentTickets } from './spent.ts'
import { explainFault, noUsableTicket, tooBusy, unknownAccount } from './texts.ts'

export interface TicketsOptions {
  readonly db: Database
  readonly config: KerberosConfig
  /** For example `HTTP/login.example.org`. */
  readonly service: string
  /** CIDR. The origin of requests that come from these is not known. */
  readonly trustedProxies: readonly string[]
  readonly records: TicketRecords
  readonly acceptor: TicketAcceptor
  readonly directory: Pick<Directory, 'judgeTicket' | 'findByName'>
  readonly log: Log
}

/** Where the outcomes of tickets are recorded. */
export interface TicketRecords {
  readonly audit: Audit
  readonly spent: SpentTickets
  readonly counts: TicketCounts
  readonly addresses: AddressLimit
}

/** The address where a ticket is asked for. */
export const ticketPath = '/login/kerberos'

/**
 * Characters of base64. Windows makes tokens of up to 48,000 bytes, and up to 65,535 where an administrator says so.
 */
const longestToken = 88_000

export function createTickets(options: TicketsOptions): TicketLogin {
  const { config, records, acceptor } = options
  const inside = createRanges(config.networks)
  const proxies = createRanges(options.trustedProxies)

  function isOffered(request: JourneyRequest, { address, session }: ClientFacts): boolean {
    // A ticket is from the morning, so it is no answer to a request that wants to know who is there now.
    if (request.authenticatedSince !== undefined || request.confirms !== undefined) return false
    return session === undefined && inside.has(address) && !proxies.has(address)
  }

  return {
    isOffered,
    prompt({ request, client, userId, createRestartPath }): TicketPrompt | undefined {
      // In the middle of a login, the password is asked for.
      if (userId !== undefined || !isOffered(request, client)) return undefined
      const isHome = request.appId === undefined && request.returnTo === '/'
      const again = isHome ? '' : createRestartPath()
      const query = again.includes('?') ? again.slice(again.indexOf('?')) : ''
      return { type: 'ticket', action: `${ticketPath}${query}`, label: message('ticket.button') }
    },
    accept: (token, client) => accept(options, token, client),
    async check(context: StepContext) {
      const { ticket } = context.client
      if (ticket === undefined || !isOffered(context.request, context.client)) return undefined
      return await judgeHolder(options, context, ticket)
    },
    metrics: [records.counts.metric],
    purge: records.spent.purge,
    close: acceptor.close,
  }
}

async function accept(
  options: TicketsOptions,
  token: string,
  { address }: ClientFacts,
): Promise<TicketAnswer> {
  const { records, acceptor, log } = options
  const { counts, addresses } = records
  const wait = addresses.admit(address)
  if (wait !== undefined) {
    counts.add('throttled')
    return { type: 'refused', formError: createTooOftenError(wait.retryAfter) }
  }
  const bytes = Buffer.from(token.length > longestToken ? '' : token, 'base64')
  const read = readToken(bytes)
  if (read.type !== 'ticket') {
    counts.add(read.type)
    return { type: 'refused', formError: noUsableTicket }
  }
  const acceptance = await acceptor.accept(bytes)
  if (acceptance.type === 'unavailable') {
    counts.add('unavailable')
    return { type: 'refused', formError: tooBusy }
  }
  if (acceptance.type === 'refused') {
    const { fault, text } = acceptance
    counts.add(fault)
    log.warn({ fault, text, ticket: describe(read.ticket), address }, sayFault(options, fault))
    return { type: 'refused', formError: explainFault(fault) }
  }
  const answer = await admit(options, { ...acceptance.ticket, read: read.ticket, address })
  if (answer.type === 'accepted') addresses.takeBack(address)
  return answer
}

interface Decrypted {
  readonly principal: string
  readonly sid?: string
  readonly service: string
  readonly answer: string | undefined
  readonly read: ReadTicket
  readonly address: string
}

/**
 * Checks what Kerberos itself does not: the service, the realm, whether it is a person, and whether the ticket was shown before.
 */
async function admit(
  options: TicketsOptions,
  { principal, sid, service, answer, read, address }: Decrypted,
): Promise<TicketAnswer> {
  const { db, config, records } = options
  const refuse = async (reason: TicketRefusal): Promise<TicketAnswer> => {
    records.counts.add(reason)
    const facts = { username: null, principal, address, reason }
    await records.audit.record(db, ticketEvents.refused, facts)
    return { type: 'refused', formError: reason === 'replayed' ? noUsableTicket : unknownAccount }
  }
  if (service.split('@', 1)[0]?.toLowerCase() !== options.service.toLowerCase()) {
    records.counts.add('wrong_service')
    return { type: 'refused', formError: noUsableTicket }
  }
  if (!(await records.spent.spend(db, read.fingerprint))) return await refuse('replayed')
  const name = parsePrincipal(principal)
  if (name === undefined) return await refuse('not_a_person')
  const realm = config.realms.find((one) => one.realm === name.realm)
  if (realm === undefined) return await refuse('other_realm')
  const holder = {
    directory: realm.directory,
    name: name.account,
    ...(sid !== undefined && { sid }),
  }
  const ticket: ShownTicket = { ...holder, principal }
  return { type: 'accepted', ticket, answer }
}

/** Nothing of it was proven. */
const describe = ({ service, realm, key }: ReadTicket) => ({
  service: `${service}@${realm}`,
  encryption: key.encryption,
  keyVersion: key.version ?? null,
})

const words = {
  wrong_key:
    'a ticket could not be decrypted: the keytab cannot be read, or has no key of this service with this version and encryption',
  clock_skew:
    'a ticket was not accepted: the clock of the computer, the domain or this machine is more than five minutes wrong',
  expired: 'a ticket was not accepted: it is over, or not valid yet',
  invalid: 'a ticket was not accepted',
} as const

const sayFault = ({ config }: TicketsOptions, fault: keyof typeof words): string =>
  fault === 'wrong_key' ? `${words.wrong_key} (${config.keytab_file})` : words[fault]
