import assert from 'node:assert/strict'
import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { test } from 'node:test'
import { createTestFrame } from '../../dev/test-support/frame.ts'
import { toResponse } from '../../dev/test-support/response.ts'
import { createProtocolPages } from './pages.ts'

function createPages() {
  const pages = createProtocolPages(createTestFrame(), 'https://login.example.org')
  const request = Object.assign(new IncomingMessage(new Socket()), { url: '/oidc/auth' })
  request.headers = { 'accept-language': 'en', host: 'login.example.org' }
  return { pages, request }
}

test('the page of an internal error does not blame the app', async () => {
  const { pages, request } = createPages()
  const show = async (status: number, code: string) => {
    const response = toResponse(pages.renderError(request, { status, code }))
    assert.equal(response.status, status)
    return await response.text()
  }
  assert.match(await show(500, 'server_error'), /Something went wrong on our side/)
  assert.doesNotMatch(await show(500, 'server_error'), /The app sent a wrong request/)
  assert.match(
    await show(500, 'server_error'),
    /Reference for the service desk: <strong class="ref">/,
  )
  assert.match(await show(400, 'invalid_request'), /The app sent a wrong request/)
})

test('the logout page names the app that requests the logout, if it is known', async () => {
  const { pages, request } = createPages()
  const show = async (app: { readonly appName?: string }) =>
    await toResponse(pages.renderLogout(request, { action: '/end', fields: {}, ...app })).text()
  assert.match(await show({ appName: 'Wiki' }), /Wiki wants to sign you out\./)
  assert.doesNotMatch(await show({}), /wants to sign you out/)
})
