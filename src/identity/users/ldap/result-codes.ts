/**
 * Answers of a directory that are errors (RFC 4511, 4.1.9), in words for an operator. Owns which of them stay until an
 * administrator changes a setting, there or here: no page then says to try again in a moment.
 */
import type { Client, Entry, SearchOptions } from 'ldapts'
import { isLdapError } from './connections.ts'

/** Without those that another server may answer (51, 52), and without what a bind or a change of a password answers. */
const lasting: Readonly<Record<number, string>> = {
  2: 'it does not understand the question (protocolError)',
  4: 'it gives no more entries to bind_name than its size limit (sizeLimitExceeded)',
  7: 'it does not allow this way to log in (authMethodNotSupported)',
  8: 'it wants a stronger login of bind_name (strongerAuthRequired)',
  10: 'it refers to another server, which Einlass does not ask (referral)',
  11: 'one of its limits is too small for the search (adminLimitExceeded)',
  12: 'it does not know a part of the question (unavailableCriticalExtension)',
  13: 'it wants an encrypted connection (confidentialityRequired)',
  17: 'it does not know an attribute (undefinedAttributeType)',
  18: 'an attribute cannot be searched in this way (inappropriateMatching)',
  21: 'a value has the wrong form (invalidAttributeSyntax)',
  32: 'the entry is not there, or bind_name may not read it (noSuchObject)',
  34: 'a name is no DN (invalidDNSyntax)',
  48: 'it does not let bind_name in (inappropriateAuthentication)',
  49: 'it does not let bind_name in (invalidCredentials)',
  50: 'bind_name has no right to it (insufficientAccessRights)',
  53: 'it refuses the question (unwillingToPerform)',
}
const passing: Readonly<Record<number, string>> = {
  1: 'it failed (operationsError)',
  3: 'it took longer than its time limit (timeLimitExceeded)',
  80: 'it failed (other)',
}

export interface ExplainedResult {
  readonly text: string
  /** Trying again does not help. */
  readonly isLasting: boolean
}

export function explainResult({
  code,
  message,
}: Error & { readonly code: number }): ExplainedResult {
  const known = lasting[code] ?? passing[code]
  const said = message.replace(/\s*Code: 0x[0-9a-f]+$/i, '').trim()
  const text = known === undefined ? said : `${known}${said === '' ? '' : `: ${said}`}`
  return { text: `${text} [result code ${code}]`, isLasting: lasting[code] !== undefined }
}

/** The server gives no more entries than these of one search, although it was asked for them in pages. */
export class LimitReached extends Error {
  /** As errors of the library have one: it is an answer, and the connection is fine. */
  readonly code: number

  constructor(entries: number, cause: Error & { readonly code: number }) {
    super(`the server gives bind_name only the first ${entries} entries of a search`, { cause })
    this.code = cause.code
  }
}

const limitCodes = [4, 11]
const pageSize = 200

/**
 * All entries of a search, read in pages (RFC 2696). Throws LimitReached if a limit of the server ends it early: a part of
 * the entries is never an answer.
 * @param most stops after this number of entries
 */
export async function searchAll(
  client: Client,
  base: string,
  options: Pick<SearchOptions, 'filter' | 'attributes'>,
  most = Number.POSITIVE_INFINITY,
): Promise<Entry[]> {
  const entries: Entry[] = []
  try {
    const pages = client.searchPaginated(base, { ...options, paged: { pageSize } })
    for await (const { searchEntries } of pages) {
      entries.push(...searchEntries)
      if (entries.length >= most) return entries
    }
    return entries
  } catch (error) {
    if (!isLdapError(error) || !limitCodes.includes(error.code)) throw error
    throw new LimitReached(entries.length, error)
  }
}
