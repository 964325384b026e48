/** Lets another part watch the answers of a directory elsewhere. Owns which questions have an answer to watch. */
import type { LdapDirectory } from './ldap/member.ts'

export type WatchAnswers = <
  Asked extends readonly unknown[],
  Given extends { readonly type: string },
>(
  question: string,
  ask: (...asked: Asked) => Promise<Given>,
) => (...asked: Asked) => Promise<Given>

/** The same directory, but each question with an answer goes through `watch`. */
export function watchDirectory(member: LdapDirectory, watch: WatchAnswers): LdapDirectory {
  return {
    ...member,
    find: watch('find', member.find),
    verifyPassword: watch('verifyPassword', member.verifyPassword),
    judgeTicket: watch('judgeTicket', member.judgeTicket),
    changePassword: watch('changePassword', member.changePassword),
    describeAccount: watch('describeAccount', member.describeAccount),
    checkAccount: watch('checkAccount', member.checkAccount),
  }
}
