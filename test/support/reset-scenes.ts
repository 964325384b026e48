/** The pages around a forgotten password. */
import {
  createRequestForm,
  createTooManyError,
  endedPage,
  missingName,
  sentPage,
} from '../../src/faces/reset/pages.ts'
import { createChangePasswordForm } from '../../src/login/factors/password/change-step.ts'
import { createBeginForm, doneForm } from '../../src/login/reset/steps.ts'
import { message } from '../../src/platform/ui/message.ts'
import { asked, brand, formError, longBrand, type Scene } from './scene.ts'

const support = brand.support
const request = createRequestForm('', '/login')
const typed = createRequestForm('erika.mustermann', '/login')
const password = createChangePasswordForm({ min: 15 }, message('reset.password.lead'))
const longName = { username: 'alexandra.konstantinopoulos@rueckversicherung-sued.beispiel.example' }
const sent = { againUrl: '/forgot-password', backUrl: '/login', support }

export const resetScenes: readonly Scene[] = [
  { name: 'reset-request', page: asked(request) },
  { name: 'reset-request-missing', page: asked(request, { formError: missingName }) },
  { name: 'reset-request-too-many', page: asked(typed, { formError: createTooManyError(95) }) },
  { name: 'reset-sent', page: (t) => sentPage(sent, t) },
  { name: 'reset-sent-long', brand: longBrand, page: (t) => sentPage(sent, t) },
  { name: 'reset-ended', page: (t) => endedPage(undefined, t) },
  {
    name: 'reset-cancelled',
    page: (t) =>
      endedPage(
        { title: message('cancelled.reset.title'), text: message('cancelled.reset.text') },
        t,
      ),
  },
  { name: 'reset-begin', page: asked(createBeginForm({ username: 'erika' }, false)) },
  { name: 'reset-begin-factor', page: asked(createBeginForm(longName, true)) },
  { name: 'reset-password', page: asked(password) },
  {
    name: 'reset-password-mismatch',
    page: asked(
      password,
      formError('password.change.refused.title', 'password.change.mismatch', ['password_again']),
    ),
  },
  { name: 'reset-done', page: asked(doneForm) },
]
