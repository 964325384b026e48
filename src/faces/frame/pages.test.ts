import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type FaultCode, faultStatus } from '../../platform/kernel/fault.ts'
import { message } from '../../platform/ui/message.ts'
import { createTranslator } from '../../platform/ui/translate.ts'
import { appErrorPage, errorPage, forwardPage, logoutPage, noticePage } from './pages.ts'

const t = createTranslator('de')
const hostile = `"><img src=x onerror=alert(1)>'&`
const url = `/x?${hostile}`

test('text from a user or an app cannot inject markup into a page', () => {
  const pages = [
    logoutPage(
      {
        ...{ action: url, formToken: hostile, cancelUrl: url, appName: hostile },
        hidden: { [hostile]: hostile },
      },
      t,
    ),
    forwardPage({ app: hostile, href: url }, t),
    appErrorPage({ code: hostile, description: hostile }, t),
    errorPage({ code: 'internal', reference: hostile }, t),
  ]
  for (const { body } of pages)
    assert.doesNotMatch(body.toString(), /<img src=x|onerror=alert\(1\)>/)
})

test('the page of a fault says what happened, whom to ask, and where to continue', () => {
  for (const code of Object.keys(faultStatus) as FaultCode[]) {
    const page = errorPage({ code, reference: 'K7QM3XPA', support: { email: 'h@x.example' } }, t)
    const body = page.body.toString()
    assert.equal(page.isError, true)
    assert.match(body, /K7QM-3XPA/)
    assert.match(body, /mailto:h@x\.example/)
    assert.match(body, /<a class="button" href="\/">/)
    assert.ok(body.includes(t(message(`error.${code}.title`))))
  }
})

test('a page that can be loaded again says so before it names the service desk', () => {
  const link = { href: '/again', label: message('error.unavailable.again') }
  const support = { email: 'h@x.example' }
  const body = errorPage({ code: 'unavailable', link, support }, t).body.toString()
  assert.match(body, /href="\/again".*mailto:h@x\.example/)
})

test('a notice page has a link to continue', () => {
  const link = { href: '/login', label: message('approval.restart') }
  const text = message('logout.done.text')
  const page = noticePage({ tone: 'info', title: message('wait.title'), text, links: [link] }, t)
  assert.match(page.body.toString(), /<a class="button" href="\/login">Zurück zur Anmeldung<\/a>/)
})
