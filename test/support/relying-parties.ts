/** The relying parties of the scenarios: libraries and web servers that others wrote. */
import { execFile } from 'node:child_process'
import { chmod, copyFile, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { RelyingParty } from './relying-party.ts'
import { type GivenApp, type Program, programs } from './relying-party-stage.ts'

/** A program for Node in test/relying-parties. */
const runNode = (file: string) => () => ({ command: [process.execPath, `${programs}/${file}`] })

/** For those that pass on what they are asked for. */
const passOn = (parameters: Readonly<Record<string, string>>): string =>
  `/login?${new URLSearchParams(parameters)}`

const app = {
  paths: { callback: '/callback', afterLogout: '/' },
  findLoginPath: passOn,
  findLogoutPath: () => '/logout',
}

const withBackChannel = { ...app.paths, backChannelLogout: '/backchannel-logout' }

const inBrowser = { ...app, options: ['--public'] }

export const relyingParties = {
  'openid-client-6': {
    ...app,
    name: 'openid-client 6',
    version: '6.9.0',
    package: 'openid-client',
    needs: [],
    paths: withBackChannel,
    prepare: runNode('openid-client-6.js'),
  },
  'openid-client-5': {
    ...app,
    name: 'openid-client 5',
    version: '5.7.1',
    package: 'openid-client-5',
    needs: [],
    paths: withBackChannel,
    prepare: runNode('openid-client-5.js'),
  },
  'mod-auth-openidc': {
    name: 'Apache with mod_auth_openidc',
    version: '2.4.17',
    needs: [],
    paths: {
      callback: '/callback',
      afterLogout: '/',
      backChannelLogout: '/callback?logout=backchannel',
    },
    findLoginPath: findApacheLoginPath,
    findLogoutPath: ({ origin }) => `/callback?logout=${encodeURIComponent(`${origin}/`)}`,
    prepare: prepareApache,
  },
  'passport-openidconnect': {
    ...app,
    name: 'passport-openidconnect',
    version: '0.1.2',
    package: 'passport-openidconnect',
    options: ['--pkce', 'optional'],
    needs: ['`--pkce optional`: it sends no PKCE'],
    // After `max_age=0` it takes no login that ends in the second in which it began.
    freshLogin: { prompt: 'login' },
    prepare: runNode('passport-openidconnect.js'),
  },
  'express-openid-connect': {
    ...app,
    name: 'express-openid-connect',
    version: '3.4.0',
    package: 'express-openid-connect',
    needs: [
      "`response_type: 'code'`: its default is the implicit flow, which RFC 9700 advises against",
      '`idpLogout` and `backchannelLogout`, which are off by default',
      'Its address without a slash at the end, as where a logout ends',
    ],
    paths: { ...withBackChannel, afterLogout: '' },
    prepare: runNode('express-openid-connect.js'),
  },
  'oidc-client-ts': {
    ...inBrowser,
    name: 'oidc-client-ts',
    version: '3.5.0',
    package: 'oidc-client-ts',
    needs: ['`--public`: it runs in the browser'],
    prepare: runNode('oidc-client-ts.js'),
  },
  'angular-auth-oidc-client': {
    ...inBrowser,
    name: 'angular-auth-oidc-client',
    version: '22.0.1',
    package: 'angular-auth-oidc-client',
    needs: ['`--public`: it runs in the browser'],
    prepare: runNode('angular-auth-oidc-client.js'),
  },
  'forgerock-oidc-client': {
    ...inBrowser,
    name: '@forgerock/oidc-client',
    version: '2.1.0',
    package: '@forgerock/oidc-client',
    needs: [
      '`--public`: it runs in the browser',
      'An address on the site of the login, as its logout is a request of a script, with cookies',
    ],
    host: 'localhost',
    prepare: runNode('forgerock-oidc-client.js'),
  },
  'auth-js': {
    ...app,
    name: 'Auth.js with Express',
    version: '0.12.3',
    package: '@auth/express',
    needs: ['A logout at the login, which the app has to ask for itself'],
    paths: { callback: '/auth/callback/einlass', afterLogout: '/' },
    prepare: runNode('auth-js.js'),
  },
  authlib: {
    ...app,
    name: 'Flask with Authlib',
    version: '1.6.0',
    options: ['--pkce', 'optional'],
    needs: [
      '`--pkce optional`, or `code_challenge_method` in its `client_kwargs`: by default it sends no PKCE',
    ],
    prepare: ({ folder }) => ({
      command: ['/usr/bin/python3', `${programs}/authlib_flask.py`],
      env: { PYTHONPYCACHEPREFIX: folder },
    }),
  },
  'django-allauth': {
    name: 'Django with django-allauth',
    version: '65.0.2',
    options: ['--pkce', 'optional'],
    needs: [
      '`--pkce optional`, or `OAUTH_PKCE_ENABLED` in its settings: by default it sends no PKCE',
      'A logout at the login, which the app has to ask for itself; without an ID token the login asks the person',
    ],
    // It asks the userinfo endpoint alone, and leaves the ID token aside.
    hides: ['acr', 'auth_time'],
    loginButton: 'Continue',
    asksAtLogout: true,
    paths: { callback: '/accounts/oidc/einlass/login/callback/', afterLogout: '/' },
    findLoginPath: (parameters) =>
      `/accounts/oidc/einlass/login/?${new URLSearchParams({ auth_params: `${new URLSearchParams(parameters)}` })}`,
    findLogoutPath: () => '/logout',
    prepare: prepareDjango,
  },
  'go-oidc': {
    ...app,
    name: 'coreos/go-oidc',
    version: '2.1.0',
    options: ['--pkce', 'optional'],
    needs: [
      '`--pkce optional`, or the options for PKCE of `golang.org/x/oauth2`: by itself it sends none',
    ],
    prepare: buildGo,
  },
  'ruby-openid-connect': {
    ...app,
    name: 'The gem openid_connect',
    version: '2.3.1',
    options: ['--pkce', 'optional'],
    needs: [
      '`--pkce optional`, or `code_challenge` and `code_verifier` by the app: by itself it sends none',
    ],
    prepare: () => ({ command: ['/usr/bin/ruby', `${programs}/openid_connect.rb`] }),
  },
} as const satisfies Readonly<Record<string, RelyingParty>>

/** What it is to ask for is said to its own address, as for a login that another site begins. */
function findApacheLoginPath(
  parameters: Readonly<Record<string, string>>,
  { origin, issuer }: Pick<GivenApp, 'origin' | 'issuer'>,
): string {
  if (Object.keys(parameters).length === 0) return '/login.html'
  return `/callback?${new URLSearchParams({
    iss: issuer,
    target_link_uri: `${origin}/`,
    auth_request_params: `${new URLSearchParams(parameters)}`,
  })}`
}

async function prepareApache({ origin, folder }: GivenApp): Promise<Program> {
  const { hostname, port } = new URL(origin)
  await mkdir(join(folder, 'public'))
  await copyFile(`${programs}/mod_auth_openidc.shtml`, join(folder, 'public/index.shtml'))
  await copyFile(`${programs}/mod_auth_openidc-login.html`, join(folder, 'public/login.html'))
  // Apache gives up root's rights.
  await chmod(folder, 0o755)
  const command = ['/usr/sbin/apache2', '-f', `${programs}/mod_auth_openidc.conf`, '-DFOREGROUND']
  return { command, env: { HOST: hostname, PORT: port, FOLDER: folder } }
}

function prepareDjango({ origin, clientId, folder }: GivenApp): Program {
  const query = { client_id: clientId, post_logout_redirect_uri: `${origin}/` }
  return {
    command: ['/usr/bin/python3', `${programs}/allauth_django.py`],
    env: {
      PYTHONPYCACHEPREFIX: folder,
      FOLDER: folder,
      LOGOUT_QUERY: `${new URLSearchParams(query)}`,
    },
  }
}

/** With the sources of Debian's packages. Only the first time on a machine it takes long: Go keeps what it has compiled. */
async function buildGo({ folder }: GivenApp): Promise<Program> {
  const program = join(folder, 'go-oidc')
  const { PATH, HOME } = process.env
  const env = { PATH, HOME, GO111MODULE: 'off', GOPATH: '/usr/share/gocode', CGO_ENABLED: '0' }
  const args = ['build', '-o', program, `${programs}/go-oidc.go`]
  await promisify(execFile)('/usr/bin/go', args, { env })
  return { command: [program] }
}
