/**
 * The page behind the link that makes the first administrator: `/setup/…`. Owns the form and what it says of mistakes;
 * the link and what it makes are an operation.
 */

import type { SetupOperations } from '../../identity/operations/setup.ts'
import type { Hasher } from '../../identity/users/hasher.ts'
import { describeRefusal, type PasswordRules } from '../../identity/users/password-rules.ts'
import { canonicalUsername, emailSchema } from '../../identity/users/user.ts'
import type { Config } from '../../platform/config/schema.ts'
import { readForm } from '../../platform/http/body.ts'
import type { Reply } from '../../platform/http/reply.ts'
import { message } from '../../platform/ui/message.ts'
import type { RequestContext } from '../frame/context.ts'
import type { Frame } from '../frame/frame.ts'
import { type SetupPage, setupDonePage, setupPage, setupUsedPage } from '../frame/pages.ts'
import { declarePages, type FaceRoute } from '../frame/route.ts'

export interface SetupOptions {
  readonly frame: Frame
  readonly setup: SetupOperations
  readonly hasher: Hasher
  readonly passwordRules: PasswordRules
  readonly config: Pick<Config, 'mail'>
}

export type SetupPages = ReturnType<typeof createSetupPages>

export function createSetupPages(options: SetupOptions) {
  return {
    show: (context: RequestContext, token: string) => show(options, context, token),
    answer: (context: RequestContext, token: string) => answer(options, context, token),
  }
}

const { get, post } = declarePages<SetupPages>()

export const setupRoutes: readonly FaceRoute<SetupPages>[] = [
  get('/setup/:token', 'ask for the first administrator', (pages, context, { token }) =>
    pages.show(context, token),
  ),
  post('/setup/:token', 'add the first administrator', (pages, context, { token }) =>
    pages.answer(context, token),
  ),
]

async function show(options: SetupOptions, context: RequestContext, token: string): Promise<Reply> {
  if (!(await options.setup.isUsable(token))) return used(options, context)
  return form(options, context, {}, 200)
}

function used({ frame }: SetupOptions, context: RequestContext): Reply {
  return frame.page(context, setupUsedPage(context.t), { status: 410 })
}

function form(
  { frame, passwordRules, config }: SetupOptions,
  context: RequestContext,
  filled: Pick<SetupPage, 'values' | 'mistakes'>,
  status: number,
): Reply {
  const browser = frame.ensureBrowser(context)
  const page = setupPage(
    {
      action: context.path,
      formToken: frame.formToken(browser.token),
      minLength: passwordRules.findMinLength(newAdministrator),
      sendsMail: config.mail !== undefined,
      ...filled,
    },
    context.t,
  )
  return frame.page(context, page, { status, cookies: browser.cookies })
}

async function answer(
  options: SetupOptions,
  context: RequestContext,
  token: string,
): Promise<Reply> {
  const { frame, hasher } = options
  const fields = await readForm(context.request)
  frame.checkForm(context, fields)
  if (!(await options.setup.isUsable(token))) return used(options, context)
  const username = (fields.username ?? '').trim()
  const displayName = (fields.display_name ?? '').trim()
  const email = (fields.email ?? '').trim()
  const password = fields.password ?? ''
  const judged = await judge(options, { username, displayName, email, password })
  if (judged.type === 'refused') {
    const { mistakes } = judged
    return form(options, context, { values: { username, displayName, email }, mistakes }, 422)
  }
  const passwordHash = await hasher.hash(judged.password)
  const user = { username, displayName, email: email || null, passwordHash }
  const done = await options.setup.createFirstAdministrator(token, user)
  return done ? frame.page(context, setupDonePage('/login', context.t)) : used(options, context)
}

type Judged =
  | { readonly type: 'ok'; readonly password: string }
  | { readonly type: 'refused'; readonly mistakes: NonNullable<SetupPage['mistakes']> }

/** Whose second factor comes with the first login. */
const newAdministrator = { hasSecondFactor: false }

async function judge(
  { passwordRules }: SetupOptions,
  given: { username: string; displayName: string; email: string; password: string },
): Promise<Judged> {
  const { username, displayName, email } = given
  const owner = { ...newAdministrator, username, displayName, email }
  const password = await passwordRules.check(given.password, owner)
  const nameIsGood = canonicalUsername(username) !== undefined
  const displayIsGood = /^[^\p{Cc}\p{Zl}\p{Zp}]{1,200}$/u.test(displayName)
  const emailIsGood = email === '' || emailSchema.safeParse(email).success
  if (nameIsGood && displayIsGood && emailIsGood && password.type === 'ok') return password
  return {
    type: 'refused',
    mistakes: {
      ...(!nameIsGood && { username: message('setup.missing.username') }),
      ...(!displayIsGood && { display_name: message('setup.missing.display_name') }),
      ...(!emailIsGood && { email: message('setup.missing.email') }),
      ...(password.type === 'refused' && { password: describeRefusal(password) }),
    },
  }
}
