import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KoaContextWithOIDC } from 'oidc-provider'
import { hours, minutes } from '../../../platform/kernel/clock.ts'
import { createConfiguration } from './configuration.ts'

const unused = () => Promise.reject(new Error('not in this test'))

const configure = (session: number, isSecure = true) =>
  createConfiguration({
    entry: {
      ...{
        policy: [],
        grantFor: unused,
        checkRefresh: unused,
        mayUse: unused,
        ciba: { enabled: false },
      },
      noteAssertion: () => {},
      checkRequestObject: unused,
    },
    keys: [],
    people: { findAccount: unused, computeSubject: (id) => id, findClientAddress: () => '' },
    cookies: { keys: ['a key'], isSecure },
    lifetimes: { accessToken: minutes(10), session },
    adapterFor: () => {
      throw new Error('not in this test')
    },
    renderError: unused,
    logout: { ask: unused, done: unused },
  })

/** The token request that a refresh token is made for. @param remainingTTL of the one that it replaces */
const tokenRequest = (remainingTTL?: number) =>
  ({
    oidc: { entities: remainingTTL === undefined ? {} : { RotatedRefreshToken: { remainingTTL } } },
  }) as KoaContextWithOIDC

test('a code is valid for a minute, and its tokens no longer than the session (A33)', () => {
  const {
    RefreshToken,
    BackchannelAuthenticationRequest: _,
    ...fixed
  } = configure(hours(1)).ttl ?? {}
  assert.deepEqual(fixed, {
    AuthorizationCode: 60,
    AccessToken: 600,
    ClientCredentials: 600,
    DeviceCode: 600,
    PushedAuthorizationRequest: 60,
    IdToken: 600,
    Interaction: 1800,
    Grant: 3600,
    Session: 3600,
  })
  const measure = (session: number, left?: number) => {
    const { RefreshToken: find } = configure(session).ttl ?? {}
    return typeof find === 'function' && find(tokenRequest(left), {} as never, {} as never)
  }
  assert.equal(typeof RefreshToken, 'function')
  assert.equal(measure(hours(1)), 3600)
  assert.equal(measure(hours(12)), 8 * 3600)
  assert.equal(measure(hours(12), 77), 77)
})

test('cookies of the library are signed, HttpOnly and SameSite, and with https also Secure', () => {
  for (const isSecure of [true, false]) {
    const { names, long, short } = configure(hours(1), isSecure).cookies ?? {}
    const flags = { httpOnly: true, sameSite: 'lax', signed: true, secure: isSecure }
    assert.deepEqual(short, flags)
    assert.deepEqual(long, { ...flags, path: '/' })
    assert.equal(names?.session?.startsWith('__Host-'), isSecure)
  }
})
