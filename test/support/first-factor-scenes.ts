/** The pages of users who may not enrol a first second factor yet, under each rule. */
import { cancelLink } from '../../src/login/journeys/second-factor/cancel.ts'
import { createMissingProofForm } from '../../src/login/journeys/second-factor/missing-proof.ts'
import { putDeskFirst } from '../../src/login/journeys/second-factor/trouble-page.ts'
import { asked, type Scene } from './scene.ts'

function createMissingProofPage(
  rule: 'invitation' | 'network' | 'pass',
  invitation?: 'other_person',
) {
  const places = ['Zentrale', 'Werk Nord']
  const missing = { type: 'missing', rule, places, takesPass: true } as const
  const form = createMissingProofForm(
    { ...missing, ...(invitation !== undefined && { invitation }) },
    [],
    cancelLink({ cancelTo: '/sso/oidc/a/cancel' }),
  )
  const desk = { type: 'desk', phone: '+49 30 123456', reference: '1234 5678' } as const
  return { ...form, prompts: putDeskFirst(form.prompts, desk) }
}

export const firstFactorScenes: readonly Scene[] = [
  ...(['invitation', 'network', 'pass'] as const).map((rule) => ({
    name: `first-${rule}`,
    page: asked(createMissingProofPage(rule)),
  })),
  {
    name: 'first-wrong-envelope',
    page: asked(createMissingProofPage('invitation', 'other_person')),
  },
]
