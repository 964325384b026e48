/** The answers of devices. judge-answer.ts owns what an answer does to its request. */
import { type Answer, type Answered, type Reader, readAnswer, types } from '#authenticator'
import type { RightAnswer } from '../webauthn/judge.ts'
import { judgeVerification } from './credentials.ts'
import {
  type DeviceReply,
  type DeviceRequestOptions,
  type Refused,
  refuse,
  say,
} from './device-replies.ts'
import { judgeAnswer } from './judge-answer.ts'
import { answerWithKey, type KeyMessage } from './key-requests.ts'

export const answerAnswer = (options: DeviceRequestOptions, body: string): Promise<DeviceReply> =>
  answerWithKey(options, body, createAnswerMessage(options))

interface Prepared {
  readonly verified: RightAnswer | undefined
}

/** An approval has a code or what was scanned, never both; one for the service desk has neither. No other answer has one. */
const readWholeAnswer: Reader<Answer> = (value) => {
  const answer = readAnswer(value)
  if (answer === undefined) return undefined
  const { decision, code, scan } = answer
  const given = [code, scan].filter((one) => one !== undefined).length
  return given <= (decision === 'approve' ? 1 : 0) ? answer : undefined
}

function createAnswerMessage(
  options: DeviceRequestOptions,
): KeyMessage<Answer, Answered['outcome'], Prepared> {
  return {
    type: types.answer,
    read: readWholeAnswer,
    prepare: async (device, claims) =>
      (await checkWithoutCode(options, claims)) ?? {
        verified: await judgeVerification(device, claims),
      },
    async judge(tx, { device, claims, prepared: { verified } }) {
      const { credential } = device
      if (verified !== undefined && credential !== undefined) {
        const used = { ...credential, signCount: verified.signCount }
        await options.stores.devices.noteVerified(tx, device.id, used)
      }
      const isVerified = verified !== undefined
      const judged = await judgeAnswer(options, tx, device, { ...claims, isVerified })
      const { outcome, left = null } = judged
      return { outcome, left, subject: claims.jti }
    },
    async say({ id: sub, ...holder }, { jti, messageHash: answer, key, decided }) {
      const { outcome, left } = decided
      const code = outcome === 'approved' ? await findCallerCode(options, jti) : undefined
      const claims: Pick<Answered, 'jti' | 'answer' | 'outcome' | 'left' | 'key' | 'code'> = {
        ...{ jti, answer, key, outcome },
        ...(left !== null && { left }),
        ...(code !== undefined && { code }),
      }
      return await say(options, holder, { type: types.answered, sub, claims })
    },
  }
}

/** Only a request of the service desk is confirmed without a code. */
async function checkWithoutCode(
  { stores, platform }: DeviceRequestOptions,
  { decision, code, scan, jti }: Answer,
): Promise<Refused | undefined> {
  if (decision !== 'approve' || code !== undefined || scan !== undefined) return undefined
  const challenge = await stores.challenges.find(platform.db, jti)
  return challenge?.purpose === 'caller' ? undefined : refuse('malformed', 'no_code')
}

/** What the owner of the phone reads out to the service desk, which has asked. */
async function findCallerCode(
  { stores, platform }: DeviceRequestOptions,
  id: string,
): Promise<string | undefined> {
  const challenge = await stores.challenges.find(platform.db, id)
  return challenge?.purpose === 'caller' ? challenge.code : undefined
}
