/** Codes of an app, passkeys, recovery codes, and the choice among them. */

import type { Form } from '../../src/login/engine/prompt.ts'
import { describeHold } from '../../src/login/factors/approval/hold-words.ts'
import { createLimitError } from '../../src/login/factors/approval/limited-page.ts'
import { withoutField } from '../../src/login/factors/code-step.ts'
import { createDeskPassForm } from '../../src/login/factors/desk-pass/verify-step.ts'
import type { FactorCard } from '../../src/login/factors/factor.ts'
import { describeFactor } from '../../src/login/factors/index.ts'
import { createRefusalError } from '../../src/login/factors/lockout.ts'
import { createPasskeyEnrolForm } from '../../src/login/factors/passkey/enrol-step.ts'
import { createPasskeyForm } from '../../src/login/factors/passkey/verify-step.ts'
import { createCodesForm, createLeftForm } from '../../src/login/factors/recovery/enrol-step.ts'
import {
  createRecoveryForm,
  usedEntry,
  wrongCode as wrongRecoveryCode,
} from '../../src/login/factors/recovery/verify-step.ts'
import { createTotpEnrolForm } from '../../src/login/factors/totp/enrol-step.ts'
import {
  createTotpForm,
  malformed,
  usedCode,
  wrongCode,
} from '../../src/login/factors/totp/verify-step.ts'
import {
  allOffForm,
  createAllRemovedForm,
  createOtherForm,
  stillNothing,
} from '../../src/login/journeys/second-factor/choose.ts'
import { sayLost } from '../../src/login/journeys/second-factor/lost.ts'
import { explainCode } from '../../src/login/journeys/second-factor/no-code.ts'
import { createRecentForm } from '../../src/login/journeys/second-factor/recent.ts'
import { putDeskFirst } from '../../src/login/journeys/second-factor/trouble-page.ts'
import { message } from '../../src/platform/ui/message.ts'
import { asked, brand, formError, longBrand, longDevice, now, type Scene } from './scene.ts'

const totp = createTotpForm(true)
const enrolTotp = createTotpEnrolForm(
  { secret: () => new Uint8Array(20).fill(77), algorithm: 'SHA1', digits: 6, period: 30 },
  { issuer: 'Beispiel Versicherung', account: 'erika.mustermann' },
)
export const ways: readonly FactorCard[] = [
  describeFactor('push'),
  describeFactor('totp'),
  describeFactor('passkey'),
  { ...describeFactor('recovery'), hint: message('other.recovery.hint', { left: 7 }) },
]

/** The phone was asked too often. */
const held = ways.map((one) => {
  const hint = one.kind === 'push' ? describeHold(now + 420_000, now) : undefined
  return hint === undefined ? one : { ...one, hint, isHeld: true }
})

const paper = [
  ...['0J4K9QW2ZT7RM5XB', '1V8N3HCY6GPD0ESA', '2R5TB7XKQ9WJ4MZF', '3GHP8D1NV6YC0ESK'],
  ...['4QW9ZT7RM5XB0J2K', '5HCY6GPD0ESA1V8N', '6KQ9WJ4MZF2R5TB7', '7NV6YC0ESK3GHP8D'],
  ...['8M5XB0J2K4QW9ZT7', '9D0ESA1V8N5HCY6G'],
]
const owner = {
  data: {},
  now: Date.UTC(2026, 10, 25, 9),
  username: 'erika.mustermann',
  place: { publicUrl: 'https://login.beispiel.example', brand: brand.name, support: brand.support },
}
const codeWasUsed = { ...owner, data: usedEntry.write(true) }

const withDesk = (form: Form): Form => ({
  ...form,
  prompts: putDeskFirst(form.prompts, {
    type: 'desk',
    ...brand.support,
    reference: 'K7QM-3XPA',
  }),
})
const allRemoved = withDesk(createAllRemovedForm(Date.UTC(2026, 10, 24)))

