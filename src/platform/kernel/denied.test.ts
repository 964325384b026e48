import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Asked, deniedText, type Owner, unreadableText } from './denied.ts'

const names: Readonly<Record<number, string>> = { 0: 'root', 7: 'einlass', 8: 'ada' }

function explain(uid: number, owners: Readonly<Record<string, Owner>>, code = 'EACCES') {
  const path = '/var/lib/einlass/data/einlass.db'
  const error = Object.assign(new Error('permission denied'), { code, path, syscall: 'open' })
  const asked: Asked = { uid, nameUser: (one) => names[one], findOwner: (at) => owners[at] }
  return deniedText(error, asked)
}

const folder = (uid: number): Owner => ({ uid, isFolder: true })
const file = (uid: number): Owner => ({ uid, isFolder: false })
const db = '/var/lib/einlass/data/einlass.db'

test('for a file of root, the message says to give it to the user of the service', () => {
  assert.equal(
    explain(7, { [db]: file(0) }),
    `${db} belongs to root, and this runs as einlass; run: chown einlass ${db}`,
  )
})

test('the message names a folder that only its owner can use, and the owner', () => {
  assert.equal(
    explain(8, { '/var/lib/einlass': folder(7), '/var/lib': folder(0) }),
    'the folder /var/lib/einlass belongs to einlass, and this runs as ada; run this as einlass',
  )
})

test('the message suggests another folder for a folder of root, and the owner for a file of another user', () => {
  assert.match(
    explain(7, { '/var/lib/einlass': folder(0) }) ?? '',
    /; run this in the folder of the data, or, if it is this one: chown einlass \/var\/lib\/einlass$/,
  )
  assert.match(
    explain(7, { [db]: file(8) }) ?? '',
    /; run this as ada, or give it to einlass: chown /,
  )
})

test('the message suggests a chmod if the owner may not use the file, and shows a user without a name by number', () => {
  assert.match(
    explain(7, { [db]: file(7) }) ?? '',
    /not be used by its owner einlass; run: chmod u\+rw /,
  )
  assert.match(explain(1000, { [db]: file(0) }) ?? '', /runs as 1000; run: chown 1000 /)
})

test('other errors get no message', () => {
  assert.equal(explain(7, { [db]: file(0) }, 'ENOSPC'), undefined)
  assert.equal(deniedText(new Error('x')), undefined)
  assert.equal(explain(7, {}), undefined)
})

test('the message for a file that cannot be read gives the reason', () => {
  const failure = (code: string) => Object.assign(new Error(code), { code })
  assert.equal(unreadableText(failure('ENOENT'), '/etc/a.yaml'), 'there is no file /etc/a.yaml')
  assert.equal(unreadableText(failure('EISDIR'), '/etc'), '/etc is a folder')
  assert.equal(unreadableText(failure('EIO'), '/etc/a.yaml'), 'it cannot be read')
})
