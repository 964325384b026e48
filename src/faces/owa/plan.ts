/**
 * How Outlook on the web comes to use this login: three routes, each as files for an administrator of Exchange. Owns what is
 * in the files; `checks.ts` owns what can be seen before, and nobody but a person runs them.
 */
import type { SigningCertificate } from '../protocols/signing-certificate.ts'
import { planAdfs } from './routes/adfs.ts'
import { planDirect } from './routes/direct.ts'
import { planProxy } from './routes/proxy.ts'

export interface PlanInput {
  /** The origin of Outlook on the web, for example `https://mail.example.org`. */
  readonly mailOrigin: string
  /** The origin of this login. */
  readonly publicUrl: string
  /** Of the key which signs for SAML and WS-Federation, then of those which will. */
  readonly certificates: readonly Pick<SigningCertificate, 'base64' | 'sha1'>[]
  /** Where this login listens. */
  readonly port: number
  /** Whether there is an app for Outlook on the web here that answers Exchange. */
  readonly hasApp: boolean
}

export interface PlanFile {
  readonly name: string
  readonly content: string
}

export interface Plan {
  readonly files: readonly PlanFile[]
  /** What a person does with them, one line for each step. */
  readonly steps: readonly string[]
  /** What nobody has tried yet, and other things to know before. */
  readonly warnings: readonly string[]
}

interface Route {
  /** One line, for a person who has to choose. */
  readonly summary: string
  /** The attributes that each user of Outlook on the web needs. */
  readonly attributes: readonly string[]
  plan(input: PlanInput): Plan
}

export const owaRoutes = {
  direct: {
    summary: 'Exchange trusts this login as it would trust AD FS (WS-Federation)',
    attributes: ['upn', 'sid'],
    plan: planDirect,
  },
  adfs: {
    summary: 'AD FS stays before Exchange, and sends people to this login (SAML)',
    attributes: ['upn', 'windowsAccountName'],
    plan: planAdfs,
  },
  proxy: {
    summary: 'a reverse proxy asks this login before it lets a browser through (forward-auth)',
    attributes: [],
    plan: planProxy,
  },
} as const satisfies Readonly<Record<string, Route>>

export type OwaRoute = keyof typeof owaRoutes

export const isOwaRoute = (name: string): name is OwaRoute => Object.hasOwn(owaRoutes, name)
