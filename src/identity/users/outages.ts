/**
 * Logs when a directory elsewhere does not answer, and when it answers again; pages only say to try again later. Owns
 * what an outage is and when a line is written: one at the beginning, one for each further reason, and one at the end.
 */
import type { Log } from '../../platform/kernel/log.ts'
import type { Unavailable } from './directory.ts'
import type { LdapDirectory } from './ldap/member.ts'
import type { OutageRecords } from './outage-records.ts'
import { watchDirectory } from './watched-directory.ts'

/** The reason while no server is asked, because none has answered a moment ago. It is not a new reason. */
export const restingReason = 'every server is away since a moment ago'

/** The same directory, with its outages logged and, in a server, recorded. */
export function logOutages(
  member: LdapDirectory,
  { log, outages }: { readonly log: Log; readonly outages?: OutageRecords | undefined },
): LdapDirectory {
  const { name: directory } = member
  let hasAnswered = false
  let away: { reason: string | undefined } | undefined
  /** For each question, the reason that was logged last. */
  const unanswered = new Map<string, string | undefined>()

  function noteAnswer(): void {
    if (away !== undefined) log.info({ directory }, 'a directory of users answers again')
    if (away !== undefined || !hasAnswered) outages?.noteBack(directory)
    away = undefined
    hasAnswered = true
  }

  function noteAway(reason: string | undefined): void {
    outages?.noteAway(directory, reason)
    if (away !== undefined && [away.reason, restingReason].includes(reason)) return
    away = { reason }
    log.warn({ directory, reason }, 'a directory of users does not answer')
  }

  function note(question: string, answer: { readonly type: string } | Unavailable): void {
    if (answer.type !== 'unavailable') {
      unanswered.delete(question)
      noteAnswer()
      return
    }
    const { reason, answersOthers = false } = answer as Unavailable
    if (!answersOthers) {
      noteAway(reason)
      return
    }
    if (unanswered.has(question) && unanswered.get(question) === reason) return
    unanswered.set(question, reason)
    log.warn({ directory, question, reason }, 'a directory of users has no answer to one question')
  }

  return watchDirectory(member, (question, ask) => async (...asked) => {
    const answer = await ask(...asked)
    note(question, answer)
    return answer
  })
}
