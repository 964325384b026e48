/**
 * The three routes by which Outlook on the web can use this login, each as files for an administrator of Exchange. Owns the
 * content of the files; `checks.ts` owns the checks before. Only a person runs the files.
 */
import type { SigningCertificate } from '../protocols/signing-certificate.ts'
import { planAdfs } from './routes/adfs.ts'
import { planDirect } from './routes/direct.ts'
import { planProxy } from './routes/proxy.ts'
import type { Source } from './sources.ts'

export interface PlanInput {
  /** The origin of Outlook on the web, for example `https://mail.example.org`. */
  readonly mailOrigin: string
  /** The origin of this login. */
  readonly publicUrl: string
  /** First the key that signs for SAML and WS-Federation, then the keys that will sign. */
  readonly certificates: readonly Pick<SigningCertificate, 'base64' | 'sha1'>[]
  /** The port on which this login listens. */
  readonly port: number
  /** Whether an app for Outlook on the web exists here that answers Exchange. */
  readonly hasApp: boolean
}

export interface PlanFile {
  readonly name: string
  readonly content: string
}

export interface Plan {
  readonly files: readonly PlanFile[]
  /** What a person does with the files, one line for each step. */
  readonly steps: readonly string[]
  /** What was not tested yet, and other things to know before. */
  readonly warnings: readonly string[]
  /** What the files follow; empty: there are no files. */
  readonly sources: readonly Source[]
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
