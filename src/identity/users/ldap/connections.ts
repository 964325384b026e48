/**
 * Connections to the servers of one directory. Owns which server is asked, and what it means when no server answers.
 * Knows nothing about people. Follows no referrals: entries on other servers are treated as absent.
 */
import type { Client, PasswordPolicyControl } from 'ldapts'
import type { Caller } from '../../../platform/kernel/fair-line.ts'
import { restingReason } from '../outages.ts'
import type { Ldap } from './open-connection.ts'
import { type ConnectionOptions, createServer, type Question, Unanswered } from './server.ts'

/** No server has answered, or no server lets the bind account in. The answer is unknown. */
export class DirectoryDown extends Error {}

/** There are more questions now than the connections can carry. The servers themselves are fine. */
export class DirectoryBusy extends Error {}

/** This question has no usable answer, but others may have one. */
export class QuestionFailed extends Error {
  readonly isTooLong: boolean
  /** Asking again does not help. */
  readonly isLasting: boolean

  constructor(reason: string, isTooLong: boolean, isLasting = isTooLong) {
    super(reason)
    this.isTooLong = isTooLong
    this.isLasting = isLasting
  }
}

/**
 * An unexpected answer of the directory, for example that the base does not exist. It goes to the log and does not become
 * an error page.
 */
export function isLdapError(error: unknown): error is Error & { readonly code: number } {
  return error instanceof Error && 'code' in error && typeof error.code === 'number'
}

/** The answer of a directory to a name and a password. */
export type BindAnswer =
  | { readonly type: 'bound'; readonly policy: PasswordPolicy }
  | {
      readonly type: 'refused'
      /** RFC 4511, 4.1.9. */
      readonly code: number
      /** The text of the server. It may name the reason, as with Active Directory. */
      readonly text: string
      readonly policy: PasswordPolicy
    }

export type PasswordPolicy = NonNullable<PasswordPolicyControl['value']>

export interface Connections {
  /**
   * Runs `work` with a connection of the bind account. If a server does not answer, runs it on another one, so `work` may
   * run twice unless `isOnce` is set. Throws DirectoryDown, DirectoryBusy, QuestionFailed, or an error answer of the
   * directory as an error of ldapts.
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

  /**
   * Asks the servers in their order. While all of them rest, it asks no server, so nobody waits for a directory that did
   * not answer a moment ago.
   */
  async function ask<Result>(question: Question<Result>): Promise<Result> {
    const reasons: Unanswered[] = []
    for (const server of servers.filter((one) => !one.isResting())) {
      try {
        return await server.ask(question)
      } catch (error) {
        if (!(error instanceof Unanswered)) throw error
        reasons.push(error)
        // The answers of other servers would be as long.
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

/** If at least one server is only overloaded, the directory is not down. */
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
 * No such object, invalid DN, inappropriate authentication, invalid credentials, unwilling to perform: the server refuses
 * this account or password. With any other code, such as *stronger authentication required*, the server has not checked
 * the password.
 */
const refusingCodes = [32, 34, 48, 49, 53]
