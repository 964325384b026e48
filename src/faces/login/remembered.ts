/**
 * What a browser remembers of earlier logins for the next one: the user name, if the person ticked that, and whether the
 * last login used no password. Owns the two cookies. The name is sealed: only this server reads it, and the browser's files
 * do not show it. A browser with a copy of the cookie is greeted by the name as well. The cookie proves nothing about the
 * person.
 */
import { z } from 'zod'
import type { RequestContext } from '../frame/context.ts'
import type { Frame } from '../frame/frame.ts'
import type { RememberedHere } from './ask-page.ts'
import type { Refusal } from './refusal.ts'

/** Characters of a name that is remembered. */
const longestName = 128
const place = 'this browser'
const nameSchema = z.string().min(1).max(longestName)

/** `undefined`: the page is for a person whose name is already known. */
export function readRemembered(
  frame: Frame,
  { request, client }: RequestContext,
  refusal: Refusal | undefined,
): RememberedHere | undefined {
  if (client.session !== undefined) return undefined
  const header = request.headers.get('cookie') ?? undefined
  const name = readName(frame, header)
  return {
    name,
    isTicked: refusal === undefined ? name !== undefined : refusal.isNameTicked,
    isWithoutPassword: frame.cookies.read(header, 'method') === withoutPassword,
  }
}

const withoutPassword = 'other'

function readName({ sealedCookies }: Frame, header: string | undefined): string | undefined {
  const read = sealedCookies.read(header, 'name', place)
  if (read === undefined) return undefined
  const found = nameSchema.safeParse(read)
  return found.success ? found.data : undefined
}

/** The form of a first page. */
export interface FirstForm {
  readonly username?: string
  readonly password?: string
  readonly remember?: string
}

/** The cookies that change with an accepted first answer. A login that changes nothing sets no cookie. */
export function keepAfterLogin(
  frame: Frame,
  { request, client }: RequestContext,
  { username = '', password = '', remember }: FirstForm,
): string[] {
  if (client.session !== undefined) return []
  const header = request.headers.get('cookie') ?? undefined
  const { cookies, sealedCookies } = frame
  const isOther = cookies.read(header, 'method') === withoutPassword
  if (password === '') return isOther ? [] : [cookies.set('method', withoutPassword)]
  const wanted = remember === undefined ? undefined : username.trim().slice(0, longestName)
  const name = readName(frame, header)
  const changed =
    wanted === undefined ? [cookies.clear('name')] : [sealedCookies.set('name', place, wanted)]
  return [...(isOther ? [cookies.clear('method')] : []), ...(wanted === name ? [] : changed)]
}
