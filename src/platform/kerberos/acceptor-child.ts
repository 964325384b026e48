/**
 * The process that decrypts tickets with the system's Kerberos libraries: a crash there ends only this process and not other
 * people's logins. Gets tokens as messages and answers each one; knows nothing else about Einlass. The environment says where
 * the keytab is.
 */
import { initializeServer } from 'kerberos'
import type { ChildAnswer, ChildQuestion } from './acceptor.ts'

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
    return { id, accepted: { principal: username, service: targetName, answer: response } }
  } catch (error) {
    return { id, error: error instanceof Error ? error.message : String(error) }
  }
}
