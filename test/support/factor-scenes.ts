/** Codes of an app, passkeys, recovery codes, and the choice among them. */
import { complaintOf } from '../../src/login/factors/attempts.ts'
import type { FactorCard } from '../../src/login/factors/factor.ts'
import { describeFactor } from '../../src/login/factors/index.ts'
import { passkeyAsk } from '../../src/login/factors/passkey/confirm-step.ts'
import { passkeyEnrolAsk } from '../../src/login/factors/passkey/register-step.ts'
import {
  recoveryAsk,
  wrongCode as wrongRecoveryCode,
} from '../../src/login/factors/recovery/confirm-step.ts'
import { codesAsk } from '../../src/login/factors/recovery/create-step.ts'
import {
  malformed,
  totpAsk,
  usedCode,
  wrongCode,
} from '../../src/login/factors/totp/confirm-step.ts'
import { totpEnrolAsk } from '../../src/login/factors/totp/register-step.ts'
import { allOffAsk, otherAsk } from '../../src/login/journeys/second-factor/choose.ts'
import { message } from '../../src/platform/ui/message.ts'
import { asked, complaint, longBrand, type Scene } from './scene.ts'

const totp = totpAsk(true)
const enrolTotp = totpEnrolAsk(
  { secret: () => new Uint8Array(20).fill(77), algorithm: 'SHA1', digits: 6, period: 30 },
  { issuer: 'Beispiel Versicherung', account: 'erika.mustermann' },
)
export const ways: readonly FactorCard[] = [
  describeFactor('push'),
  describeFactor('totp'),
  describeFactor('passkey'),
  { ...describeFactor('recovery'), hint: message('other.recovery.hint', { left: 7 }) },
]

const paper = [
  ...['0J4K9QW2ZT7RM5XB', '1V8N3HCY6GPD0ESA', '2R5TB7XKQ9WJ4MZF', '3GHP8D1NV6YC0ESK'],
  ...['4QW9ZT7RM5XB0J2K', '5HCY6GPD0ESA1V8N', '6KQ9WJ4MZF2R5TB7', '7NV6YC0ESK3GHP8D'],
  ...['8M5XB0J2K4QW9ZT7', '9D0ESA1V8N5HCY6G'],
]
const owner = { kept: {}, now: Date.UTC(2026, 10, 25, 9), username: 'erika.mustermann' }
const codeWasUsed = { ...owner, kept: { 'recovery.used': true } }

const recoveryScenes: readonly Scene[] = [
  { name: 'recovery-codes', page: asked(codesAsk(paper, owner, true, 0)) },
  { name: 'recovery-codes-after-use', page: asked(codesAsk(paper, codeWasUsed, true, 9)) },
  { name: 'recovery-codes-new', page: asked(codesAsk(paper, owner, false, 7)) },
  { name: 'recovery-code', page: asked(recoveryAsk(true)) },
  {
    name: 'recovery-code-wrong',
    page: asked(recoveryAsk(true), { complaint: wrongRecoveryCode }),
  },
  {
    name: 'recovery-code-off',
    page: asked(recoveryAsk(true), { complaint: complaintOf({ type: 'off' }) }),
  },
  { name: 'recovery-all-off', page: asked(allOffAsk) },
]

export const factorScenes: readonly Scene[] = [
  { name: 'other', page: asked(otherAsk(ways.map((factor) => ({ factor })))) },
  { name: 'totp', page: asked(totp) },
  { name: 'totp-only', page: asked(totpAsk(false)) },
  { name: 'totp-wrong', page: asked(totp, { complaint: wrongCode }) },
  { name: 'totp-used', page: asked(totp, { complaint: usedCode }) },
  { name: 'totp-malformed', page: asked(totp, { complaint: malformed(6) }) },
  { name: 'totp-enrol', page: asked(enrolTotp) },
  { name: 'totp-enrol-long-brand', brand: longBrand, page: asked(enrolTotp) },
  { name: 'totp-enrol-wrong', page: asked(enrolTotp, { complaint: wrongCode }) },
  { name: 'passkey-enrol', page: asked(passkeyEnrolAsk('{}', false)) },
  {
    name: 'passkey-enrol-refused',
    page: asked(
      passkeyEnrolAsk('{}', false),
      complaint('passkey.enrol.refused.title', 'passkey.enrol.refused.text', []),
    ),
  },
  { name: 'passkey', page: asked(passkeyAsk('{}', true, false)) },
  { name: 'passkey-late', page: asked(passkeyAsk('{}', true, true)) },
  {
    name: 'passkey-cloned',
    page: asked(
      passkeyAsk('{}', true, false),
      complaint('passkey.cloned.title', 'passkey.cloned.text', []),
    ),
  },
  ...recoveryScenes,
]
