import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openTerminal } from '../dev/test-support/cli.ts'
import { allRoutes } from '../faces/routes.ts'

test('routes lists all addresses, with those of phones, protocols and events', async (t) => {
  const { einlass } = await openTerminal(t, { empty: true })
  const { code, stdout, stderr } = await einlass(['routes'])
  assert.deepEqual([code, stderr], [0, ''])
  assert.equal(stdout.trim().split('\n').length, allRoutes.length + 1)
  assert.match(stdout, /^POST +\/login +page +begin a login$/m)
  assert.match(stdout, /^GET +\/login\/:journey\/events +raw /m)
  assert.match(stdout, /^ANY +\/oidc\/\* +raw /m)
  assert.match(stdout, /^ANY +\/am\/json\/\*\*\/push\/sns\/message +plain /m)
  assert.match(stdout, /^GET +\/healthz +plain /m)
})

test('routes --json lists the method, path, kind and name of each address', async (t) => {
  const { einlass } = await openTerminal(t, { empty: true })
  const listed = (await einlass(['routes', '--json'])).json()
  const expected = allRoutes.map(({ method, path, kind, name }) => ({ method, path, kind, name }))
  assert.deepEqual(listed, expected)
})
