/**
 * The step that shows where to get the phone's app: both stores, each as a link and as a QR code, or on a phone one button
 * for its own.
 */

import { message } from '../../../platform/ui/message.ts'
import type { Form, Prompt } from '../../engine/prompt.ts'
import type { Step } from '../../engine/step.ts'
import { getsAppEntry, registrationEntry } from './data.ts'

export interface GetAppOptions {
  readonly iosUrl: string
  readonly androidUrl: string
}

type Outcome = 'register' | 'back'

export function createGetAppStep(options: GetAppOptions): Step<'second-factor/get-app', Outcome> {
  return {
    name: 'second-factor/get-app',
    outcomes: ['register', 'back'],
    async run(context) {
      const action = context.answers?.action
      if (action === 'register') {
        return { type: 'done', outcome: action, change: { data: getsAppEntry.write(true) } }
      }
      // Back to the code from whose page the person came.
      const isFromCode = registrationEntry.read(context.data) !== undefined
      if (action === 'back') return { type: 'done', outcome: isFromCode ? 'register' : action }
      return { type: 'ask', form: createGetAppForm(options, context.client.browser?.system) }
    },
  }
}

/** @param system of the browser: on a phone there is one button, for its own store */
export function createGetAppForm(options: GetAppOptions, system?: string): Form {
  const store = findOwnStore(options, system)
  return store === undefined
    ? createBothStoresForm(options)
    : {
        title: message('store.title'),
        lead: message('store.lead.here'),
        width: 'narrow',
        prompts: [{ type: 'link', look: 'primary', ...store }, createWaysOn('secondary')],
      }
}

function findOwnStore({ iosUrl, androidUrl }: GetAppOptions, system: string | undefined) {
  if (system === 'iPhone' || system === 'iPad')
    return { href: iosUrl, label: message('store.ios.here') }
  if (system === 'Android') return { href: androidUrl, label: message('store.android.here') }
  return undefined
}

function createWaysOn(look: 'primary' | 'secondary'): Prompt {
  return {
    type: 'choice',
    name: 'action',
    options: [
      { value: 'register', label: message('store.next'), look },
      { value: 'back', label: message('store.back'), look: 'quiet' },
    ],
  }
}

function createBothStoresForm({ iosUrl, androidUrl }: GetAppOptions): Form {
  return {
    title: message('store.title'),
    lead: message('store.lead'),
    width: 'wide',
    prompts: [
      {
        type: 'qr',
        look: 'store',
        content: iosUrl,
        label: message('store.ios.qr'),
        link: message('store.ios'),
      },
      {
        type: 'qr',
        look: 'store',
        content: androidUrl,
        label: message('store.android.qr'),
        link: message('store.android'),
      },
      createWaysOn('primary'),
    ],
  }
}
