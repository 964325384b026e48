/**
 * The first administrator. While there is no user at all, a link that is shown only on the server's console makes
 * one. Owns the link (256 bit, 30 minutes, once) and the routes `/setup/…`.
 */

import { Hono } from 'hono'
import type { Audit } from '../../identity/audit/audit.ts'
import { userEvents } from '../../identity/users/events.ts'
import type { Hasher } from '../../identity/users/hasher.ts'
import type { LocalUsers, NewUser } from '../../identity/users/local.ts'
import { checkPassword } from '../../identity/users/password-rules.ts'
import { canonicalUsername, emailSchema } from '../../identity/users/user.ts'
import { readForm } from '../../platform/http/body.ts'
import { type Clock, minutes } from '../../platform/kernel/clock.ts'
import { sha256 } from '../../platform/kernel/crypto.ts'
import { newSecret } from '../../platform/kernel/ids.ts'
import type { Random } from '../../platform/kernel/random.ts'
import type { Database, Queries } from '../../platform/storage/database.ts'
import { type Message, message } from '../../platform/ui/message.ts'
import { type SetupPage, setupDonePage, setupPage, setupUsedPage } from '../frame/pages.ts'
import type { Visitor, Web } from '../frame/web.ts'
import type { VisitorEnv } from '../login/form.ts'
import { setupEvents } from './events.ts'

export interface SetupOptions {
  readonly db: Database
  readonly web: Web
  readonly users: LocalUsers
  readonly hasher: Hasher
  readonly audit: Audit
  readonly clock: Clock
  readonly random: Random
  readonly minPasswordLength: number
}

const lifetime = minutes(30)

/** The path of a new link, or `undefined` when there are users already. */
export async function createSetupLink(
  options: Pick<SetupOptions, 'db' | 'users' | 'audit' | 'clock' | 'random'>,
): Promise<string | undefined> {
  const { db, users, audit, clock, random } = options
  if ((await users.count(db)) > 0) return undefined
  const token = newSecret(random)
  const now = clock.now()
  await db.transaction().execute(async (tx) => {
    await tx.deleteFrom('one_time_links').where('purpose', '=', 'setup').execute()
    await tx
      .insertInto('one_time_links')
      .values({
        token_hash: sha256(token),
        purpose: 'setup',
        subject: null,
        created_at: now,
        expires_at: now + lifetime,
        consumed_at: null,
      })
      .execute()
    await audit.record(tx, setupEvents.linkCreated, {})
  })
  return `/setup/${token}`
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

async function isGood({ db, users, clock }: SetupOptions, token: string): Promise<boolean> {
  const row = await db
    .selectFrom('one_time_links')
    .select('expires_at')
    .where('token_hash', '=', sha256(token))
    .where('purpose', '=', 'setup')
    .where('consumed_at', 'is', null)
    .executeTakeFirst()
  return row !== undefined && clock.now() < row.expires_at && (await users.count(db)) === 0
}

async function show(options: SetupOptions, visitor: Visitor, token: string): Promise<Response> {
  if (!(await isGood(options, token))) return used(options, visitor)
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
  const { web, hasher } = options
  const fields = await readForm(visitor.request)
  web.checkForm(visitor, fields)
  if (!(await isGood(options, token))) return used(options, visitor)
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
  const role = 'admin' as const
  const user = { username, displayName, email: email || null, role, passwordHash }
  const done = await options.db
    .transaction()
    .execute(async (tx) => await createFirst(options, tx, token, user))
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

/** The link is spent and the user made together. `false`: somebody else spent the link or made a user meanwhile. */
async function createFirst(
  { users, audit, clock }: SetupOptions,
  tx: Queries,
  token: string,
  user: NewUser,
): Promise<boolean> {
  const now = clock.now()
  const result = await tx
    .updateTable('one_time_links')
    .set({ consumed_at: now })
    .where('token_hash', '=', sha256(token))
    .where('consumed_at', 'is', null)
    .where('expires_at', '>', now)
    .executeTakeFirst()
  if (result.numUpdatedRows !== 1n || (await users.count(tx)) > 0) return false
  const created = await users.create(tx, user)
  await audit.record(tx, userEvents.created, {
    userId: created.id,
    username: created.username,
    by: 'setup',
  })
  await audit.record(tx, setupEvents.completed, { userId: created.id })
  return true
}
