/** All chapters in the order of the standard. */
import { encoding } from './chapters/01-encoding.ts'
import { logic } from './chapters/02-logic.ts'
import { browser } from './chapters/03-browser.ts'
import { http } from './chapters/04-http.ts'
import { files } from './chapters/05-files.ts'
import { authentication } from './chapters/06-authentication.ts'
import { sessions } from './chapters/07-sessions.ts'
import { authorization } from './chapters/08-authorization.ts'
import { tokens } from './chapters/09-tokens.ts'
import { oauth } from './chapters/10-oauth.ts'
import { cryptography } from './chapters/11-cryptography.ts'
import { transport } from './chapters/12-transport.ts'
import { configuration } from './chapters/13-configuration.ts'
import { data } from './chapters/14-data.ts'
import { architecture } from './chapters/15-architecture.ts'
import { logging } from './chapters/16-logging.ts'
import { realtime } from './chapters/17-realtime.ts'
import type { Chapter } from './requirement.ts'

export const chapters: readonly Chapter[] = [
  ...[encoding, logic, browser, http, files],
  ...[authentication, sessions, authorization, tokens, oauth],
  ...[cryptography, transport, configuration, data],
  ...[architecture, logging, realtime],
]
