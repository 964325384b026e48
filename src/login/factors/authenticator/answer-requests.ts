/** The answers of devices. What an answer does to its request is in judge-answer.ts. */
import { type Answer, type Answered, type Reader, readAnswer, types } from '#authenticator'
import { type DeviceReply, type DeviceRequestOptions, say } from './device-replies.ts'
import { judgeAnswer } from './judge-answer.ts'
import { answerWithKey, type KeyMessage } from './key-requests.ts'

export const answerAnswer = (options: DeviceRequestOptions, body: string): Promise<DeviceReply> =>
  answerWithKey(options, body, createAnswerMessage(options))

/** An approval has a code or what was scanned, and not both; no other answer has one. */
const readWholeAnswer: Reader<Answer> = (value) => {
  const answer = readAnswer(value)
  if (answer === undefined) return undefined
  const { decision, code, scan } = answer
  const given = [code, scan].filter((one) => one !== undefined).length
  return given === (decision === 'approve' ? 1 : 0) ? answer : undefined
}

function createAnswerMessage(
  options: DeviceRequestOptions,
): KeyMessage<Answer, Answered['outcome'], undefined> {
  return {
    type: types.answer,
    read: readWholeAnswer,
    prepare: async () => undefined,
    async judge(tx, { device, claims }) {
      const { outcome, left = null } = await judgeAnswer(options, tx, device, claims)
      return { outcome, left, subject: claims.jti }
    },
    async say({ id: sub, ...holder }, { jti, messageHash: answer, key, decided }) {
      const { outcome, left } = decided
      const claims: Pick<Answered, 'jti' | 'answer' | 'outcome' | 'left' | 'key'> = {
        ...{ jti, answer, key, outcome },
        ...(left !== null && { left }),
      }
      return await say(options, holder, { type: types.answered, sub, claims })
    },
  }
}
