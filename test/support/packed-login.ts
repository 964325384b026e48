/** A login at an Einlass that was installed from a package: a user by its command, its server, and the login over HTTP. */
import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { createPlainBrowser } from '../../src/dev/test-support/plain-browser.ts'
import { enterPassword } from './way-in.ts'

export const erika = { username: 'erika', password: 'Regenschirm im Mai' }

/** Starts the installed command with these arguments. */
export type Start = (args: readonly string[]) => ChildProcess

/** Runs a command to its end; gives what it printed. Throws unless it succeeds. */
export async function runInstalled(
  start: Start,
  args: readonly string[],
  input = '',
): Promise<string> {
  const child = start(args)
  const { stdin, stdout, stderr } = child
  assert.ok(stdin && stdout && stderr)
  stdin.end(input)
  const ended = once(child, 'close')
  const [output, errors] = await Promise.all([text(stdout), text(stderr)])
  const [code] = await ended
  assert.equal(code, 0, `einlass ${args.join(' ')}: ${errors}${output}`)
  return output
}

export async function addErika(start: Start): Promise<void> {
  const args = ['user', 'add', erika.username, '--display-name', 'Erika', '--password-stdin']
  await runInstalled(start, args, `${erika.password}\n`)
}

/** The user is there already, and nothing demands a second factor. */
export async function logInAsErika(url: string): Promise<void> {
  const browser = createPlainBrowser(url)
  await enterPassword(browser, erika)
  const page = await browser.get('/account')
  assert.deepEqual([page.status, /<title>Ihr Konto/.test(page.text)], [200, true])
}

/** Waits for a server that was started. Throws with what it wrote when it ends. */
export async function untilUp(server: ChildProcess, url: string): Promise<void> {
  let output = ''
  for (const stream of [server.stdout, server.stderr]) {
    stream?.on('data', (chunk) => {
      output += chunk
    })
  }
  for (let attempt = 0; attempt < 400; attempt += 1) {
    if (server.exitCode !== null) throw new Error(`the server has ended:\n${output}`)
    const ready = await fetch(`${url}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    )
    if (ready) return
    await new Promise((go) => setTimeout(go, 50))
  }
  throw new Error(`the server does not get ready:\n${output}`)
}
