/** Notices of reports that a login was not one's own. */
import { type Notice, notice } from '../../identity/notify/notice.ts'

export const reportNotices = {
  guesses: notice('password_guesses', { ifNotYou: 'mail.password_guesses.if_not' }),
  notMe: notice('not_me', { next: { title: 'mail.not_me.next', text: 'mail.not_me.advice' } }),
}

/** The same for the request of an app, to which no password led. */
export const notMeByApp: Notice = {
  ...reportNotices.notMe,
  next: { title: 'mail.not_me.next', text: 'mail.not_me.advice.app' },
}

/** The same if the directory has the passwords and nobody changes them here. */
export const notMeElsewhere: Notice = {
  ...reportNotices.notMe,
  next: { title: 'mail.not_me.next', text: 'mail.not_me.advice.elsewhere' },
}
