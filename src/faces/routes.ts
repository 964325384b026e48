/**
 * All routes of the server, face by face. Owns the one list that is served and that `einlass routes` prints; the metrics
 * have a port of their own.
 */
import type { Route } from '../platform/http/router.ts'
import { type AccountPages, accountRoutes } from './account/routes.ts'
import { type SetupPages, setupRoutes } from './admin/setup.ts'
import { type AuthenticatorFace, authenticatorRoutes } from './authenticator/routes.ts'
import { type Devices, deviceRoutes } from './devices.ts'
import { type FilesOptions, fileRoutes } from './files.ts'
import { type BoundRoute, bindRoutes, type FaceRoute } from './frame/route.ts'
import { type Health, healthRoutes } from './health.ts'
import { type InvitationPages, invitationRoutes } from './invitation/routes.ts'
import { type LoginFace, loginRoutes } from './login/routes.ts'
import { type PasswordHint, passwordHintRoutes } from './password-hint.ts'
import { protocolRoutes } from './protocols/routes.ts'
import type { RunningProtocols } from './protocols/running.ts'
import { type NotMePages, notMeRoutes } from './report/routes.ts'
import { type ResetPages, resetRoutes } from './reset/routes.ts'
import { scimRoutes } from './scim/routes.ts'
import type { ScimFace } from './scim/serve.ts'
import { type StartPages, startRoutes } from './start/routes.ts'

/** What the routes call. */
export interface Faces {
  readonly login: LoginFace
  readonly reset: ResetPages
  readonly invitation: InvitationPages
  readonly account: AccountPages
  readonly start: StartPages
  readonly notMe: NotMePages
  readonly setup: SetupPages
  readonly protocols: RunningProtocols
  readonly scim: ScimFace
  readonly authenticator: AuthenticatorFace
  readonly devices: Devices
  readonly passwordHint: PasswordHint
  readonly files: FilesOptions
  readonly health: Health
}

const tables: { readonly [Name in keyof Faces]: readonly FaceRoute<Faces[Name]>[] } = {
  login: loginRoutes,
  reset: resetRoutes,
  invitation: invitationRoutes,
  account: accountRoutes,
  start: startRoutes,
  notMe: notMeRoutes,
  setup: setupRoutes,
  protocols: protocolRoutes,
  scim: scimRoutes,
  authenticator: authenticatorRoutes,
  devices: deviceRoutes,
  passwordHint: passwordHintRoutes,
  files: fileRoutes,
  health: healthRoutes,
}

const names = [
  'login',
  'reset',
  'invitation',
  'account',
  'start',
  'notMe',
  'setup',
  'protocols',
  'scim',
  'authenticator',
  'devices',
  'passwordHint',
  'files',
  'health',
] as const satisfies readonly (keyof Faces)[]

export const allRoutes: readonly Route[] = names.flatMap((name): readonly Route[] => tables[name])

export function bindFaces(faces: Faces): BoundRoute[] {
  return names.flatMap((name) => bindFace(name, faces))
}

function bindFace<Name extends keyof Faces>(name: Name, faces: Faces): BoundRoute[] {
  return bindRoutes<Faces[Name]>(tables[name], faces[name])
}
