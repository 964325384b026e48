/** The page that offers to go on with a phone whose enrolment was begun and not verified. Owns its form. */
import { type MessageKey, message } from '../../../platform/ui/message.ts'
import type { Form } from '../../engine/prompt.ts'

export interface BegunPhone {
  readonly name: string | null
  readonly createdAt: number
}

/** The words in which the kinds of phones differ. */
export interface ResumeWords {
  readonly lead: MessageKey
  readonly goOnHint: MessageKey
  readonly renewHint: MessageKey
}

export function createResumePage({ name, createdAt }: BegunPhone, words: ResumeWords): Form {
  return {
    title: message('resume.title'),
    lead: message(words.lead),
    width: 'narrow',
    prompts: [
      {
        type: 'facts',
        rows: [
          { label: message('resume.phone'), value: name ?? message('resume.unnamed') },
          { label: message('resume.begun'), value: message('resume.at', { at: createdAt }) },
        ],
      },
      {
        type: 'choice',
        name: 'action',
        options: [
          {
            value: 'resume',
            label: message('resume.go_on'),
            hint: message(words.goOnHint),
            look: 'primary',
            icon: 'phone',
          },
          {
            value: 'renew',
            label: message('resume.renew'),
            hint: message(words.renewHint),
            look: 'card',
            icon: 'phone',
          },
          {
            value: 'not_mine',
            label: message('resume.not_mine'),
            hint: message('resume.not_mine.hint'),
            look: 'card',
            icon: 'never',
          },
          { value: 'back', label: message('enrol.back'), look: 'quiet' },
        ],
      },
    ],
  }
}
