/** A browser tab in the test login: begins a journey, answers its pages, and connects a phone. Without any HTTP. */
import { acrPossession } from '../../identity/policy/assurance.ts'
import type { JourneyRequest } from '../../login/engine/journey.ts'
import type { Prompt } from '../../login/engine/prompt.ts'
import type { Answers, ClientFacts } from '../../login/engine/step.ts'
import type { JourneyReference, JourneyView } from '../../login/engine/view.ts'
import type { FactorKind } from '../../login/factors/index.ts'
import { sha256 } from '../../platform/kernel/crypto.ts'
import type { TestLogin } from './login.ts'
import { office } from './scene.ts'

export interface Beginning {
  readonly username: string
  /** Default: that of every person of the test login. */
  readonly password?: string
  /** Absent: the person's own pages. */
  readonly appId?: string
  /** The hash of an invitation whose link was opened. */
  readonly invitation?: string
}

export type Tab = ReturnType<typeof openTab>

/** @param browserToken the secret of its browser; tabs of one browser have the same */
export function openTab(
  { engine }: Pick<TestLogin, 'engine'>,
  client: ClientFacts = office,
  browserToken = 'browser',
) {
  let handle: JourneyReference = { journeyId: '', browserToken }
  let view: JourneyView | undefined

  async function took(next: JourneyView): Promise<JourneyView> {
    if (next.type === 'moved') handle = { ...handle, journeyId: next.journeyId }
    view = next.type === 'moved' ? await engine.look(handle, client) : next
    return view.type === 'moved' ? await took(view) : view
  }

  return {
    /** What the journey is stored under. */
    hash: (): string => sha256(handle.journeyId),

    async begin({ username, password, appId, invitation }: Beginning): Promise<JourneyView> {
      const answers = { username, password: password ?? `password of ${username}`, action: 'login' }
      const request = {
        returnTo: '/',
        ...(appId !== undefined && { appId }),
        ...(invitation !== undefined && { invitation, acrValues: [acrPossession] }),
      }
      return await took(
        await engine.begin({ kind: 'login', request, browserToken, answers }, client),
      )
    },

    /** Begins to change what the person has on their own pages, in the session of the client. */
    async open(kind: 'enrol' | 'remove', request: JourneyRequest): Promise<JourneyView> {
      const answers = { action: 'begin' }
      return await took(await engine.begin({ kind, request, browserToken, answers }, client))
    },

    /** Begins to add one on the person's own pages, in the session of the client. */
    async enrol(kind: FactorKind): Promise<JourneyView> {
      const request = {
        returnTo: '/account',
        confirms: 'account',
        authenticator: { kind },
      } as const
      return await this.open('enrol', request)
    },

    /** Sends a test push to one of the person's phones, in the session of the client. */
    async tryOut(kind: FactorKind, id: string): Promise<JourneyView> {
      const request = { returnTo: '/account', authenticator: { kind, id } }
      const answers = { action: 'send' }
      const beginning = { kind: 'trial', request, browserToken: 'browser', answers } as const
      return await took(await engine.begin(beginning, client))
    },

    async answer(answers: Answers): Promise<JourneyView> {
      if (view?.type !== 'page') throw new Error(`no page but ${view?.type}`)
      const { version } = view
      return await took(await engine.submit(handle, { version, answers }, client))
    },

    look: async (as: ClientFacts = client): Promise<JourneyView> =>
      await took(await engine.look(handle, as)),
  }
}

export function listPrompts(view: JourneyView): readonly Prompt[] {
  if (view.type !== 'page') throw new Error(`no page but ${view.type}`)
  return view.form.prompts
}

/** What the QR code of a page holds. */
export function findUri(view: JourneyView): string {
  for (const prompt of listPrompts(view)) if (prompt.type === 'qr') return prompt.content
  throw new Error('a page without a QR code')
}

/** The number that a waiting page shows. */
export function findNumber(view: JourneyView): number {
  for (const prompt of listPrompts(view)) if (prompt.type === 'code') return Number(prompt.value)
  throw new Error('a page without a number')
}

/** A whole login in which a phone is connected and tested, and what is offered after it is left; gives its last page. */
export async function connectPhone(
  login: TestLogin,
  phone: ReturnType<TestLogin['createPhone']>,
  beginning: Beginning,
): Promise<JourneyView> {
  const tab = openTab(login)
  await tab.begin(beginning)
  await phone.scan(findUri(await tab.answer({ action: 'register' })))
  await tab.look()
  await login.settle()
  const number = findNumber(await tab.look())
  await phone.answer(0, () => number)
  const page = await tab.look()
  const isEnrolled = page.type === 'page' && page.step === 'second-factor/done'
  return isEnrolled ? await tab.answer({ action: 'left' }) : page
}
