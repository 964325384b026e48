/**
 * The process that decrypts tickets with the system's Kerberos libraries: a crash there ends only this process and not other
 * people's logins. Gets tokens as messages and answers each one; knows nothing else about Einlass. The environment says where
 * the keytab is.
 */
import { readFileSync } from 'node:fs'
import { initializeServer } from 'kerberos'
import type { ChildAnswer, ChildQuestion } from './acceptor.ts'
import { findAccountSid } from './ticket-contents.ts'

const tell = (answer: ChildAnswer): void => void process.send?.(answer)

process.on('message', (question: ChildQuestion) => {
  void answer(question).then(tell)
})

async function answer({ id, token }: ChildQuestion): Promise<ChildAnswer> {
  try {
    // Accepts any service of the keytab; which one it was is read below.
    const server = await initializeServer('')
    await server.step(token)
    const { username, targetName, response } = server
    const sid = username === null ? undefined : readSid(token, username)
    const accepted = {
      principal: username,
      service: targetName,
      answer: response,
      sid: sid ?? null,
    }
    return { id, accepted }
  } catch (error) {
    return { id, error: error instanceof Error ? error.message : String(error) }
  }
}

/** The keytab has just been read by the system's Kerberos, which shows the name alone. */
function readSid(token: string, principal: string): string | undefined {
  const file = process.env.KRB5_KTNAME?.replace(/^FILE:/, '') ?? ''
  const keytab = readFileSync(file)
  return findAccountSid({ token: Buffer.from(token, 'base64'), principal, keytab })
}
