/**
 * Connections to the servers of one directory. Owns which server is asked, and what it means when none answers. Knows nothing
 * of people. Follows no referral: what a server points to elsewhere is not there.
 */
import type { Client, PasswordPolicyControl } from 'ldapts'
import type { Caller } from '../../../platform/kernel/fair-queue.ts'
import { restingReason } from '../outages.ts'
import type { Ldap } from './open-connection.ts'
import { type ConnectionOptions, createServer, type Question, Unanswered } from './server.ts'

/** No server has answered, or none lets the bind account in. Nothing is known of what was asked. */
export class DirectoryDown extends Error {}

/** More is asked at this moment than the connections can carry. The servers are as good as before. */
export class DirectoryBusy extends Error {}

/** There is no answer to this question that can be used, while there may be to others. */
export class QuestionFailed extends Error {
  readonly isTooLong: boolean

  constructor(reason: string, isTooLong: boolean) {
    super(reason)
    this.isTooLong = isTooLong
  }
}

/** An answer of the directory that nobody expects, such as a base that is not there: for the log, and no page of an error. */
export function isLdapError(error: unknown): error is Error & { readonly code: number } {
  return error instanceof Error && 'code' in error && typeof error.code === 'number'
}

/** What a directory has said to a name and a password. */
export type BindAnswer =
  | { readonly type: 'bound'; readonly policy: PasswordPolicy }
  | {
      readonly type: 'refused'
      /** RFC 4511, 4.1.9. */
      readonly code: number
      /** Of the server. It may name what is wrong, as Active Directory does. */
      readonly text: string
      readonly policy: PasswordPolicy
    }

export type PasswordPolicy = NonNullable<PasswordPolicyControl['value']>

export interface Connections {
  /**
   * With a connection of the bind account. On another server when one does not answer, so `work` may run twice, but for
   * `isOnce`. Throws DirectoryDown, DirectoryBusy, QuestionFailed, or what the directory answers as an error of ldapts.
   */
  run<Result>(
    work: (client: Client, ldap: Ldap) => Promise<Result>,
    options?: { readonly isOnce?: boolean; readonly from?: Caller | undefined },
  ): Promise<Result>
  /** Whether the password is that of the entry. Never call it with an empty one. Throws as `run` does. */
  bind(dn: string, password: string, from?: Caller): Promise<BindAnswer>
  close(): Promise<void>
}

export function createConnections(options: ConnectionOptions): Connections {
  const servers = options.config.servers.map((url) => createServer(options, url))

  /** In their order. None while all of them rest: so nobody waits for a directory that was away a moment ago. */
  async function ask<Result>(question: Question<Result>): Promise<Result> {
    const reasons: Unanswered[] = []
    for (const server of servers.filter((one) => !one.isResting())) {
      try {
        return await server.ask(question)
      } catch (error) {
        if (!(error instanceof Unanswered)) throw error
        reasons.push(error)
        // The others would say as much.
        if (error.type === 'too_long' || (question.isOnce && !error.isUntouched)) break
      }
    }
    throw describe(reasons)
  }

  return {
    run: (work, { isOnce = false, from } = {}) => ask({ kind: 'reading', work, isOnce, from }),
    async bind(dn, password, from) {
      if (password === '') throw new Error('an empty password is no bind')
      return await ask({
        kind: 'verifying',
        work: (client, ldap) => bindOnce(client, ldap, dn, password),
        isOnce: false,
        from,
      })
    },
    async close() {
      for (const server of servers) await server.close()
    },
  }
}

/** One server that is there, and only has too much to do, is enough for a directory that is not down. */
function describe(reasons: readonly Unanswered[]): Error {
  const text = reasons.map(({ message }) => message).join('; ')
  const has = (type: Unanswered['type']) => reasons.some((one) => one.type === type)
  if (has('too_long') || has('late')) return new QuestionFailed(text, has('too_long'))
  if (has('busy')) return new DirectoryBusy(text)
  return new DirectoryDown(text || restingReason)
}

async function bindOnce(
  client: Client,
  ldap: Ldap,
  dn: string,
  password: string,
): Promise<BindAnswer> {
  const control = new ldap.PasswordPolicyControl()
  try {
    await client.bind(dn, password, control)
    return { type: 'bound', policy: control.value ?? {} }
  } catch (error) {
    if (!(error instanceof ldap.ResultCodeError) || !refusingCodes.includes(error.code)) throw error
    return {
      type: 'refused',
      code: error.code,
      text: error.message,
      policy: control.value ?? {},
    }
  }
}

/**
 * No such object, invalid DN, no password there, wrong credentials, unwilling: what is said of this account. With any other code, such as
 * *stronger authentication required*, the server has not looked at the password.
 */
const refusingCodes = [32, 34, 48, 49, 53]
