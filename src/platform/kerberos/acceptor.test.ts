import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { silentLog } from '../kernel/log.ts'
import { createTicketAcceptor } from './acceptor.ts'

/** In the place of the process that asks the system's Kerberos: it does what the token says. */
const program = `
  process.on('message', ({ id, token: sent }) => {
    const token = Buffer.from(sent, 'base64').toString()
    if (token === 'exact') return process.send({ id, error: sent })
    if (token === 'crash') process.kill(process.pid, 'SIGSEGV')
    if (token === 'hang') return
    if (token === 'right') {
      const accepted = { principal: 'erika@A', service: 'HTTP/b@A', answer: 'x', sid: null }
      return process.send({ id, accepted })
    }
    process.send({ id, error: token })
  })
`

function setUp(t: TestContext, patience = 10_000) {
  const folder = mkdtempSync(join(tmpdir(), 'einlass-acceptor-'))
  const file = join(folder, 'child.cjs')
  writeFileSync(file, program)
  const errors: string[] = []
  let starts = 0
  const acceptor = createTicketAcceptor({
    keytabFile: '/nowhere',
    patience,
    log: { ...silentLog, error: (_entry, message) => void errors.push(message) },
    async startChild() {
      starts += 1
      return fork(file)
    },
  })
  t.after(() => {
    acceptor.close()
    rmSync(folder, { recursive: true })
  })
  const accept = (text: string) => acceptor.accept(Buffer.from(text))
  return { ...acceptor, accept, errors, starts: () => starts }
}

test('a crash of native code fails the tickets in progress, and the next ticket starts a new process', async (t) => {
  const { accept, errors, starts } = setUp(t)
  assert.equal((await accept('right')).type, 'accepted')
  const [crashed, beside] = await Promise.all([accept('crash'), accept('hang')])
  assert.deepEqual([crashed.type, beside.type], ['unavailable', 'unavailable'])
  assert.equal((await accept('right')).type, 'accepted')
  assert.equal(starts(), 2)
  assert.deepEqual(errors, ['the process that decrypts tickets has ended'])
})

test('the process gets exactly the bytes of the ticket', async (t) => {
  const { accept } = setUp(t)
  const answer = await accept('exact')
  assert.equal(answer.type === 'refused' && answer.text, 'ZXhhY3Q=')
})

test('a ticket that is never answered does not block others', async (t) => {
  const { accept, starts } = setUp(t, 1000)
  assert.equal((await accept('right')).type, 'accepted')
  assert.deepEqual(await accept('hang'), { type: 'unavailable', text: 'no answer in time' })
  assert.equal((await accept('right')).type, 'accepted')
  assert.equal(starts(), 2)
})

test('at most 256 tickets wait, and further ones are refused at once', async (t) => {
  const { accept, close } = setUp(t)
  const waiting = Array.from({ length: 256 }, () => accept('hang'))
  // They are counted as soon as the process runs.
  await accept('right')
  assert.deepEqual(await accept('right'), { type: 'unavailable', text: 'too many tickets' })
  close()
  assert.ok((await Promise.all(waiting)).every(({ type }) => type === 'unavailable'))
})

test('the error text of Kerberos is mapped to the fault of the ticket', async (t) => {
  const { accept } = setUp(t)
  const failure = 'Unspecified GSS failure.  Minor code may provide more information: '
  for (const [text, fault] of [
    [`${failure}Clock skew too great`, 'clock_skew'],
    [`${failure}Ticket expired`, 'expired'],
    [`${failure}Ticket not yet valid`, 'expired'],
    [`${failure}Decrypt integrity check failed`, 'wrong_key'],
    [`${failure}Request ticket server HTTP/a@B not found in keytab (ticket kvno 1)`, 'wrong_key'],
    ['No credentials were supplied, or the credentials were unavailable', 'wrong_key'],
    ['Invalid token was supplied: Unknown error', 'invalid'],
  ]) {
    assert.deepEqual(await accept(`${text}`), { type: 'refused', fault, text })
  }
})
