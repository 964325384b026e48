/**
 * Checks before Exchange is changed: whether the certificate, the clocks, the attributes of a user and the running login are
 * right. Owns these checks and the advice for each; changes nothing.
 */
import { matchRealm } from '../../identity/apps/match-address.ts'
import { hours, seconds } from '../../platform/kernel/clock.ts'

export interface Check {
  readonly name: string
  readonly isFine: boolean
  /** The finding, with advice if it is not right. */
  readonly found: string
}

/** Exchange sends people only to an https address. */
export function checkAddress(publicUrl: string): Check {
  const isFine = publicUrl.startsWith('https:')
  return { name: 'public_url', isFine, found: isFine ? publicUrl : `${publicUrl} has no https` }
}

/** A proxy that is missing there is not trusted, and everybody gets 403. */
export function checkProxies(trusted: readonly string[]): Check {
  const isFine = trusted.length > 0
  const found = isFine
    ? `${trusted.join(', ')}: the address of the nginx has to be among them`
    : 'none: name the address of the nginx in einlass.yaml and restart the server, else everybody gets 403'
  return { name: 'trusted_proxies', isFine, found }
}

/** An administrator gives each new certificate to Exchange by hand, so one that expires soon is a poor start. */
export function checkCertificate(
  { sha1, expiresAt }: { readonly sha1: string; readonly expiresAt: number },
  now: number,
): Check {
  const left = Math.floor((expiresAt - now) / hours(24))
  const isFine = left >= 90
  const advice = isFine ? '' : ': run einlass keys rotate --purpose saml first'
  return { name: 'certificate', isFine, found: `${sha1}, ${left} days left${advice}` }
}

/** Exchange must know the next certificate before it signs; otherwise nobody can log in from that moment. */
export function checkNextCertificate({
  sha1,
  signsFrom,
}: {
  readonly sha1: string
  readonly signsFrom: number
}): Check {
  const time = new Date(signsFrom).toISOString().slice(0, 16).replace('T', ' ')
  const found = `${sha1} signs from ${time} UTC: run apply.ps1 on every Exchange server before. It has both certificates`
  return { name: 'next certificate', isFine: false, found }
}

/** Exchange accepts nothing from this login without an app that has both of its realms. */
export function checkApp(mailOrigin: string, realms: readonly string[]): Check {
  const missing = findRealms(mailOrigin).filter((realm) => matchRealm(realms, realm) === undefined)
  const isFine = missing.length === 0
  const found = isFine
    ? findRealms(mailOrigin).join(', ')
    : `none has the realm ${missing.join(' and ')}: einlass app add owa --template owa --url ${mailOrigin}`
  return { name: 'app', isFine, found }
}

const findRealms = (mailOrigin: string) => [`${mailOrigin}/owa/`, `${mailOrigin}/ecp/`]

/** The required attributes of a user: names here, and names at their source. */
export function checkAttributes(
  username: string,
  found: ReadonlyMap<string, readonly string[]>,
  wanted: readonly string[],
): Check {
  const missing = wanted.filter((name) => (found.get(name) ?? []).length === 0)
  const sids = found.get('sid') ?? []
  const isSidWrong = wanted.includes('sid') && sids.some((sid) => !/^S-1-5-21(-\d+){4}$/.test(sid))
  const isFine = missing.length === 0 && !isSidWrong
  const name = `attributes of ${username}`
  if (missing.length > 0) {
    const given = missing.map((one) => `--attribute ${one}=...`).join(' ')
    return {
      name,
      isFine,
      found: `without ${missing.join(' and ')}: einlass user change ${username} ${given}`,
    }
  }
  if (isSidWrong) {
    return { name, isFine, found: `${sids.join(', ')} is no SID of an account (S-1-5-21-...)` }
  }
  const shown = wanted.map((one) => `${one} ${found.get(one)?.join(', ')}`)
  return { name, isFine, found: shown.join('; ') }
}

interface Reaching {
  readonly fetch: typeof globalThis.fetch
  readonly now: () => number
}

const allowedSkew = seconds(60)

/** Reads the clock of the mail server from its `Date`, which has whole seconds: tokens are valid for minutes. */
export async function checkClock(origin: string, { fetch, now }: Reaching): Promise<Check> {
  const name = `clock of ${origin}`
  const before = now()
  const date = await readDate(origin, fetch)
  if (date === undefined) {
    return { name, isFine: false, found: 'no answer: look at its clock there' }
  }
  const skew = Math.round((date + 500 - (before + now()) / 2) / 1000)
  const isFine = Math.abs(skew) * 1000 <= allowedSkew
  const advice = isFine ? '' : ': set both by the same time server'
  return { name, isFine, found: `${Math.abs(skew)} s ${skew < 0 ? 'behind' : 'ahead'}${advice}` }
}

async function readDate(origin: string, fetch: Reaching['fetch']): Promise<number | undefined> {
  try {
    const signal = AbortSignal.timeout(seconds(10))
    const { headers, body } = await fetch(origin, { redirect: 'manual', signal })
    await body?.cancel()
    const date = Date.parse(headers.get('date') ?? '')
    return Number.isNaN(date) ? undefined : date
  } catch {
    return undefined
  }
}

/** Sends the request of Outlook on the web, up to the login page, and a request that must be refused. */
export async function checkSignIn(
  { publicUrl, mailOrigin }: { readonly publicUrl: string; readonly mailOrigin: string },
  { fetch, now }: Reaching,
): Promise<Check> {
  const name = 'sign-in request'
  const ask = async (realm: string) => {
    const url = new URL('/adfs/ls/', publicUrl)
    url.search = `${new URLSearchParams({
      wa: 'wsignin1.0',
      wtrealm: realm,
      wctx: 'rm=0&id=passive&ru=%2fowa%2f',
      wct: new Date(now()).toISOString().replace(/\.\d+/, ''),
    })}`
    const { status, headers, body } = await fetch(url, {
      redirect: 'manual',
      signal: AbortSignal.timeout(seconds(10)),
    })
    await body?.cancel()
    const location = headers.get('location')
    return { status, isLogin: location !== null && new URL(location, url).pathname === '/login' }
  }
  try {
    // Exchange sends both forms.
    for (const realm of [`${mailOrigin}/owa/`, `${mailOrigin}/owa`]) {
      const { isLogin, status } = await ask(realm)
      if (isLogin) continue
      return { name, isFine: false, found: `refused (${status}): is there an app for ${realm}?` }
    }
    const foreign = await ask('https://foreign.invalid/owa/')
    if (foreign.isLogin) return { name, isFine: false, found: 'a foreign address is let through' }
    return { name, isFine: true, found: 'leads to the login; a foreign address is refused' }
  } catch {
    return { name, isFine: false, found: `${publicUrl} does not answer: start the server first` }
  }
}
