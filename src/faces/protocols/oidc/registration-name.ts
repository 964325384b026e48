/**
 * What an app that registers itself may be called. Phones and mails have its name alone, so it speaks neither as an app that an
 * administrator has named nor as the organisation.
 */
import type { App } from '../../../identity/apps/apps.ts'
import type { RegistrationRequest } from '../../../identity/operations/registrations.ts'
import { describePlace } from './registration-metadata.ts'
import { readSettings } from './settings.ts'

export interface KnownNames {
  readonly brandName: string
  readonly apps: readonly Pick<App, 'name' | 'registration'>[]
}

/** In words; undefined: the name will do. */
export function findNameProblem(
  { name, settings }: Pick<RegistrationRequest, 'name' | 'settings'>,
  { brandName, apps }: KnownNames,
): string | undefined {
  const wanted = listWords(name)
  const named = apps.filter(({ registration }) => registration === undefined)
  if (named.some((app) => withoutBlanks(listWords(app.name)) === withoutBlanks(wanted))) {
    return 'client_name: that of another app'
  }
  // An app without a name has that of its host, which it does have.
  const [address = ''] = readSettings({ settings }).redirectUris
  if (name === describePlace(address).place || !wanted.includes(listWords(brandName))) {
    return undefined
  }
  return 'client_name: not with the name of the organisation'
}

/** Small letters and digits, with a blank around each word. */
function listWords(text: string): string {
  const words = text
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
  return ` ${words} `
}

const withoutBlanks = (words: string) => words.replaceAll(' ', '')
