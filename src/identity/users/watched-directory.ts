/** A directory elsewhere whose answers another part wants to see. Owns which of its questions have an answer to look at. */
import type { LdapDirectory } from './ldap/member.ts'

export type WatchAnswers = <
  Asked extends readonly unknown[],
  Given extends { readonly type: string },
>(
  question: string,
  ask: (...asked: Asked) => Promise<Given>,
) => (...asked: Asked) => Promise<Given>

/** The same directory; each question with an answer goes through `watch`. */
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
