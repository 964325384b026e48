import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTranslator } from '../../../platform/ui/translate.ts'
import { arrangePage } from './arrange.ts'
import { homePage, searchFrom } from './home.ts'
import { type AppTile, findInitials } from './tile.ts'

const t = createTranslator('de')
const hostile = `"><img src=x onerror=alert(1)>'&`
const url = `/x?${hostile}`
const page = { name: 'Erika', arrangeUrl: '/account/apps', logoutUrl: '/logout' }

const listApps = (count: number): AppTile[] =>
  Array.from({ length: count }, (_, n) => ({ id: `a${n}`, name: `App ${n}`, href: '/' }))

const render = (
  apps: readonly AppTile[],
  more: { search?: string; count?: number; recent?: AppTile[] } = {},
) => homePage({ ...page, apps, count: apps.length, ...more }, t).body.toString()

test('the pages escape the names and addresses of apps and the text of a search', () => {
  const app = { id: 'a', name: hostile, href: url, pictureUrl: url }
  const home = { ...page, name: hostile, apps: [app], count: 40, search: hostile, logoutUrl: url }
  const bodies = [
    homePage(home, t).body,
    arrangePage({ apps: [app], formToken: hostile, isArranged: true }, t).body,
  ]
  for (const body of bodies) assert.doesNotMatch(body.toString(), /<img src=x|onerror=alert\(1\)>/)
})

test('the home page says if there is no app, and offers sorting only with several apps', () => {
  assert.match(render([]), /Hier steht keine Anwendung/)
  assert.doesNotMatch(render(listApps(1)), /account\/apps|type="search"/)
  assert.match(render(listApps(2)), /href="\/account\/apps"/)
})

test('with many apps the page has a search field, which has the focus', () => {
  assert.doesNotMatch(render(listApps(searchFrom - 1)), /type="search"/)
  const body = render(listApps(searchFrom))
  assert.match(body, /<input[^>]*type="search"[^>]* autofocus/)
  assert.equal(body.match(/autofocus/g)?.length, 1)
})

test('the page says if a search finds nothing, and links back to all apps', () => {
  const body = render([], { search: 'Kalender', count: 20 })
  assert.match(body, /<p class="empty" data-none>Keine Ihrer Anwendungen/)
  assert.match(body, /<a href="\/">Alle zeigen<\/a>/)
  assert.match(body, /value="Kalender"/)
})

test('the script can hide the title of all apps during a search, but not the title of search results', () => {
  const all = render(listApps(searchFrom), { recent: listApps(1) })
  assert.match(all, /<h2 class="tiles-title" id="all" data-unsearched>Alle Anwendungen</)
  const found = render(listApps(1), { search: 'App', count: searchFrom })
  assert.match(found, /<h2 class="tiles-title" id="all">Gefunden zu/)
})

test('the tile of an app says what the login to this app will ask for', () => {
  const [app] = listApps(1)
  assert.ok(app)
  const body = render([{ ...app, foreseen: 'verify' }])
  assert.match(body, /App 0<\/span><span class="pick-hint">Fragt nach Ihrem zweiten Faktor</)
})

test('initials are whole visible characters, of at most two words', () => {
  const cases = [
    [' ärzte', 'Ä'],
    ['', ''],
    ['👩‍⚕️ Praxis', '👩‍⚕️P'],
    ['Portal für Vermittler', 'PV'],
    ['e-mail', 'EM'],
  ] as const
  for (const [name, initials] of cases) assert.equal(findInitials(name), initials)
})

test('the first app cannot be moved up, and the last app cannot be moved down', () => {
  const body = arrangePage({ apps: listApps(3), formToken: 'x', isArranged: false }, t).body
  const disabled = [...body.toString().matchAll(/value="(\w+ \w+)"[^>]* disabled/g)]
  assert.deepEqual(
    disabled.map(([, value]) => value),
    ['up a0', 'down a2'],
  )
})
