/** Pages after a person has cancelled the login for an app. Plain data in, a page out. */
import { html } from '../../platform/ui/html.ts'
import { icon } from '../../platform/ui/icons.ts'
import { type Message, message } from '../../platform/ui/message.ts'
import type { Page } from '../../platform/ui/page.ts'
import { heading, linkButton } from '../../platform/ui/parts.ts'
import type { Translate } from '../../platform/ui/translate.ts'
import { noticePage } from './pages.ts'

/** Leads back to the app by itself, so that the app gets its answer. */
export function leadBackPage(
  back: {
    readonly title: Message
    /** What happened to what the login had begun. */
    readonly text: Message | undefined
    readonly app: string
    readonly href: string
  },
  t: Translate,
): Page {
  const { app, href } = back
  const title = t(back.title)
  const lead = t(back.text ?? message('cancelled.back.text', { app }))
  const body = html`<div class="sign info">${icon('info')}</div>${heading(title, { lead, isFocused: true })}<div class="stack">${linkButton(href, t(message('forward.back')), 'primary')}</div>`
  return { title, body, width: 'narrow', refresh: { seconds: 0, url: href, when: 'always' } }
}

/** For an app that cannot be told: it would only begin the same login again. */
export function cancelledPage(
  { appName: app, againUrl: href }: { readonly appName: string; readonly againUrl: string },
  t: Translate,
): Page {
  const links = [{ href, label: message('cancelled.at_app.again') }]
  const text = message('cancelled.at_app.text', { app })
  return noticePage({ tone: 'info', title: message('cancelled.login.title'), text, links }, t)
}
