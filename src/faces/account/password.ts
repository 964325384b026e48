/** Where people change their password at will. Owns the page, and what their browser stores afterwards. */

import type { KnownBrowsers } from '../../identity/limits/known-browsers.ts'
import { asPerson } from '../../identity/operations/actor.ts'
import type { ChoosePassword, ChosenPassword } from '../../identity/operations/choose-password.ts'
import type { JudgeCurrentPassword } from '../../identity/operations/current-password.ts'
import type { ChangeOwn } from '../../identity/operations/own-change.ts'
import type { ChangeOwnPassword } from '../../identity/operations/passwords.ts'
import type { LiveSession } from '../../identity/sessions/session.ts'
import { requireFound } from '../../identity/users/directory-answers.ts'
import { findEntry } from '../../identity/users/entries.ts'
import type { User } from '../../identity/users/user.ts'
import { describeClient } from '../../login/engine/client.ts'
import type { Reply } from '../../platform/http/reply.ts'
import type { Clock } from '../../platform/kernel/clock.ts'
import { Fault } from '../../platform/kernel/fault.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import { type Message, message } from '../../platform/ui/message.ts'
import type { RequestContext } from '../frame/context.ts'
import type { Frame } from '../frame/frame.ts'
import type { OwnPages } from './own-pages.ts'
import {
  type PasswordMistake,
  passwordChangedPath,
  passwordPage,
  passwordPath,
} from './pages/password.ts'
import { findPasswordRow, type PasswordRowOptions } from './password-row.ts'

export interface PasswordPagesOptions extends PasswordRowOptions {
  readonly clock: Clock
  readonly frame: Frame
  readonly choosePassword: ChoosePassword
  readonly changeOwnPassword: ChangeOwnPassword
  readonly changeOwn: ChangeOwn
  readonly judgeCurrentPassword: JudgeCurrentPassword
  readonly knownBrowsers: Pick<KnownBrowsers, 'remember'>
}

export function createPasswordPages(options: PasswordPagesOptions, own: OwnPages) {
  return {
    ask: (context: RequestContext) =>
      own.enterFresh(context, passwordPath, (session) => show(options, context, session)),

    async change(from: RequestContext): Promise<Reply> {
      const { fields, context } = await own.receive(from)
      return await own.enterFresh(context, passwordPath, (session) =>
        change(options, context, session, fields),
      )
    },
  }
}

type Refused = PasswordMistake & { readonly status: number }

async function show(
  options: PasswordPagesOptions,
  context: RequestContext,
  session: LiveSession,
  refused?: Refused,
): Promise<Reply> {
  const { frame, choosePassword } = options
  const { userId, username } = session
  await requireChangeable(options, userId)
  const browser = frame.ensureBrowser(context)
  const page = passwordPage(
    {
      username,
      formToken: frame.formToken(browser.token),
      wanted: await choosePassword.describe(userId),
      mistake: refused,
    },
    context.t,
  )
  return frame.page(context, page, { status: refused?.status ?? 200, cookies: browser.cookies })
}

/** Throws Fault `not_found` if the password is changed elsewhere. */
async function requireChangeable(options: PasswordRowOptions, userId: Id<'user'>): Promise<void> {
  if ((await findPasswordRow(options, userId)) === undefined)
    throw new Fault('not_found', 'The password of this user is changed elsewhere.')
}

async function change(
  options: PasswordPagesOptions,
  context: RequestContext,
  session: LiveSession,
  { current_password: current, password, password_again: again }: Readonly<Record<string, string>>,
): Promise<Reply> {
  const { db, directory, choosePassword, clock } = options
  await requireChangeable(options, session.userId)
  const find = async () => requireFound(await directory.find(db, session.userId))
  const first = await find()
  const refused = await checkCurrent(options, context, { user: first, current })
  if (refused !== undefined) return await show(options, context, session, refused)
  const findUser = async () => {
    const user = await find()
    return user?.credentialVersion === first?.credentialVersion ? user : undefined
  }
  const isElsewhere = (await findEntry(db, session.userId)) !== undefined
  const isSame = async (chosen: string) => chosen === current?.normalize('NFC')
  const chosen = await choosePassword.choose({
    ...{ password, again, at: clock.now() },
    ...{ findUser, isSame, current: isElsewhere ? current : undefined },
  })
  switch (chosen.type) {
    case 'refused':
      return await show(options, context, session, { ...chosen, status: 422 })
    case 'wait':
      return await show(options, context, session, tooOften(chosen.retryAfter))
    case 'outdated':
      return await show(options, context, session, outdated)
    case 'accepted':
      return (await write(options, context, session, chosen))
        ? leave(options, context, chosen.user)
        : await show(options, context, session, outdated)
  }
}

/**
 * An open browser is not enough, however new its login is: the current password is required for each change (ASVS 5.0, 6.2.3).
 * A directory elsewhere applies its rules for changes only to who gives it.
 */
async function checkCurrent(
  options: PasswordPagesOptions,
  { client }: RequestContext,
  { user, current = '' }: { readonly user: User | undefined; readonly current: string | undefined },
): Promise<Refused | undefined> {
  if (user === undefined) return undefined
  const refuse = (text: Message) => ({ text, fields: ['current_password' as const], status: 422 })
  if (current === '') return refuse(message('password.own.current.missing'))
  const { address, device } = client
  const outcome = await options.judgeCurrentPassword({ user, password: current, device, address })
  if (outcome.type === 'wait') return tooOften(outcome.retryAfter)
  return outcome.type === 'wrong' ? refuse(message('password.own.current.wrong')) : undefined
}

/** @param wait seconds */
const tooOften = (wait: number): Refused => ({
  ...{ text: message('factor.later.text', { wait }), fields: [], status: 429 },
})

const outdated = { text: message('password.change.outdated'), fields: [], status: 409 }

/** The current session continues, all others end. `false`: the person's credentials have changed meanwhile. */
function write(
  { changeOwn, changeOwnPassword }: PasswordPagesOptions,
  { client }: RequestContext,
  session: LiveSession,
  { user, accepted }: Extract<ChosenPassword, { type: 'accepted' }>,
): Promise<boolean> {
  const from = describeClient(client)
  return changeOwn(asPerson(session), (tx) =>
    changeOwnPassword(tx, { user, accepted, exceptSession: session.id, from }),
  )
}

/** The browser stays known as one in which the person has logged in, also with the new password. */
function leave(
  { frame, knownBrowsers }: PasswordPagesOptions,
  { client }: RequestContext,
  { id, credentialVersion }: User,
): Reply {
  const credentials = { id, credentialVersion: credentialVersion + 1 }
  const device = knownBrowsers.remember(client.device, credentials)
  return frame.redirect(passwordChangedPath, [frame.cookies.set('device', device)])
}
