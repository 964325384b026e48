/**
 * The page behind the link that makes the first administrator: `/setup/…`. Owns the form and what it says of mistakes;
 * the link and what it makes are an operation.
 */

import { Hono } from 'hono'
import type { SetupOperations } from '../../identity/operations/setup.ts'
import type { Hasher } from '../../identity/users/hasher.ts'
import { checkPassword } from '../../identity/users/password-rules.ts'
import { canonicalUsername, emailSchema } from '../../identity/users/user.ts'
import { readForm } from '../../platform/http/body.ts'
import { type Message, message } from '../../platform/ui/message.ts'
import { type SetupPage, setupDonePage, setupPage, setupUsedPage } from '../frame/pages.ts'
import type { Visitor, Web } from '../frame/web.ts'
import type { VisitorEnv } from '../login/form.ts'

export interface SetupOptions {
  readonly web: Web
  readonly setup: SetupOperations
  readonly hasher: Hasher
  readonly minPasswordLength: number
}

export function createSetupRoutes(options: SetupOptions): Hono<VisitorEnv> {
  const routes = new Hono<VisitorEnv>()
  routes.get(
    '/setup/:token',
    async (c) => await show(options, c.get('visitor'), c.req.param('token')),
  )
  routes.post(
    '/setup/:token',
    async (c) => await answer(options, c.get('visitor'), c.req.param('token')),
  )
  return routes
}

async function show(options: SetupOptions, visitor: Visitor, token: string): Promise<Response> {
  if (!(await options.setup.isUsable(token))) return used(options, visitor)
  return form(options, visitor, {}, 200)
}

function used({ web }: SetupOptions, visitor: Visitor): Response {
  return web.page(visitor, setupUsedPage(visitor.t), { status: 410 })
}

function form(
  { web, minPasswordLength }: SetupOptions,
  visitor: Visitor,
  filled: Pick<SetupPage, 'values' | 'mistakes'>,
  status: number,
): Response {
  const browser = web.ensureBrowser(visitor)
  const page = setupPage(
    {
      action: visitor.path,
      formToken: web.formToken(browser.token),
      minLength: minPasswordLength,
      ...filled,
    },
    visitor.t,
  )
  return web.page(visitor, page, { status, cookies: browser.cookies })
}

async function answer(options: SetupOptions, visitor: Visitor, token: string): Promise<Response> {
  const { web, setup, hasher } = options
  const fields = await readForm(visitor.request)
  web.checkForm(visitor, fields)
  if (!(await setup.isUsable(token))) return used(options, visitor)
  const username = (fields.username ?? '').trim()
  const displayName = (fields.display_name ?? '').trim()
  const email = (fields.email ?? '').trim()
  const password = fields.password ?? ''
  const judged = judge(options, { username, displayName, email, password })
  if (judged.type === 'refused') {
    const { mistakes } = judged
    return form(options, visitor, { values: { username, displayName, email }, mistakes }, 422)
  }
  const passwordHash = await hasher.hash(judged.password)
  const user = { username, displayName, email: email || null, passwordHash }
  const done = await setup.createFirstAdministrator(token, user)
  return done ? web.page(visitor, setupDonePage('/login', visitor.t)) : used(options, visitor)
}

type Judged =
  | { readonly type: 'ok'; readonly password: string }
  | { readonly type: 'refused'; readonly mistakes: NonNullable<SetupPage['mistakes']> }

function judge(
  { minPasswordLength }: SetupOptions,
  given: { username: string; displayName: string; email: string; password: string },
): Judged {
  const { username, displayName, email } = given
  const rules = { minLength: minPasswordLength, username }
  const password = checkPassword(given.password, rules)
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
      ...(password.type === 'refused' && { password: refusal(password.reason, minPasswordLength) }),
    },
  }
}

function refusal(
  reason: 'too_short' | 'too_long' | 'common' | 'contains_username',
  min: number,
): Message {
  return message(`password.refused.${reason}`, { min })
}
