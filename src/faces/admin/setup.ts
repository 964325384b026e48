/**
 * The page behind the link that makes the first administrator: `/setup/…` leads to `/setup?of=…`. Owns the form and its error
 * messages; an operation owns the link and what it makes.
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
import { createLinkTokens, type LinkTokens } from '../frame/link-tokens.ts'
import { declarePages, type FaceRoute } from '../frame/route.ts'
import { type SetupPage, setupDonePage, setupPage, setupUsedPage } from './setup-pages.ts'

export interface SetupOptions {
  readonly frame: Frame
  readonly setup: SetupOperations
  readonly hasher: Hasher
  readonly passwordRules: PasswordRules
  readonly config: Pick<Config, 'mail'>
}

export type SetupPages = ReturnType<typeof createSetupPages>

const path = '/setup'

type Options = SetupOptions & { readonly tokens: LinkTokens }

export function createSetupPages(given: SetupOptions) {
  const tokens = createLinkTokens(given.frame, { cookie: 'setup', path })
  const options = { ...given, tokens }
  return {
    open: (context: RequestContext, token: string) => tokens.take(context, token),
    show: (context: RequestContext) => show(options, context),
    answer: (context: RequestContext) => answer(options, context),
  }
}

const { get, post } = declarePages<SetupPages>()

export const setupRoutes: readonly FaceRoute<SetupPages>[] = [
  get('/setup/:token', 'open the link of the first start', (pages, context, { token }) =>
    pages.open(context, token),
  ),
  get(path, 'ask for the first administrator', (pages, context) => pages.show(context)),
  post(path, 'add the first administrator', (pages, context) => pages.answer(context)),
]

async function show(options: Options, context: RequestContext): Promise<Reply> {
  const found = options.tokens.find(context)
  if (found.type === 'closed') return found.reply
  if (found.type === 'none' || !(await options.setup.isUsable(found.token)))
    return used(options, context)
  return form(options, context, { action: found.action }, 200)
}

function used({ frame }: SetupOptions, context: RequestContext): Reply {
  return frame.page(context, setupUsedPage(context.t), { status: 410 })
}

function form(
  { frame, passwordRules, config }: SetupOptions,
  context: RequestContext,
  filled: Pick<SetupPage, 'action' | 'values' | 'mistakes'>,
  status: number,
): Reply {
  const browser = frame.ensureBrowser(context)
  const page = setupPage(
    {
      formToken: frame.formToken(browser.token),
      minLength: passwordRules.findMinLength(newAdministrator),
      sendsMail: config.mail !== undefined,
      ...filled,
    },
    context.t,
  )
  return frame.page(context, page, { status, cookies: browser.cookies })
}

async function answer(options: Options, context: RequestContext): Promise<Reply> {
  const { frame, hasher, tokens } = options
  const fields = await readForm(context.request)
  frame.checkForm(context, fields)
  const found = tokens.find(context)
  if (found.type === 'closed') return found.reply
  if (found.type === 'none' || !(await options.setup.isUsable(found.token)))
    return used(options, context)
  const username = (fields.username ?? '').trim()
  const displayName = (fields.display_name ?? '').trim()
  const email = (fields.email ?? '').trim()
  const password = fields.password ?? ''
  const judged = await judge(options, { username, displayName, email, password })
  if (judged.type === 'refused') {
    const values = { username, displayName, email }
    const { mistakes } = judged
    return form(options, context, { action: found.action, values, mistakes }, 422)
  }
  const passwordHash = await hasher.hash(judged.password)
  const user = { username, displayName, email: email || null, passwordHash }
  const done = await options.setup.createFirstAdministrator(found.token, user)
  if (!done) return used(options, context)
  return frame.page(context, setupDonePage('/login', context.t), {
    cookies: [tokens.clear(context)],
  })
}

type Judged =
  | { readonly type: 'ok'; readonly password: string }
  | { readonly type: 'refused'; readonly mistakes: NonNullable<SetupPage['mistakes']> }

/** The second factor is set up at the first login. */
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
