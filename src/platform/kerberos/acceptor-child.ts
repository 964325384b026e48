/**
 * The process in which tickets are decrypted, by the system's Kerberos: a mistake in there ends this process and no login of
 * others. Gets tokens as messages and answers each; knows nothing else of Einlass. Where the keytab is, the environment says.
 */
import { initializeServer } from 'kerberos'
import type { ChildAnswer, ChildQuestion } from './acceptor.ts'

const tell = (answer: ChildAnswer): void => void process.send?.(answer)

process.on('message', (question: ChildQuestion) => {
  void answer(question).then(tell)
})

async function answer({ id, token }: ChildQuestion): Promise<ChildAnswer> {
  try {
    // Any service of the keytab. Which one it was is asked for below.
    const server = await initializeServer('')
    await server.step(token)
    const { username, targetName, response } = server
    return { id, accepted: { principal: username, service: targetName, answer: response } }
  } catch (error) {
    return { id, error: error instanceof Error ? error.message : String(error) }
  }
}
