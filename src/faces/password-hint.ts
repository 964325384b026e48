/**
 * What a page says about a new password while it is typed: the judgement that it would get when it is sent. Owns the address
 * that the script `strength` calls. Stores nothing and reveals nothing about users: the caller says whose password it will be.
 */
import { createAddressLimit } from '../identity/limits/address-limit.ts'
import { describeRefusal, type PasswordRules } from '../identity/users/password-rules.ts'
import type { Config } from '../platform/config/schema.ts'
import { readForm } from '../platform/http/body.ts'
import { sharedRanges } from '../platform/http/client.ts'
import type { Reply } from '../platform/http/reply.ts'
import type { Clock } from '../platform/kernel/clock.ts'
import { message } from '../platform/ui/message.ts'
import { passwordHintPath } from '../platform/ui/parts.ts'
import type { RequestContext } from './frame/context.ts'
import type { Frame } from './frame/frame.ts'
import { declarePages, type FaceRoute } from './frame/route.ts'

export interface PasswordHintOptions {
  readonly frame: Pick<Frame, 'checkForm' | 'json'>
  readonly passwordRules: Pick<PasswordRules, 'check'>
  readonly clock: Clock
  readonly config: Pick<Config, 'networks'>
}

export interface PasswordHint {
  judge(context: RequestContext): Promise<Reply>
}

/** For one address in a minute: two each second, faster than anybody types. */
const limit = 120

/** The longest password needs 3 kB, and the names of a person seldom 1 kB. */
const maxFormBytes = 8 * 1024

export function createPasswordHint(options: PasswordHintOptions): PasswordHint {
  const { frame, passwordRules, clock, config } = options
  const addresses = createAddressLimit({
    clock,
    limit,
    isShared: sharedRanges(config.networks).has,
  })
  return {
    async judge(context) {
      const fields = await readForm(context.request, maxFormBytes)
      frame.checkForm(context, fields)
      const refused = addresses.admit(context.client.address)
      if (refused !== undefined)
        return frame.json({}, 429, { 'retry-after': `${refused.retryAfter}` })
      const { password = '', username = '', display_name: displayName, email } = fields
      // The page has counted the characters that this user needs.
      const owner = { username, displayName, email, hasSecondFactor: true }
      const judged = await passwordRules.check(password, owner)
      const isRefused = judged.type === 'refused'
      const level = isRefused ? 'weak' : judged.guessability
      const text = isRefused
        ? describeRefusal(judged)
        : message(`password.typed.${judged.guessability}`)
      return frame.json({ level, text: context.t(text) })
    },
  }
}

const { post } = declarePages<PasswordHint>()

export const passwordHintRoutes: readonly FaceRoute<PasswordHint>[] = [
  post(passwordHintPath, 'say how good a new password is', (hint, context) => hint.judge(context)),
]
