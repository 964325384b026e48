import assert from 'node:assert/strict'
import { test } from 'node:test'
import { start } from '../../../dev/test-support/oidc-server.ts'

test('a logout to a network that is not configured fails with a reason that does not name the address', async (t) => {
  const server = await start(t)
  const uri = 'https://10.1.2.3/logout'
  const settings = { redirectUris: ['https://wiki.example/'], backchannelLogoutUri: uri }
  await server.apps.create(server.db, { id: 'wiki', name: 'Wiki', settings })
  const participant = { sessionId: 's', userId: 'u', appId: 'wiki' } as never
  const channel = await server.oidc.findLogoutChannel(participant)
  assert.ok(channel.type === 'back_channel')
  const reason = 'its address is neither public nor in app_networks'
  assert.deepEqual(await channel.notify(), { type: 'later', reason })
})
