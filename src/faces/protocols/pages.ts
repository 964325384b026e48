/**
 * The pages that a person may see between an app and the login, in the design of all others. Owns which page says what; does
 * not know any protocol.
 */
import { readForm } from '../../platform/http/body.ts'
import type { Reply } from '../../platform/http/reply.ts'
import { Fault } from '../../platform/kernel/fault.ts'
import { message } from '../../platform/ui/message.ts'
import type { Page } from '../../platform/ui/page.ts'
import type { Translate } from '../../platform/ui/translate.ts'
import { backToAppPage } from '../account/pages/logged-out.ts'
import { cancelledPage } from '../frame/cancelled-pages.ts'
import {
  type DeviceCodePage,
  type DeviceConfirmPage,
  deviceCodePage,
  deviceConfirmPage,
  deviceDonePage,
  deviceRefusedPage,
} from '../frame/device-pages.ts'
import type { NextApp } from '../frame/ended-session.ts'
import type { Frame } from '../frame/frame.ts'
import {
  accountChoicePage,
  appErrorPage,
  claimMissingPage,
  cookiesOffPage,
  type FormPurpose,
  formPostPage,
  forwardPage,
  levelMissingPage,
  logoutPage,
  notAllowedPage,
  overInteractionPage,
} from '../frame/pages.ts'
import type { PageExtras } from '../frame/replies.ts'
import {
  type LeavingPage,
  leavingPage,
  type UnknownAppPage,
  unknownAppPage,
} from '../frame/unknown-app-page.ts'
import { type ProtocolRequest, readPageRequest } from './answer.ts'

export interface ProtocolPages {
  /** Says that the request of the app was wrong. `code` is for the service desk; the page gets `status`. */
  renderError(request: ProtocolRequest, problem: AppProblem): Reply
  /** Says that the database cannot answer now. */
  renderUnavailable(request: ProtocolRequest): Reply
  /** Says that too many requests came from this address; with `Retry-After`, in seconds. */
  renderTooMany(request: ProtocolRequest, retryAfter: number): Reply
  /** Asks whether to log out. The form posts `fields` to `action`, which must not redirect to an app: see `renderBackToApp`. */
  renderLogout(request: ProtocolRequest, form: LogoutForm): Reply
  /** Answers an app with a form that the browser submits. */
  renderFormPost(request: ProtocolRequest, form: FormPost): Reply
  /** Says that this account may not enter the app, whom to ask, and where to continue. */
  renderNotAllowed(request: ProtocolRequest, refused: RefusedEntry): Reply
  /** Says that a part of the app requires more than this login can prove, and whom to ask. */
  renderLevelMissing(request: ProtocolRequest, missing: { readonly appName: string }): Reply
  /** Says that the account lacks data that the app requires, and whom to ask. */
  renderClaimMissing(
    request: ProtocolRequest,
    missing: { readonly appName: string; readonly username: string },
  ): Reply
  /** Says that the browser accepts no cookies, and where to try again. */
  renderCookiesOff(request: ProtocolRequest, againUrl: string): Reply
  /** Asks whether to continue as the person who is logged in. */
  renderAccountChoice(request: ProtocolRequest, choice: AccountChoice): Reply
  /** Asks whether to let in an app that registered itself. */
  renderUnknownApp(request: ProtocolRequest, shown: UnknownAppEntry): Reply
  /** Shows where a link would lead: to an app that registered itself. */
  renderLeaving(request: ProtocolRequest, leaving: LeavingPage): Reply
  /** Asks for the code that a device shows. */
  renderDeviceCode(request: ProtocolRequest, shown: DeviceCode): Reply
  /** Asks whether to let the device in. */
  renderDeviceConfirm(request: ProtocolRequest, shown: DeviceConfirm): Reply
  /** Says that this account may not enter the app, and lets its owner end the request of the device. */
  renderDeviceRefused(request: ProtocolRequest, refused: RefusedDevice): Reply
  renderDeviceDone(
    request: ProtocolRequest,
    done: { readonly appName: string; readonly isAllowed: boolean },
  ): Reply
  /** Reads the fields of a form of these pages. Throws Fault for a form that did not come from our page in this browser. */
  readForm(request: ProtocolRequest): Promise<Readonly<Record<string, string>>>
  /** Renders a Fault of `readForm`. */
  renderFault(request: ProtocolRequest, fault: Fault): Reply
  /** After a logout, leads back to the app that began it, for the same reason as `renderForward`. */
  renderBackToApp(request: ProtocolRequest, next: NextApp): Reply
  /** Leads on to an app after a form, because the policy of the page with the form also applies to redirects. */
  renderForward(request: ProtocolRequest, forward: Forward): Reply
  /** Says that the person has cancelled the login of an app that cannot be told. The page leads to `againUrl`. */
  renderCancelled(request: ProtocolRequest, cancelled: CancelledEntry): Reply
  /** Says that this request was answered before, and where to continue. */
  renderOver(request: ProtocolRequest, over: OverRequest): Reply
}

