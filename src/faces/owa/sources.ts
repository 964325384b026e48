/** The pages of Microsoft that the plans follow. Owns which page stands behind which step, and when it was read. */

export interface Source {
  readonly title: string
  readonly url: string
  /** The day on which it was read. */
  readonly read: string
  /** What the plan takes from it, or what could not be checked there. */
  readonly about: string
}

const learn = 'https://learn.microsoft.com'
const exchange = `${learn}/exchange/clients/outlook-on-the-web/ad-fs-claims-based-auth`
const read = '2026-12-03'

export const sources = {
  claims: {
    title: 'Use AD FS claims-based authentication with Outlook on the web',
    url: exchange,
    read,
    about:
      'the two claims, the issuer, the thumbprint, no encryption, the settings of both directories and their order, the restart',
  },
  directories: {
    title: 'Set-OwaVirtualDirectory',
    url: `${learn}/powershell/module/exchange/set-owavirtualdirectory`,
    read,
    about: 'the names of the settings; OAuthAuthentication is not in every version of Exchange',
  },
  protection: {
    title: 'Configure Windows Extended Protection in Exchange Server',
    url: `${learn}/exchange/plan-and-deploy/post-installation-tasks/security-best-practices/exchange-extended-protection`,
    read,
    about: 'it is on by default from Exchange 2019 CU14 on',
  },
  provider: {
    title: 'Add-AdfsClaimsProviderTrust and Set-AdfsClaimsProviderTrust',
    url: `${learn}/powershell/module/adfs/add-adfsclaimsprovidertrust`,
    read,
    about: 'the names of the settings; the rules in the scripts are our own',
  },
} as const satisfies Readonly<Record<string, Source>>

/** Behind a step. */
export const follow = (...followed: readonly Source[]): string =>
  `(${followed.map(({ title, url }) => `${title}: ${url}`).join('; ')}; read ${read})`

/** Exchange takes both forms of its own address, and sends either. */
export const listAudiences = (mailOrigin: string): readonly string[] =>
  ['owa', 'ecp'].flatMap((name) => [`${mailOrigin}/${name}/`, `${mailOrigin}/${name}`])

export const protectionWarning =
  'From Exchange 2019 CU14 on Extended Protection is on by default. A proxy that ends TLS before Exchange then has to speak https to Exchange and to have the same certificate as Exchange, or Windows authentication of mail programs fails. Without encryption between them (TLS offloading) it does not work at all.'
