/** The fields of a form of a journey: the version of its page, and the answers. */
import { maxBodyBytes } from '../../platform/http/body.ts'
import { Fault } from '../../platform/kernel/fault.ts'

/** Throws Fault `bad_request`. */
export function readSubmission(fields: Record<string, string>) {
  const { version = '' } = fields
  if (!/^\d{1,9}$/.test(version)) throw new Fault('bad_request', 'The form has no version')
  const answers: Record<string, string> = {}
  for (const [name, answer] of Object.entries(fields)) {
    if (name === 'version' || name === 'form_token') continue
    if (answer.length > maxBodyBytes / 16) throw new Fault('bad_request', 'A field is too long')
    answers[name] = answer
  }
  return { version: Number(version), answers }
}
