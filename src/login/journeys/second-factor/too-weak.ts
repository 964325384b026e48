/** The page for whom nothing that they have is enough for an app, beside a session: what would be, and the way there. */

import { message } from '../../../platform/ui/message.ts'
import type { Form, Prompt } from '../../engine/prompt.ts'
import type { FactorCard } from '../../factors/factor.ts'

export interface TooWeak {
  readonly app: string | undefined
  /** What can be set up here and would be enough. */
  readonly enough: readonly FactorCard[]
  /** The address that begins the login in which it is set up. */
  readonly restartPath: string
}

export function createTooWeakForm({ app, enough, restartPath }: TooWeak): Form {
  const isPossible = enough.length > 0
  const text = isPossible ? 'too_weak.text' : 'too_weak.none'
  const prompts: Prompt[] = [
    { type: 'notice', tone: 'warning', text: message(text) },
    ...(isPossible ? [{ type: 'facts', rows: enough.map(createRow) } as const] : []),
    ...(isPossible
      ? [
          {
            type: 'link',
            href: restartPath,
            label: message('too_weak.go'),
            look: 'primary',
          } as const,
        ]
      : []),
    {
      type: 'link',
      href: '/account/authenticators',
      label: message('too_weak.account'),
      look: isPossible ? 'quiet' : 'primary',
    },
  ]
  return {
    title: message('too_weak.title'),
    lead: app === undefined ? message('too_weak.lead.plain') : message('too_weak.lead', { app }),
    width: 'narrow',
    prompts,
  }
}

const createRow = ({ label, hint }: FactorCard) => ({ label, value: hint })
