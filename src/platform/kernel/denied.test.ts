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

test('a file of root is to be given to the user of the service', () => {
  assert.equal(
    explain(7, { [db]: file(0) }),
    `${db} belongs to root, and this runs as einlass; run: chown einlass ${db}`,
  )
})

test('a folder that lets nobody else in is named with its owner', () => {
  assert.equal(
    explain(8, { '/var/lib/einlass': folder(7), '/var/lib': folder(0) }),
    'the folder /var/lib/einlass belongs to einlass, and this runs as ada; run this as einlass',
  )
})

test('a folder of root may be the wrong one, and a file of somebody else be theirs', () => {
  assert.match(
    explain(7, { '/var/lib/einlass': folder(0) }) ?? '',
    /; run this in the folder of the data, or, if it is this one: chown einlass \/var\/lib\/einlass$/,
  )
  assert.match(
    explain(7, { [db]: file(8) }) ?? '',
    /; run this as ada, or give it to einlass: chown /,
  )
})

test('an owner who may not use the own file is told so, and one without a name by the number', () => {
  assert.match(
    explain(7, { [db]: file(7) }) ?? '',
    /not be used by its owner einlass; run: chmod u\+rw /,
  )
  assert.match(explain(1000, { [db]: file(0) }) ?? '', /runs as 1000; run: chown 1000 /)
})

test('of other errors nothing is said', () => {
  assert.equal(explain(7, { [db]: file(0) }, 'ENOSPC'), undefined)
  assert.equal(deniedText(new Error('x')), undefined)
  assert.equal(explain(7, {}), undefined)
})

test('a named file that cannot be read has a reason', () => {
  const failure = (code: string) => Object.assign(new Error(code), { code })
  assert.equal(unreadableText(failure('ENOENT'), '/etc/a.yaml'), 'there is no file /etc/a.yaml')
  assert.equal(unreadableText(failure('EISDIR'), '/etc'), '/etc is a folder')
  assert.equal(unreadableText(failure('EIO'), '/etc/a.yaml'), 'it cannot be read')
})
