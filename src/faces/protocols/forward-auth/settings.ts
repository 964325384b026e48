/** The settings of an app behind forward-auth: where it is, what its paths require, and what it learns about its user. */
import { z } from 'zod'
import { appAddressSchema } from '../../../identity/apps/app-address.ts'
import { addressRule, startUrlField } from '../fields.ts'
import type { Protocol } from '../protocol.ts'
import { sourceRule } from '../release.ts'
import { headerNameRule, headerNameSchema, identityHeadersSchema } from './identity-headers.ts'
import { isBelow, pathPattern, pathRuleSchema } from './rules.ts'

const addressWords = `${addressRule}, with a path or without one, but without a query`

const protectedAddressSchema = appAddressSchema
  .refine((text) => !text.includes('?'), addressWords)
  .refine((text) => pathPattern.test(new URL(text).pathname), addressWords)

export const forwardAuthSettingsSchema = z.strictObject({
  /** Origins, or paths of an origin: everything below them belongs to the app. */
  addresses: z.array(protectedAddressSchema).min(1).max(20),
  rules: z.array(pathRuleSchema).max(100).default([]),
  /** Absent: the usual headers. */
  headers: identityHeadersSchema.optional(),
  /** The header of the signed token; absent: the app gets none. */
  tokenHeader: headerNameSchema.optional(),
  /** Where a person begins, for the list of apps. */
  startUrl: appAddressSchema.optional(),
})

export type ForwardAuthSettings = z.output<typeof forwardAuthSettingsSchema>

export const forwardAuthFields: Protocol<ForwardAuthSettings>['fields'] = {
  addresses: {
    kind: 'texts',
    option: 'protected-address',
    value: 'URL',
    help: 'An address of the app behind the proxy; all below it is protected',
    allowed: `${addressWords}. At least one, at most 20`,
    isRequired: true,
    column: 'PROTECTED ADDRESSES',
  },
  rules: {
    kind: 'texts',
    option: 'path-rule',
    value: 'RULE',
    help: 'What a path requires: "/admin groups=staff level=code", "/assets public"',
    allowed: 'a path, then public, or groups=NAME,NAME and level=LEVEL or one of both. At most 100',
  },
  headers: {
    kind: 'pairs',
    option: 'identity-header',
    value: 'NAME=SOURCE',
    help: `A header that the app gets, and where it comes from: ${sourceRule}`,
    allowed: `NAME=SOURCE, where NAME is ${headerNameRule}, and SOURCE is ${sourceRule}. Each name once`,
  },
  tokenHeader: {
    kind: 'text',
    option: 'token-header',
    value: 'NAME',
    help: 'A header with the same values as a signed token, for apps that check it',
    allowed: headerNameRule,
  },
  startUrl: startUrlField,
}

/** The parts of an address. */
export interface ProtectedAddress {
  readonly origin: string
  /** In lower case, without a slash at its end; empty: the whole origin. */
  readonly prefix: string
  /** As typed. */
  readonly start: string
}

export function readAddress(text: string): ProtectedAddress {
  const { origin, pathname } = new URL(text)
  const start = pathname.replace(/\/+$/, '')
  return { origin, prefix: start.toLowerCase(), start: start === '' ? '/' : pathname }
}

/** Returns the same text for all spellings of an address. */
export const nameAddress = ({ origin, prefix }: ProtectedAddress): string => `${origin}${prefix}`

export function isOnAddress(plainPath: string, { prefix }: ProtectedAddress): boolean {
  return prefix === '' || isBelow(plainPath, prefix)
}
