/** The step that shows where to get the phone's app: both stores, each as a link and as a QR code. */

import { message } from '../../../platform/ui/message.ts'
import type { Form } from '../../engine/prompt.ts'
import type { Step } from '../../engine/step.ts'

export interface GetAppOptions {
  readonly iosUrl: string
  readonly androidUrl: string
}

type Outcome = 'register' | 'back'

export function createGetAppStep(options: GetAppOptions): Step<'second-factor/get-app', Outcome> {
  const form = createGetAppForm(options)
  return {
    name: 'second-factor/get-app',
    outcomes: ['register', 'back'],
    async run(context) {
      const action = context.answers?.action
      if (action === 'register' || action === 'back') return { type: 'done', outcome: action }
      return { type: 'ask', form }
    },
  }
}

export function createGetAppForm({ iosUrl, androidUrl }: GetAppOptions): Form {
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
      {
        type: 'choice',
        name: 'action',
        options: [
          { value: 'register', label: message('store.next'), look: 'primary' },
          { value: 'back', label: message('store.back'), look: 'quiet' },
        ],
      },
    ],
  }
}
