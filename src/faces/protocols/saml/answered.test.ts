import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachEngine } from '../../../dev/test-support/on-each-engine.ts'
import { forgetRequests, purgeRequests, takeRequest } from './answered.ts'

onEachEngine((engine) => {
  test(`only one of many simultaneous answers to a request of an app is accepted (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const request = { appId: 'notes', requestId: '_1', expiresAt: 10 }
    const all = await Promise.all(Array.from({ length: 20 }, () => takeRequest(db, request)))
    assert.equal(all.filter(Boolean).length, 1)
    assert.equal(await takeRequest(db, { ...request, appId: 'mail' }), true)
    assert.equal(await takeRequest(db, { ...request, requestId: '_2' }), true)
    await forgetRequests(db, 'mail')
    assert.equal(await purgeRequests(db, 9), 0)
    assert.equal(await purgeRequests(db, 10), 2)
    assert.equal(await takeRequest(db, request), true)
  })
})
