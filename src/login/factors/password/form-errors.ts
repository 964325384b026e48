/** What the password page says when an attempt was not accepted. A wrong name and a wrong password read the same. */
import { message } from '../../../platform/ui/message.ts'
import type { FormError } from '../../engine/step.ts'

export const wrongPassword: FormError = {
  status: 422,
  title: message('login.wrong.title'),
  text: message('login.wrong.text'),
  fields: ['username', 'password'],
}

/** The password has to be changed, but this directory does not let us do that. */
export const changedElsewhere: FormError = {
  status: 422,
  title: message('login.change_elsewhere.title'),
  text: message('login.change_elsewhere.text'),
}

export function missingInput(username: boolean, password: boolean): FormError {
  const text =
    username && password
      ? 'login.missing.text'
      : username
        ? 'login.missing.username'
        : 'login.missing.password'
  return {
    status: 422,
    title: message('login.missing.title'),
    text: message(text),
    fields: [...(username ? ['username'] : []), ...(password ? ['password'] : [])],
  }
}

/**
 * For a name that was tried too often, which others may have done: the same for every name, whether anybody has it or not.
 * @param retryAfter seconds
 */
export function tooManyForName(retryAfter: number): FormError {
  return {
    ...tooManyAttempts(retryAfter),
    text: message('login.throttled.name', { wait: retryAfter }),
  }
}

/** @param retryAfter seconds */
export function tooManyAttempts(retryAfter: number): FormError {
  return {
    status: 429,
    title: message('login.throttled.title'),
    text: message('login.throttled.text', { wait: retryAfter }),
    retryAfter,
  }
}
