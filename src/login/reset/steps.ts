/**
 * The steps of a journey that begins with a link from a mail: whose account it is, which second factor the user verifies, the new
 * password, and the end. Each step reads the rows, and does not rely on earlier answers.
 */
import type { ChoosePassword } from '../../identity/operations/choose-password.ts'
import type { Directory } from '../../identity/users/directory.ts'
import { directoryAway } from '../../identity/users/directory-answers.ts'
import type { User } from '../../identity/users/user.ts'
import type { Users } from '../../identity/users/users.ts'
import type { Database } from '../../platform/storage/database.ts'
import { message } from '../../platform/ui/message.ts'
import { describeClient } from '../engine/client.ts'
import type { Precondition } from '../engine/journey.ts'
import type { Form } from '../engine/prompt.ts'
import { requireUserId, type Step, type StepContext } from '../engine/step.ts'
import { credentialVersionEntry } from '../factors/enrolled.ts'
import { createNewPasswordStep } from '../factors/password/change-step.ts'
import type { ResetLinks } from './links.ts'
import { findProvenFactor, type ResetOptions, type ResetPassword } from './reset.ts'

export interface ResetStepsOptions extends Pick<ResetOptions, 'store' | 'findHighest'> {
  readonly db: Database
  readonly links: Pick<ResetLinks, 'findUser'>
  readonly directory: Pick<Directory, 'checkAccount'>
  readonly choosePassword: ChoosePassword
  readonly resetPassword: ResetPassword
  /** A directory lets people set a forgotten password here. */
  readonly isPossible: () => boolean
}

export type ResetSteps = ReturnType<typeof createResetSteps>

export function createResetSteps(options: ResetStepsOptions, users: Pick<Users, 'find'>) {
  return {
    begin: createBeginStep(options),
    factor: createFactorStep(options),
    password: createPasswordStep(options),
    done: createDoneStep(options, users),
  }
}

/** A reset goes on while its link works for the user that it began with. */
export function createResetPrecondition(links: Pick<ResetLinks, 'findUser'>): Precondition {
  return async (queries, { request, userId, data }) => {
    const user = await links.findUser(queries, requireLink(request))
    return (
      user !== undefined &&
      user.id === userId &&
      user.credentialVersion === credentialVersionEntry.read(data)
    )
  }
}

function requireLink({ link }: StepContext['request']): string {
  if (link === undefined) throw new Error('a reset without a link')
  return link
}

/** Opening the page changes nothing and asks no directory: programs that check the links in mails come here too. */
function createBeginStep(options: ResetStepsOptions): Step<'reset/begin', 'begun' | 'gone'> {
  const { db, links, findHighest } = options
  return {
    name: 'reset/begin',
    outcomes: ['begun', 'gone'],
    async run({ request, answers }) {
      const link = requireLink(request)
      const isBeginning = answers?.action === 'begin'
      const user = await (isBeginning ? findCurrent(options, link) : links.findUser(db, link))
      if (user === undefined) return { type: 'done', outcome: 'gone' }
      if (!isBeginning) {
        const hasFactor = (await findHighest(db, user.id)) !== undefined
        return { type: 'ask', form: createBeginForm(user, hasFactor) }
      }
      const data = credentialVersionEntry.write(user.credentialVersion)
      return { type: 'done', outcome: 'begun', change: { userId: user.id, data } }
    },
  }
}

/**
 * Whose link it is, by what the directory says now. The link is over if the directory has another address than the one the mail
 * went to, or does not let the user in any more.
 */
async function findCurrent(
  { db, links, directory }: ResetStepsOptions,
  link: string,
): Promise<User | undefined> {
  const user = await links.findUser(db, link)
  if (user === undefined || directory.checkAccount === undefined) return user
  const account = await directory.checkAccount(db, user.id)
  if (account.type === 'unavailable') throw directoryAway(account)
  return account.type === 'refused' ? undefined : await links.findUser(db, link)
}

export function createBeginForm({ username }: Pick<User, 'username'>, hasFactor: boolean): Form {
  return {
    title: message('reset.title'),
    lead: message(hasFactor ? 'reset.lead.factor' : 'reset.lead', { username }),
    width: 'narrow',
    prompts: [
      {
        type: 'choice',
        name: 'action',
        options: [
          {
            value: 'begin',
            label: message(hasFactor ? 'reset.begin.factor' : 'reset.begin'),
            look: 'primary',
          },
        ],
      },
    ],
  }
}

/** Asks nothing: a user who has a second factor proves it before the new password. */
function createFactorStep({
  db,
  findHighest,
}: ResetStepsOptions): Step<'reset/factor', 'verify' | 'none'> {
  return {
    name: 'reset/factor',
    outcomes: ['verify', 'none'],
    async run(context) {
      const highest = await findHighest(db, requireUserId(context))
      return { type: 'done', outcome: highest === undefined ? 'none' : 'verify' }
    },
  }
}

function createPasswordStep(options: ResetStepsOptions) {
  return createNewPasswordStep({
    ...options,
    name: 'reset/password',
    lead: message('reset.password.lead'),
    findUser: (context) => findUser(options, context),
    createChange: ({ client, journeyHash, request }, { user, accepted }) => ({
      write: (tx) =>
        options.resetPassword(tx, {
          user,
          accepted,
          journeyHash,
          link: requireLink(request),
          from: describeClient(client),
        }),
    }),
  })
}

/** The user of the link, if it still works and they have verified a second factor, if they have one. */
async function findUser(
  options: ResetStepsOptions,
  { request, journeyHash }: StepContext,
): Promise<User | undefined> {
  const { db, findHighest } = options
  const user = await findCurrent(options, requireLink(request))
  if (user === undefined || (await findHighest(db, user.id)) === undefined) return user
  return (await findProvenFactor(options, db, journeyHash)) === undefined ? undefined : user
}

/**
 * Stays, so that the page can be loaded again. The browser is now one that the person has used: while others type wrong
 * passwords for their name, the person can log in here.
 */
function createDoneStep(
  { db }: Pick<ResetStepsOptions, 'db'>,
  users: Pick<Users, 'find'>,
): Step<'reset/done', never> {
  return {
    name: 'reset/done',
    outcomes: [],
    async run(context) {
      const user = await users.find(db, requireUserId(context))
      const version = (credentialVersionEntry.read(context.data) ?? 0) + 1
      // Any later change of the password or a report is not what this journey has proven.
      const isStill = user?.credentialVersion === version && user.disabledAt === null
      return { type: 'ask', form: doneForm, ...(isStill && { provenPerson: user }) }
    },
  }
}

export const doneForm: Form = {
  title: message('reset.done.title'),
  width: 'narrow',
  prompts: [
    { type: 'notice', tone: 'success', text: message('reset.done.text') },
    { type: 'link', href: '/login', label: message('reset.done.login'), look: 'primary' },
  ],
}
