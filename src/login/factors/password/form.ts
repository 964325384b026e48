/** The page of the first step: what it asks, why it asks, and what stands beside name and password. */
import type { App } from '../../../identity/apps/apps.ts'
import { findPresence } from '../../../identity/sessions/session.ts'
import { type Message, message } from '../../../platform/ui/message.ts'
import type { Form, Prompt, TicketPrompt } from '../../engine/prompt.ts'
import type { StepContext } from '../../engine/step.ts'

/** The app that a login is for. */
export type AskingApp = Pick<App, 'name' | 'registration'>

/** The reason that the page shows to a user who already has a session; `undefined` for all others. */
export function findReason(
  { client, request }: StepContext,
  asking: AskingApp | undefined,
): Message | undefined {
  const { confirms, authenticatedSince: since, loginHint } = request
  if (confirms === 'account') return message('login.lead.account')
  // With an empty name another person is to log in, who has nothing to confirm.
  if (client.session === undefined || loginHint === '') return undefined
  const isTooOld = since !== undefined && findPresence(client.session) < since
  const app = isTooOld ? asking?.name : undefined
  return app === undefined ? message('login.again.lead') : message('login.again.app', { app })
}

const forgotPassword = '/forgot-password'

/** If an app asked, that page leads back to the same login. */
export function createForgotPath({ request, createRestartPath }: StepContext): string {
  if (request.appId === undefined) return forgotPassword
  const again = createRestartPath()
  return `${forgotPassword}${again.slice(again.indexOf('?'))}`
}

/**
 * @param again the reason that the page shows to a user who already has a session
 * @param beside what another factor asks in the place of name and password
 */
export function createPasswordForm(
  username: string,
  again?: Message,
  beside?: Prompt,
  forgotPath = forgotPassword,
): Form {
  return {
    title: message(again === undefined ? 'login.title' : 'login.again.title'),
    lead: again ?? message('login.lead'),
    width: 'narrow',
    prompts: [
      {
        type: 'text',
        name: 'username',
        label: message('login.username'),
        value: username,
        autocomplete: beside === undefined ? 'username' : 'username webauthn',
      },
      {
        type: 'secret',
        name: 'password',
        label: message('login.password'),
        autocomplete: 'current-password',
      },
      {
        type: 'choice',
        name: 'action',
        options: [{ value: 'login', label: message('login.submit'), look: 'primary' }],
      },
      ...(beside === undefined ? [] : [beside]),
      { type: 'link', href: forgotPath, label: message('login.forgot') },
    ],
  }
}

/** Below the button of the password, so that Enter in a field presses that one. */
export function addTicket(form: Form, ticket: TicketPrompt | undefined): Form {
  if (ticket === undefined) return form
  const at = form.prompts.findIndex(({ type }) => type === 'choice') + 1
  return { ...form, prompts: form.prompts.toSpliced(at, 0, ticket) }
}

/** For a login that is based on a ticket, and for a change beside a session: the person is known, and types their own password. */
export function createConfirmForm(
  username: string,
  { kind, request, createRestartPath }: Pick<StepContext, 'kind' | 'request' | 'createRestartPath'>,
): Form {
  const lead = request.confirms === 'account' ? 'login.lead.account' : 'ticket.password.lead'
  const form = createPasswordForm(username, message(lead))
  const hidden = { type: 'hidden', name: 'username', value: username } as const
  const prompts = [hidden, ...form.prompts.filter(({ type }) => type !== 'text')]
  if (kind === 'login') return { ...form, prompts }
  const href = createRestartPath()
  const cancel = { type: 'link', href, label: message('action.cancel'), look: 'quiet' } as const
  return { ...form, prompts: [...prompts.map(nameConfirm), cancel] }
}

/** A user with a session does not sign in again. */
function nameConfirm(prompt: Prompt): Prompt {
  if (prompt.type !== 'choice') return prompt
  const label = message('password.confirm.submit')
  return { ...prompt, options: prompt.options.map((one) => ({ ...one, label })) }
}

/** Before they type the password, the person reads that nobody has checked what it is for. */
export function warnOfUnknownApp(form: Form, app: AskingApp | undefined, place = ''): Form {
  if (app?.registration === undefined) return form
  const { policyUri, termsUri } = app.registration
  const text = message('unknown_app.login', { app: app.name, place })
  const links = [
    { href: policyUri, label: message('unknown_app.policy') },
    { href: termsUri, label: message('unknown_app.terms') },
  ].flatMap(({ href, label }): Prompt[] =>
    href === undefined ? [] : [{ type: 'link', href, label, isElsewhere: true }],
  )
  return {
    ...form,
    prompts: [{ type: 'notice', tone: 'warning', text }, ...form.prompts, ...links],
  }
}