const recoveryScenes: readonly Scene[] = [
  { name: 'recovery-codes', page: asked(createCodesForm(paper, owner, true, 0)) },
  { name: 'recovery-codes-after-use', page: asked(createCodesForm(paper, codeWasUsed, true, 2)) },
  { name: 'recovery-codes-left', page: asked(createLeftForm(8)) },
  { name: 'recovery-codes-new', page: asked(createCodesForm(paper, owner, false, 7)) },
  { name: 'recovery-code', page: asked(explainCode(createRecoveryForm(true, false), undefined)) },
  {
    name: 'recovery-code-foreign',
    page: asked(explainCode(createRecoveryForm(true, true), undefined)),
  },
  {
    name: 'recovery-code-lost',
    page: asked(explainCode(createRecoveryForm(true, false), Date.UTC(2026, 10, 24))),
  },
  {
    name: 'desk-pass-lost',
    page: asked(explainCode(createDeskPassForm(false), Date.UTC(2026, 10, 24))),
  },
  {
    name: 'recovery-code-wrong',
    page: asked(createRecoveryForm(true, false), { formError: wrongRecoveryCode }),
  },
  {
    name: 'recovery-code-off',
    page: asked(explainCode(withoutField(createRecoveryForm(true, false)), undefined), {
      formError: createRefusalError({ type: 'off' }),
    }),
  },
  { name: 'all-removed', page: asked(allRemoved) },
  { name: 'all-removed-retry', page: asked(allRemoved, { formError: stillNothing }) },
  { name: 'recovery-all-off', page: asked(withDesk(allOffForm)) },
]

export const factorScenes: readonly Scene[] = [
  {
    name: 'recent',
    page: asked(
      createRecentForm([
        { id: 'one', kind: 'passkey', name: 'Firefox unter Windows', boundAt: now },
      ]),
    ),
  },
  {
    name: 'recent-several',
    brand: longBrand,
    page: asked(
      createRecentForm([
        { id: 'one', kind: 'push', name: longDevice, boundAt: now },
        { id: 'two', kind: 'totp', name: null, boundAt: now },
      ]),
    ),
  },
  { name: 'other', page: asked(createOtherForm(ways)) },
  {
    name: 'other-held',
    page: asked(createOtherForm(held), {
      formError: createLimitError({ type: 'budget', until: now + 420_000 }, now),
    }),
  },
  { name: 'totp', page: asked(totp) },
  { name: 'totp-only', page: asked(createTotpForm(false)) },
  { name: 'totp-named', page: asked(createTotpForm(true, longDevice)) },
  { name: 'totp-wrong', page: asked(totp, { formError: wrongCode }) },
  {
    name: 'totp-waits-in-new-browser',
    page: asked(totp, {
      formError: createRefusalError({ type: 'wait', retryAfter: 840, group: 'new' }),
    }),
  },
  {
    name: 'totp-off-in-new-browser',
    page: asked(withoutField(totp), {
      formError: createRefusalError({ type: 'off', group: 'new' }),
    }),
  },
  { name: 'totp-used', page: asked(totp, { formError: usedCode }) },
  { name: 'totp-malformed', page: asked(totp, { formError: malformed(6) }) },
  { name: 'totp-enrol', page: asked(enrolTotp) },
  { name: 'totp-enrol-long-brand', brand: longBrand, page: asked(enrolTotp) },
  { name: 'totp-enrol-lost', page: asked(sayLost(enrolTotp, '')) },
  {
    name: 'passkey-enrol-lost',
    page: asked(sayLost(createPasskeyEnrolForm('{}', false), 'Schlüsselbund')),
  },
  { name: 'totp-enrol-wrong', page: asked(enrolTotp, { formError: wrongCode }) },
  { name: 'passkey-enrol', page: asked(createPasskeyEnrolForm('{}', false)) },
  {
    name: 'passkey-enrol-refused',
    page: asked(
      createPasskeyEnrolForm('{}', false),
      formError('passkey.enrol.refused.title', 'passkey.enrol.refused.text', []),
    ),
  },
  { name: 'passkey', page: asked(createPasskeyForm('{}', true, false)) },
  { name: 'passkey-alone', page: asked(createPasskeyForm('{}', false, false)) },
  { name: 'passkey-late', page: asked(createPasskeyForm('{}', true, true)) },
  {
    name: 'passkey-cloned',
    page: asked(
      createPasskeyForm('{}', true, false),
      formError('passkey.cloned.title', 'passkey.cloned.text', []),
    ),
  },
  ...recoveryScenes,
]
