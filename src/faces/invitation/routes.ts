/**
 * The pages behind an invitation: a login that goes on into the enrolment of a first second factor. Opening the link changes
 * nothing, because programs that scan mails open links too, and the password is asked for first. login/invitations owns
 * whether an invitation works.
 */
import { acrPossession } from '../../identity/policy/assurance.ts'
import type { JourneyRequest } from '../../login/engine/journey.ts'
import { type InvitationStore, invitationPath } from '../../login/invitations/store.ts'
import type { Reply } from '../../platform/http/reply.ts'
import { sha256 } from '../../platform/kernel/crypto.ts'
import type { Database } from '../../platform/storage/database.ts'
import { message } from '../../platform/ui/message.ts'
import type { RequestContext } from '../frame/context.ts'
import { createLinkTokens, type LinkTokens } from '../frame/link-tokens.ts'
import { cookiesOffPage, noticePage } from '../frame/pages.ts'
import { declarePages, type FaceRoute } from '../frame/route.ts'
import { beginFirst, type FirstPage, type JourneyPagesOptions, showFirst } from '../login/form.ts'
import { readSubmission } from '../login/submission.ts'

export interface InvitationPagesOptions extends JourneyPagesOptions {
  readonly db: Database
  readonly invitations: Pick<InvitationStore, 'isOpen'>
}

export type InvitationPages = ReturnType<typeof createInvitationPages>

export function createInvitationPages(given: InvitationPagesOptions) {
  const tokens = createLinkTokens(given.frame, { cookie: 'invitation', path: invitationPath })
  const options = { ...given, tokens }
  return {
    open: (context: RequestContext, token: string) => tokens.take(context, token),
    show: (context: RequestContext) => show(options, context),
    begin: (context: RequestContext) => begin(options, context),
  }
}

interface Options extends InvitationPagesOptions {
  readonly tokens: LinkTokens
}

const { get, post } = declarePages<InvitationPages>()

export const invitationRoutes: readonly FaceRoute<InvitationPages>[] = [
  get('/invitation/:token', 'open an invitation', (pages, context, { token }) =>
    pages.open(context, token),
  ),
  get(invitationPath, 'the login of an invitation', (pages, context) => pages.show(context)),
  post(invitationPath, 'log in with an invitation', (pages, context) => pages.begin(context)),
]

type First =
  | { readonly type: 'open'; readonly first: FirstPage }
  | { readonly type: 'closed'; readonly reply: Reply }

/** After the enrolment the person reads that all is ready. */
async function findFirst(
  { tokens, db, frame, invitations }: Options,
  context: RequestContext,
): Promise<First> {
  const found = tokens.find(context)
  if (found.type === 'closed') return found
  const hash = found.type === 'open' ? sha256(found.token) : undefined
  if (hash === undefined || !(await invitations.isOpen(db, hash))) {
    const which = hash === undefined ? 'again' : 'gone'
    const [title, text] = [
      message(`invitation.${which}.title`),
      message(`invitation.${which}.text`),
    ]
    const page = noticePage({ tone: 'warning', title, text, support: frame.support }, context.t)
    return { type: 'closed', reply: frame.page(context, page, { status: 410 }) }
  }
  const request: JourneyRequest = {
    ...{ returnTo: '/start', cancelTo: '/start' },
    acrValues: [acrPossession],
    invitation: hash,
  }
  return { type: 'open', first: { kind: 'login', request } }
}

async function show(options: Options, context: RequestContext): Promise<Reply> {
  const found = await findFirst(options, context)
  return found.type === 'closed' ? found.reply : await showFirst(options, context, found.first)
}

/** From the next page on, the journey stands for the invitation, and another person at this browser does not find it. */
async function begin(options: Options, from: RequestContext): Promise<Reply> {
  const { frame, tokens } = options
  const { fields, context } = await frame.receive(from)
  if (context.browserToken === undefined)
    return frame.page(context, cookiesOffPage(context.path, context.t), { status: 403 })
  frame.checkForm(context, fields)
  const found = await findFirst(options, context)
  if (found.type === 'closed') return found.reply
  const { remember: _, ...answers } = readSubmission(fields).answers
  const reply = await beginFirst(options, context, found.first, answers)
  const hasMoved = reply.status === 303
  return hasMoved ? { ...reply, cookies: [...reply.cookies, tokens.clear(context)] } : reply
}
