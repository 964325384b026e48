/**
 * What a page says about a refused answer. The response to a form is a redirect to the page's own address, so that *Back*
 * and a reload never ask to send a password again. The browser carries the message there in a sealed cookie, for one page
 * and one minute. Nothing of it is in the address, and it contains no secret field.
 */
import { z } from 'zod'
import type { Answers, FormError } from '../../login/engine/step.ts'
import type { JourneyPage } from '../../login/engine/view.ts'
import { sha256 } from '../../platform/kernel/crypto.ts'
import type { Message } from '../../platform/ui/message.ts'
import { de } from '../../platform/ui/messages/de.ts'
import type { RequestContext } from '../frame/context.ts'
import type { Frame } from '../frame/frame.ts'

export interface Refusal {
  readonly formError: FormError
  /** What was typed into the fields that hold no secret and no one-time code. */
  readonly typed: Readonly<Record<string, string>>
  /** The typed name is to be remembered. */
  readonly isNameTicked: boolean
}

/** How many characters of a typed text the cookie carries. */
const longestTyped = 128

/** A message as a sealed cookie stores it. */
export const messageSchema = z.custom<Message>(
  (found) => typeof found === 'object' && found !== null && 'key' in found && `${found.key}` in de,
)

const refusalSchema = z.object({
  formError: z.object({
    status: z.union([z.literal(422), z.literal(429)]),
    title: messageSchema,
    text: messageSchema,
    fields: z.array(z.string()).exactOptional(),
    retryAfter: z.number().exactOptional(),
    tone: z.literal('info').exactOptional(),
    unknownCredential: z.string().exactOptional(),
  }),
  typed: z.record(z.string(), z.string()),
  isNameTicked: z.boolean(),
})

export type RefusedPage = JourneyPage & { readonly formError: FormError }

export function isRefused(page: JourneyPage): page is RefusedPage {
  return page.formError !== undefined && !page.outdated
}

/** A `Set-Cookie` value for the answer that leads to the page. */
export function writeRefusal(
  { sealedCookies }: Frame,
  context: RequestContext,
  page: RefusedPage,
  answers: Answers,
): string {
  const { formError } = page
  const typed: Record<string, string> = {}
  for (const prompt of page.form.prompts) {
    // The person has to type another code, so its field stays empty.
    if (prompt.type !== 'text' || prompt.autocomplete === 'one-time-code') continue
    const answer = answers[prompt.name]?.slice(0, longestTyped)
    if (answer) typed[prompt.name] = answer
  }
  const isNameTicked = answers.remember !== undefined
  const refusal: Refusal = { formError, typed, isNameTicked }
  return sealedCookies.set('refusal', findPlace(context, page), refusal)
}

/** The refusal to show on this page; `undefined`: nothing was refused. */
export function readRefusal(
  { sealedCookies }: Frame,
  context: RequestContext,
  page: JourneyPage,
): Refusal | undefined {
  const header = context.request.headers.get('cookie') ?? undefined
  if (header === undefined || page.formError !== undefined) return undefined
  const found = refusalSchema.safeParse(
    sealedCookies.read(header, 'refusal', findPlace(context, page)),
  )
  if (!found.success) return undefined
  return found.data
}

/** The page as it is shown after the refusal, with what was typed. */
export function applyRefusal(page: JourneyPage, { formError, typed }: Refusal): JourneyPage {
  const prompts = page.form.prompts.map((prompt) => {
    const value = prompt.type === 'text' ? typed[prompt.name] : undefined
    return prompt.type === 'text' && value !== undefined ? { ...prompt, value } : prompt
  })
  return { ...page, form: { ...page.form, prompts }, formError }
}

/** Identifies one page of one browser: a cookie for one page is useless on another. */
function findPlace({ path, browserToken = '' }: RequestContext, page: JourneyPage): string {
  const { kind, step, version } = page
  return sha256(JSON.stringify([browserToken, path, kind, step, version]))
}