export interface AppProblem {
  readonly status: number
  readonly code: string
  /** The app wanted to end the login; the page leads to where the person can do it. */
  readonly isLogout?: boolean
}

export interface LogoutForm {
  readonly action: string
  readonly fields: Readonly<Record<string, string>>
  /** The app that asks for the logout. Absent also for an app that chose its name itself, because that name proves nothing. */
  readonly appName?: string
}

export interface FormPost {
  /** The app's address. */
  readonly action: string
  readonly fields: Readonly<Record<string, string>>
  readonly appName: string
  readonly purpose: FormPurpose
}

export interface CancelledEntry {
  readonly appName: string
  /** Begins the login again. */
  readonly againUrl: string
}

export interface RefusedEntry {
  readonly appName: string
  readonly username: string
  /** Where a login with another account begins, as the gate decided. */
  readonly otherLoginUrl: string
  /** The address that informs the app of the refusal; absent: the app cannot be informed. */
  readonly backUrl?: string
  /** A setting of the app. */
  readonly keepsOpener?: true | undefined
}

export interface RefusedDevice extends Omit<RefusedEntry, 'backUrl' | 'keepsOpener'> {
  readonly action: string
  readonly code: string
}

export interface AccountChoice {
  readonly appName: string
  readonly displayName: string
  readonly username: string
  readonly continueUrl: string
  /** Where another person logs in. */
  readonly otherUrl: string
  readonly cancelUrl: string
  /** A setting of the app. */
  readonly keepsOpener?: true | undefined
}

export interface UnknownAppEntry extends Omit<UnknownAppPage, 'formToken'> {
  /** A setting of the app. */
  readonly keepsOpener?: true | undefined
}

export interface Forward {
  readonly appName: string
  /** Where the page leads at once. */
  readonly url: string
  /** A setting of the app. */
  readonly keepsOpener?: true | undefined
}

export interface DeviceCode extends Omit<DeviceCodePage, 'formToken' | 'problem'> {
  readonly isUnknown?: boolean
}

export interface DeviceConfirm extends Omit<DeviceConfirmPage, 'formToken' | 'from'> {
  /** The address that the device sent its request from. */
  readonly address: string
}

export interface OverRequest {
  /** The browser holds a live session. */
  readonly isSignedIn: boolean
  /** The app that sent the request, if it can be opened from outside. */
  readonly app?: { readonly name: string; readonly startUrl: string }
}

