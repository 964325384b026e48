/** A link that was opened: an account to add, or the code of a request. */

import {
  type CheckedOffer,
  type EnrolFailure,
  enrolDevice,
  fetchOffer,
} from '../../device/enrol.ts'
import { type EnrolLink, readLink } from '../../protocol/links.ts'
import type { App, MakeScreen, Screen } from '../app.ts'
import { focusHeading, make } from '../dom.ts'
import { followLink } from '../follow-link.ts'
import { makeInstallSteps } from '../install-steps.ts'
import { makeBusy, makeFacts, makeResult, makeStatus } from '../later-parts.ts'
import { describeFailure, makeButton } from '../parts.ts'
import { canVerify, makePasskey } from '../passkey.ts'
import { findPlatform, mustInstall } from '../platform.ts'
import { createUserHandle } from '../user-handle.ts'
import type { Words } from '../words.ts'

export const makeLink: MakeScreen<'link'> = async (app, { text }) => {
  const { words } = app
  const link = readLink(text)
  if (link?.type === 'enrol') {
    if (!isReachable(app, link)) return makeElsewhere(app, link, text)
    return mustInstall() ? makeInstall(app, link, text) : await makeOffer(app, link, text)
  }
  if (link === undefined) return makeFailure(app, words.linkWrong)
  await app.refresh()
  // The camera of the phone may have opened the link in a browser that does not have the accounts.
  app.go(followLink(app, text, false) ?? { type: 'absent', requestId: link.request })
  return { element: make('section', {}, make('p', { role: 'status' }, words.checking)) }
}

/** @param again absent: this link will never work */
function makeFailure(app: App, text: string, again?: () => void): Screen {
  const { words } = app
  const buttons = [
    again === undefined
      ? makeButton(words.scan, () => app.go({ type: 'scan' }))
      : makeButton(words.retry, again),
    makeButton(words.cancel, () => app.go({ type: 'home' }), 'quiet'),
  ]
  const title = again === undefined ? words.linkOver : words.linkLater
  return { element: makeResult({ title, text, icon: 'stop' }, buttons) }
}

/** Explains a failure; an unknown id here means that the server does not know the link. */
const describeLinkFailure = (failure: EnrolFailure, words: Words): string =>
  failure.type === 'unknown' ? words.linkUnknown : describeFailure(failure, words)

/** Asks to install the app first: on an iPhone a page in the browser loses its data and is never woken. */
function makeInstall(app: App, link: EnrolLink, text: string): Screen {
  const { words } = app
  const goOn = async () => {
    const { element } = await makeOffer(app, link, text)
    section.replaceChildren(...element.children)
    focusHeading(section)
  }
  const section = make('section', {})
  section.append(
    make('h1', {}, words.installTitle),
    make('p', {}, words.installHelp),
    makeInstallSteps(words),
    make('p', {}, words.installStepOpen),
    makeButton(words.installSkip, () => void goOn(), 'secondary'),
  )
  return { element: section }
}

const isReachable = ({ peers }: App, { origin }: EnrolLink): boolean =>
  origin === location.origin || peers.includes(origin)

/** A browser separates the data of different servers, so such an account has to be in the app of its own server. */
function makeElsewhere(app: App, { origin }: EnrolLink, text: string): Screen {
  const { words } = app
  const { host } = new URL(origin)
  return {
    element: make(
      'section',
      {},
      make('h1', {}, words.elsewhereTitle),
      make('p', {}, words.elsewhereHelp(host)),
      make('a', { class: 'button primary', href: text.trim() }, words.elsewhereOpen(host)),
      makeButton(words.cancel, () => app.go({ type: 'home' }), 'quiet'),
    ),
  }
}

