import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type CookieName, createCookies } from './cookies.ts'

const plain = createCookies({ secure: false })
const secure = createCookies({ secure: true })
const names: readonly CookieName[] = ['session', 'browser', 'device', 'language']

test('a cookie is read among others', () => {
  const header = 'a=1; einlass_session=s3cret_-; einlass_browser=b; theme=dark'
  assert.equal(plain.read(header, 'session'), 's3cret_-')
  assert.equal(plain.read(header, 'browser'), 'b')
  assert.equal(plain.read(header, 'language'), undefined)
})

test('a missing cookie is undefined', () => {
  assert.equal(plain.read(undefined, 'session'), undefined)
  assert.equal(plain.read('', 'session'), undefined)
  assert.equal(plain.read('einlass_session', 'session'), undefined)
  assert.equal(plain.read('einlass_session=', 'session'), undefined)
})

test('a cookie that appears twice is ignored, even with equal values', () => {
  assert.equal(plain.read('einlass_session=a; einlass_session=b', 'session'), undefined)
  assert.equal(plain.read('einlass_session=a; x=1;einlass_session=a', 'session'), undefined)
})

test('a cookie whose name only ends like ours is ignored', () => {
  assert.equal(plain.read('my_einlass_session=a', 'session'), undefined)
  assert.equal(plain.read('x=einlass_session=a', 'session'), undefined)
  assert.equal(plain.read('EINLASS_SESSION=a', 'session'), undefined)
})

test('over https, a cookie without the prefix may be planted and is ignored', () => {
  assert.equal(secure.read('einlass_session=a', 'session'), undefined)
  assert.equal(secure.read('einlass_session=a; __Host-einlass_session=b', 'session'), 'b')
  assert.equal(plain.read('__Host-einlass_session=b', 'session'), undefined)
})

test('a value with other characters than ours is ignored', () => {
  for (const value of ['a b', '"a"', 'a%20b', 'ä', 'a,b', 'a=b', 'a'.repeat(129), '<a>']) {
    assert.equal(plain.read(`einlass_session=${value}`, 'session'), undefined, value)
  }
  assert.equal(plain.read(`einlass_session=${'a'.repeat(128)}`, 'session'), 'a'.repeat(128))
})

test('over https, every cookie is only for this host and https, and not for scripts', () => {
  for (const name of names) {
    for (const line of [secure.set(name, 'v'), secure.clear(name)]) {
      assert.match(line, new RegExp(`^__Host-einlass_${name}=`))
      const attributes = line.split('; ').slice(1)
      for (const wanted of ['Path=/', 'HttpOnly', 'SameSite=Lax', 'Secure']) {
        assert.ok(attributes.includes(wanted), `${name}: ${wanted}`)
      }
      assert.doesNotMatch(line, /Domain/i)
    }
  }
})

test('over http the cookies have no prefix and are not marked secure', () => {
  for (const name of names) {
    assert.match(plain.set(name, 'v'), new RegExp(`^einlass_${name}=v; Path=/; HttpOnly`))
    assert.doesNotMatch(plain.set(name, 'v'), /Secure/)
  }
})

test('session and browser cookies end with the browser, and the language stays for a year', () => {
  assert.match(plain.set('language', 'de'), /; Max-Age=31536000$/)
  assert.doesNotMatch(plain.set('session', 'v'), /Max-Age|Expires/)
  assert.doesNotMatch(plain.set('browser', 'v'), /Max-Age|Expires/)
})

test('a cookie that was set can be read, and clearing deletes it', () => {
  for (const cookies of [plain, secure]) {
    const pair = cookies.set('session', 'token').split(';')[0]
    assert.equal(cookies.read(pair, 'session'), 'token')
    assert.match(cookies.clear('session'), /^[\w-]+=; .*; Max-Age=0$/)
  }
})

test('the cookie of known browsers lasts a year and is not for scripts', () => {
  const line = secure.set('device', 'x')
  assert.match(
    line,
    /^__Host-einlass_device=x; Path=\/; HttpOnly; SameSite=Lax; Secure; Max-Age=31536000$/,
  )
})