export function createProtocolPages(frame: Frame, publicUrl: string): ProtocolPages {
  const { support } = frame
  const createContext = (request: ProtocolRequest) =>
    frame.createAnonymous(readPageRequest(request, publicUrl))
  // A change of language leads to the start page, because the address of such a page works only once.
  const createContextAtStart = (request: ProtocolRequest) => ({
    ...createContext(request),
    path: '/',
  })
  return {
    renderUnavailable(request) {
      const fault = new Fault('unavailable', 'The database is away')
      return frame.fault(fault, createContext(request))
    },
    renderError(request, { status, code, isLogout }) {
      const context = createContext(request)
      // The protocol has logged the cause in the line before. This line has the reference that the person sees.
      if (status >= 500) return frame.fault(new Fault('internal', code), context)
      return frame.page(context, appErrorPage({ code, support, isLogout }, context.t), { status })
    },
    renderTooMany(request, retryAfter) {
      const fault = new Fault('too_many_requests', 'Too many from this address', { retryAfter })
      return frame.fault(fault, createContext(request))
    },
    renderLogout(request, { action, fields, appName }) {
      const context = createContext(request)
      const form = { action, hidden: fields, formToken: '', cancelUrl: '/', appName }
      return frame.page(context, logoutPage(form, context.t))
    },
    renderFormPost(request, { action, fields, appName, purpose }) {
      const context = createContextAtStart(request)
      const page = formPostPage({ app: appName, action, fields, purpose }, context.t)
      // An app often redirects back to us, so where we have no https it is not enough that the app has it.
      const isSecure = [action, publicUrl].every((one) => one.startsWith('https:'))
      return frame.page(context, page, {
        status: purpose === 'error' ? 400 : 200,
        formsLead: isSecure ? 'https' : 'anywhere',
        // The page after a logout has it in a frame.
        isFramed: purpose === 'logout',
      })
    },
    renderNotAllowed(request, refused) {
      const context = createContext(request)
      return frame.page(context, notAllowedPage({ ...refused, support }, context.t), {
        status: 403,
        keepsOpener: refused.keepsOpener,
      })
    },
    renderLevelMissing(request, missing) {
      const context = createContext(request)
      return frame.page(context, levelMissingPage({ ...missing, support }, context.t), {
        status: 403,
      })
    },
    renderClaimMissing(request, missing) {
      const context = createContext(request)
      return frame.page(context, claimMissingPage({ ...missing, support }, context.t), {
        status: 403,
      })
    },
    renderCookiesOff(request, againUrl) {
      const context = createContext(request)
      return frame.page(context, cookiesOffPage(againUrl, context.t), { status: 400 })
    },
    renderAccountChoice(request, choice) {
      const context = createContext(request)
      const { keepsOpener } = choice
      return frame.page(context, accountChoicePage(choice, context.t), { keepsOpener })
    },
    ...createFormPages(frame, publicUrl),
    renderLeaving(request, leaving) {
      const context = createContextAtStart(request)
      return frame.page(context, leavingPage(leaving, context.t), {
        status: leaving.isLoggedOut ? 200 : 400,
      })
    },
    renderBackToApp(request, next) {
      const context = createContextAtStart(request)
      return frame.page(context, backToAppPage(next, context.t))
    },
    renderForward(request, { appName: app, url: href, keepsOpener }) {
      const context = createContextAtStart(request)
      return frame.page(context, forwardPage({ app, href }, context.t), { keepsOpener })
    },
    renderCancelled(request, cancelled) {
      const context = createContext(request)
      return frame.page(context, cancelledPage(cancelled, context.t))
    },
    renderOver(request, over) {
      const context = createContextAtStart(request)
      const page = overInteractionPage(over, context.t)
      return frame.page(context, page, { status: over.isSignedIn ? 200 : 410 })
    },
  }
}

type FormPages = Pick<
  ProtocolPages,
  | 'renderUnknownApp'
  | 'renderDeviceCode'
  | 'renderDeviceConfirm'
  | 'renderDeviceRefused'
  | 'renderDeviceDone'
  | 'readForm'
  | 'renderFault'
>

/** Pages with forms that lead back to us. */
function createFormPages(frame: Frame, publicUrl: string): FormPages {
  const createContext = (request: ProtocolRequest) =>
    frame.createAnonymous(readPageRequest(request, publicUrl))
  const renderForm = (
    request: ProtocolRequest,
    make: (formToken: string, t: Translate) => Page,
    options: PageExtras = {},
  ) => {
    const context = createContext(request)
    const { token, cookies } = frame.ensureBrowser(context)
    return frame.page(context, make(frame.formToken(token), context.t), { ...options, cookies })
  }
  return {
    renderUnknownApp: (request, { keepsOpener, ...shown }) =>
      renderForm(request, (formToken, t) => unknownAppPage({ ...shown, formToken }, t), {
        keepsOpener,
      }),
    renderDeviceCode: (request, { isUnknown, ...shown }) =>
      renderForm(request, (formToken, t) =>
        deviceCodePage(
          {
            ...shown,
            formToken,
            ...(isUnknown === true && { problem: message('device.code.unknown') }),
          },
          t,
        ),
      ),
    renderDeviceConfirm: (request, { address, ...shown }) =>
      renderForm(request, (formToken, t) => {
        const from = frame.findPlace(address, t.language) ?? address
        return deviceConfirmPage({ ...shown, formToken, from }, t)
      }),
    renderDeviceRefused: (request, refused) =>
      renderForm(
        request,
        (formToken, t) => deviceRefusedPage({ ...refused, formToken, support: frame.support }, t),
        { status: 403 },
      ),
    renderDeviceDone(request, done) {
      const context = createContext(request)
      return frame.page(context, deviceDonePage(done, context.t))
    },
    async readForm(request) {
      const from = { ...readPageRequest(request, publicUrl), body: request, method: 'POST' }
      const fields = await readForm(from)
      frame.checkForm(frame.createAnonymous(from), fields)
      return fields
    },
    renderFault: (request, fault) => frame.fault(fault, createContext(request)),
  }
}