async function makeOffer(app: App, link: EnrolLink, text: string): Promise<Screen> {
  const { words } = app
  const fetched = await fetchOffer(app.device, link)
  if (fetched.type !== 'done') {
    // The address no longer has the link, so only this screen can follow it again.
    const again = () => app.go({ type: 'link', text })
    const isOver = fetched.type === 'unknown' || fetched.type === 'used'
    return makeFailure(app, describeLinkFailure(fetched, words), isOver ? undefined : again)
  }
  const { offered } = fetched
  const isThere = await isKnown(app, offered)
  const status = makeStatus()
  const name = make('input', { id: 'name', autocomplete: 'off', maxlength: 80 })
  name.value = findPlatform().name
  const form = make(
    'form',
    { class: 'stack', novalidate: true },
    make('label', { for: 'name' }, words.deviceName, make('small', {}, words.deviceNameHint)),
    name,
    status.element,
    make('button', { type: 'submit', class: 'primary' }, words.add),
    makeButton(words.cancel, () => app.go({ type: 'home' }), 'quiet'),
  )
  const lock = await findLock(offered)
  const userHandle = createUserHandle()
  const addIt = (isLocked: boolean) =>
    void add(app, offered, {
      name: name.value.trim() || findPlatform().name,
      isLocked,
      userHandle,
      status,
      form,
    })
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    addIt(true)
  })
  if (lock === 'preferred') {
    // Offered after the phone did not recognise the person.
    const without = makeButton(words.addWithout, () => addIt(false), 'secondary')
    without.hidden = true
    without.dataset.without = ''
    form.insertBefore(without, form.lastElementChild)
  }
  return {
    element: make(
      'section',
      {},
      make('h1', {}, offered.offer.from === undefined ? words.addTitle : words.arriveOffer),
      isThere && make('p', { class: 'note' }, words.alreadyHere),
      offered.offer.from !== undefined && make('p', {}, words.arriveOfferHelp(offered.offer.from)),
      makeFacts([
        [words.addIssuer, offered.offer.issuer],
        [words.factAccount, offered.offer.account],
      ]),
      (lock === 'preferred' || lock === 'required') && make('p', {}, words.lockHelp),
      form,
    ),
  }
}

/** Whether the screen lock of this phone protects the account. `missing`: the server requires one, and this phone has none. */
type LockUse = 'none' | 'preferred' | 'required' | 'missing'

async function findLock({ offer }: CheckedOffer): Promise<LockUse> {
  const { credential } = offer
  if (credential === undefined) return 'none'
  if (await canVerify()) return credential.use
  return credential.use === 'required' ? 'missing' : 'none'
}

interface Adding {
  readonly name: string
  /** Whether to use the screen lock of this phone, if the server asks for it. */
  readonly isLocked: boolean
  /** The user handle of the passkey. A second attempt uses the same one, so that no useless passkey stays on the phone. */
  readonly userHandle: Uint8Array<ArrayBuffer>
  readonly status: ReturnType<typeof makeStatus>
  readonly form: HTMLElement
}

/** Whether this phone already has a usable account of the same person at the same server. */
async function isKnown({ database }: App, { link, offer }: CheckedOffer): Promise<boolean> {
  const all = await database.list()
  return all.some(
    (one) => one.server === link.origin && one.account === offer.account && one.state === 'active',
  )
}

async function add(
  app: App,
  offered: CheckedOffer,
  { name, isLocked, userHandle, status, form }: Adding,
): Promise<void> {
  const { words, device } = app
  const enable = makeBusy(form)
  status.say(words.adding, 'plain')
  // The person may have set up a screen lock since this screen was shown.
  const lock = isLocked ? await findLock(offered) : 'none'
  if (lock === 'missing') {
    enable()
    return status.say(words.lockMissing)
  }
  const made = lock === 'none' ? undefined : await makePasskey(offered.offer, userHandle)
  if (lock !== 'none' && made === undefined) {
    enable()
    form.querySelector('[data-without]')?.removeAttribute('hidden')
    return status.say(words.notVerified)
  }
  const { platform } = findPlatform()
  const enrolled = await enrolDevice(device, offered, { name, platform, ...(made && { made }) })
  enable()
  if (enrolled.type !== 'done') return status.say(describeLinkFailure(enrolled, words))
  const { id: accountId, from } = enrolled.account
  app.go({ type: from === undefined ? 'notify' : 'arrive', accountId })
}
