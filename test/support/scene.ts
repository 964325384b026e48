/** What the scenes of all areas share: brands, times, names that are too long, and how a step's page is shown. */

import { addLogoutLine } from '../../src/faces/frame/logout-link.ts'
import type { AskPage } from '../../src/faces/login/ask-page.ts'
import { renderForm } from '../../src/faces/login/page.ts'
import type { Form } from '../../src/login/engine/prompt.ts'
import type { FormError } from '../../src/login/engine/step.ts'
import type { Brand } from '../../src/platform/ui/brand.ts'
import { type MessageKey, message } from '../../src/platform/ui/message.ts'
import type { Page } from '../../src/platform/ui/page.ts'
import type { Translate } from '../../src/platform/ui/translate.ts'

export const brand: Brand = {
  name: 'Beispiel Versicherung',
  appsLine: {
    de: 'Eine Anmeldung für Webmail, Portal, Angebot und Lernwelt.',
    en: 'One sign-in for webmail, portal, quotes and learning.',
  },
  colour: '#0b5089',
  cornerRadius: 8,
  support: { email: 'servicedesk@beispiel.example', phone: '089 000-0' },
  imprintUrl: 'https://beispiel.example/impressum',
  privacyUrl: 'https://beispiel.example/datenschutz',
}

export const longBrand: Brand = {
  ...brand,
  name: 'Rückversicherungsgesellschaft Süddeutscher Handwerksinnungen auf Gegenseitigkeit',
  colour: '#f2c200',
  cornerRadius: 0,
}

/** 2026-11-25T07:02:10Z. */
export const now = 1_795_590_130_000

export interface Scene {
  readonly name: string
  readonly brand?: Brand
  readonly page: (t: Translate) => Page
}

export const asked = (form: Form, options: Partial<AskPage> = {}) => {
  return (t: Translate): Page =>
    renderForm({
      form,
      t,
      now,
      action: '/login/journey',
      version: 3,
      formToken: 'form-token',
      wait: { events: '/login/events', status: '/login/status', next: '/login/journey' },
      ...options,
    })
}

/** As `asked`, for a dialogue that begins in the account. */
export const askedInAccount = (form: Form) => {
  const page = asked(form)
  return (t: Translate): Page => addLogoutLine(page(t), t)
}

export const formError = (
  title: MessageKey,
  text: MessageKey,
  fields: readonly string[],
  values?: Record<string, number>,
): { formError: FormError } => ({
  formError: { status: 422, title: message(title), text: message(text, values), fields },
})

export const longApp = 'Vertriebspartnerinformationssystem'
export const longDevice =
  'Maximiliane-Friederike von Hohenlohe-Langenburgs privates Xiaomi Redmi Note 13 Pro'
