/**
 * Says in the log that the directory of users does not answer, and that it answers again: pages say only to try again later.
 * Owns when a line is written, and that one question without an answer is no outage; a directory owns what it says of the reason.
 */
import type { Log } from '../../platform/kernel/log.ts'
import type { Directory } from './directory.ts'

/** The same directory. One line for the first of several failures of the same question, and one for the next answer. */
export function logOutages(directory: Directory, log: Log): Directory {
  const away = new Set<string>()
  /** Of each question the reason that was written last. */
  const unanswered = new Map<string, string | undefined>()

  function note(question: string, answer: Answer): void {
    const { reason } = answer
    if (answer.type !== 'unavailable') {
      unanswered.delete(question)
      if (away.delete(question)) log.info({ question }, 'the directory of users answers again')
    } else if (answer.answersOthers) {
      if (unanswered.has(question) && unanswered.get(question) === reason) return
      unanswered.set(question, reason)
      log.warn({ question, reason }, 'the directory of users has no answer to one question')
    } else if (!away.has(question)) {
      away.add(question)
      log.warn({ question, reason }, 'the directory of users does not answer')
    }
  }

  const watch =
    <Asked extends readonly unknown[], Given extends Answer>(
      question: string,
      ask: (...asked: Asked) => Promise<Given>,
    ) =>
    async (...asked: Asked): Promise<Given> => {
      const answer = await ask(...asked)
      note(question, answer)
      return answer
    }

  const { changePassword, passwordReset, hasMembers, resolveName, checkAccount, judgeTicket } =
    directory
  const { findNamesElsewhere, findElsewhere } = directory
  return {
    ...directory,
    find: watch('find', directory.find),
    findByName: watch('findByName', directory.findByName),
    verifyPassword: watch('verifyPassword', directory.verifyPassword),
    ...(changePassword && { changePassword: watch('changePassword', changePassword) }),
    ...(passwordReset && {
      passwordReset: {
        isFor: passwordReset.isFor,
        reset: watch('passwordReset', passwordReset.reset),
      },
    }),
    ...(resolveName && { resolveName: watch('resolveName', resolveName) }),
    ...(judgeTicket && { judgeTicket: watch('judgeTicket', judgeTicket) }),
    ...(findNamesElsewhere && {
      findNamesElsewhere: watch('findNamesElsewhere', findNamesElsewhere),
    }),
    ...(findElsewhere && { findElsewhere: watch('findElsewhere', findElsewhere) }),
    ...(checkAccount && { checkAccount: watch('checkAccount', checkAccount) }),
    listGroups: watch('listGroups', directory.listGroups),
    ...(hasMembers && { hasMembers: watch('hasMembers', hasMembers) }),
    listAttributes: watch('listAttributes', directory.listAttributes),
  }
}

interface Answer {
  readonly type: string
  readonly reason?: string
  readonly answersOthers?: true
}
