/** The libraries that `einlass app add --library` knows, in the order of the documentation. */
import {
  angularAuthOidcClient,
  authJs,
  expressOpenidConnect,
  forgerockOidcClient,
  oidcClientTs,
  openidClient,
  passportOpenidconnect,
} from './javascript.ts'
import type { AppLibrary } from './library.ts'
import { goOidc, modAuthOpenidc, oauth2Proxy, rubyOpenidConnect, spring } from './others.ts'
import { allauth, authlib, mozillaDjangoOidc, pythonSocialAuth } from './python.ts'

export const libraries: readonly AppLibrary[] = [
  spring,
  authlib,
  allauth,
  mozillaDjangoOidc,
  pythonSocialAuth,
  goOidc,
  rubyOpenidConnect,
  passportOpenidconnect,
  openidClient,
  expressOpenidConnect,
  authJs,
  oidcClientTs,
  angularAuthOidcClient,
  forgerockOidcClient,
  oauth2Proxy,
  modAuthOpenidc,
]
