/**
 * The pages on which a person lets another device in: the code, the question whether it is theirs, and the result. Plain
 * data in, a page out.
 */
import { html } from '../../platform/ui/html.ts'
import { type Message, message } from '../../platform/ui/message.ts'
import type { Page } from '../../platform/ui/page.ts'
import { button, facts, field, heading, note } from '../../platform/ui/parts.ts'
import type { Translate } from '../../platform/ui/translate.ts'
import { notAllowedPage, noticePage } from './pages.ts'

export interface DeviceCodePage {
  readonly action: string
  readonly formToken: string
  /** As it was typed, or as it came with a link. */
  readonly code?: string | undefined
  readonly problem?: Message | undefined
}

export function deviceCodePage(shown: DeviceCodePage, t: Translate): Page {
  const { problem } = shown
  const title = t(message('device.code.title'))
  const error =
    problem && note({ tone: 'error', text: t(problem), id: 'summary', isSaidByField: true })
  const code = field(
    {
      type: 'text',
      name: 'user_code',
      label: t(message('device.code.label')),
      hint: t(message('device.code.hint')),
      autocomplete: 'off',
      value: shown.code,
      state: {
        isInvalid: problem !== undefined,
        describedBy: problem && 'summary',
        isFocused: true,
      },
    },
    t,
  )
  const submit = button({ look: 'primary', label: t(message('device.code.submit')) })
  const lead = t(message('device.code.lead'))
  const body = html`${heading(title, { lead, isFocused: false })}${error}<form class="stack" method="post" action="${shown.action}"><input type="hidden" name="form_token" value="${shown.formToken}">${code}${submit}</form>`
  return { title, body, width: 'narrow', isError: problem !== undefined }
}

export interface DeviceConfirmPage {
  readonly action: string
  readonly formToken: string
  /** As the device shows it. */
  readonly code: string
  readonly appName: string
  /** Whose account the device gets into. */
  readonly username: string
  /** Milliseconds since the epoch: when the device asked. */
  readonly askedAt: number
  /** Where it asked from: a place, or an address. */
  readonly from: string | undefined
}

export function deviceConfirmPage(shown: DeviceConfirmPage, t: Translate): Page {
  const title = t(message('device.confirm.title', { app: shown.appName }))
  const lead = t(message('device.confirm.lead', { name: shown.username }))
  const rows = [
    ...(shown.from === undefined
      ? []
      : [{ label: t(message('device.confirm.from')), value: shown.from }]),
    {
      label: t(message('device.confirm.at')),
      value: t(message('device.confirm.time', { at: shown.askedAt })),
    },
  ]
  const warning = note({ tone: 'warning', text: t(message('device.confirm.warning')) })
  const hidden = renderHidden(shown)
  const allow = button({
    look: 'primary',
    label: t(message('device.confirm.allow')),
    name: 'answer',
    value: 'allow',
  })
  const deny = renderDeny(t)
  const body = html`${heading(title, { lead, isFocused: true })}<p class="stack">${t(message('device.confirm.code'))} <strong class="ref">${shown.code}</strong></p>${facts(rows)}${warning}<form class="stack tight" method="post" action="${shown.action}">${hidden}${allow}${deny}</form>`
  return { title, body, width: 'narrow' }
}

const renderHidden = ({ formToken, code }: Pick<DeviceConfirmPage, 'formToken' | 'code'>) =>
  Object.entries({ form_token: formToken, user_code: code }).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
  )

const renderDeny = (t: Translate) =>
  button({
    look: 'secondary',
    label: t(message('device.confirm.deny')),
    name: 'answer',
    value: 'deny',
  })

export type DeviceRefusedPage = Parameters<typeof notAllowedPage>[0] &
  Pick<DeviceConfirmPage, 'action' | 'formToken' | 'code'>

/** Without this button the device would wait until its code expires. */
export function deviceRefusedPage(shown: DeviceRefusedPage, t: Translate): Page {
  const page = notAllowedPage(shown, t)
  const form = html`<form class="stack tight" method="post" action="${shown.action}">${renderHidden(shown)}${renderDeny(t)}</form>`
  return { ...page, body: html`${page.body}${form}` }
}

export function deviceDonePage(
  done: { readonly appName: string; readonly isAllowed: boolean },
  t: Translate,
): Page {
  const { appName: app, isAllowed } = done
  const name = isAllowed ? 'allowed' : 'denied'
  const [title, text] = [message(`device.${name}.title`), message(`device.${name}.text`, { app })]
  return noticePage({ tone: isAllowed ? 'success' : 'info', title, text }, t)
}
