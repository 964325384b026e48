/** The relying parties of the scenarios: libraries and web servers that others wrote. */
import { execFile } from 'node:child_process'
import { chmod, copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { RelyingParty } from './relying-party.ts'
import { type GivenApp, type Program, programs } from './relying-party-stage.ts'

/** A program for Node in test/relying-parties. */
const runNode = (file: string) => () => ({ command: [process.execPath, `${programs}/${file}`] })

/** For those that pass on what they are asked for. */
const passOn = (parameters: Readonly<Record<string, string>>): string =>
  `/login?${new URLSearchParams(parameters)}`

/** A program for Python of Debian in test/relying-parties. */
const runPython =
  (file: string) =>
  ({ folder, origin, clientId }: GivenApp): Program => ({
    command: ['/usr/bin/python3', `${programs}/${file}`],
    env: {
      PYTHONPYCACHEPREFIX: folder,
      FOLDER: folder,
      // For a logout at the login that names nobody.
      LOGOUT_QUERY: `${new URLSearchParams({ client_id: clientId, post_logout_redirect_uri: `${origin}/` })}`,
    },
  })

const app = { findLoginPath: passOn, findLogoutPath: () => '/logout' }

/** They end their own session alone. */
const asksForLogout = 'A logout at the login, which the app has to ask for itself'

const apache = {
  library: 'mod_auth_openidc',
  findLoginPath: findApacheLoginPath,
  findLogoutPath: ({ origin }: Pick<GivenApp, 'origin'>) =>
    `/callback?logout=${encodeURIComponent(`${origin}/`)}`,
}

export const relyingParties = {
  'openid-client-6': {
    ...app,
    name: 'openid-client 6',
    version: '6.9.0',
    package: 'openid-client',
    library: 'openid-client',
    backChannelLogout: '/backchannel-logout',
    prepare: runNode('openid-client-6.js'),
  },
  'openid-client-5': {
    ...app,
    name: 'openid-client 5',
    version: '5.7.1',
    package: 'openid-client-5',
    library: 'openid-client',
    backChannelLogout: '/backchannel-logout',
    prepare: runNode('openid-client-5.js'),
  },
  'mod-auth-openidc': {
    ...apache,
    name: 'Apache with mod_auth_openidc',
    version: '2.4.17',
    prepare: prepareApache([]),
  },
  'mod-auth-openidc-without-pkce': {
    ...apache,
    name: 'The same without PKCE, as before 2.4.15 (Debian 12 has 2.4.12)',
    version: '2.4.17',
    needs: ['For the test `OIDCPKCEMethod none`: the older version is not run'],
    prepare: prepareApache(['-DWITHOUT_PKCE']),
  },
  'passport-openidconnect': {
    ...app,
    name: 'passport-openidconnect',
    version: '0.1.2',
    package: 'passport-openidconnect',
    library: 'passport-openidconnect',
    // After `max_age=0` it takes no login that ends in the second in which it began.
    freshLogin: { prompt: 'login' },
    prepare: runNode('passport-openidconnect.js'),
  },
  'express-openid-connect': {
    ...app,
    name: 'express-openid-connect',
    version: '3.4.0',
    package: 'express-openid-connect',
    library: 'express-openid-connect',
    prepare: runNode('express-openid-connect.js'),
  },
  'oidc-client-ts': {
    ...app,
    name: 'oidc-client-ts',
    version: '3.5.0',
    package: 'oidc-client-ts',
    library: 'oidc-client-ts',
    prepare: runNode('oidc-client-ts.js'),
  },
  'angular-auth-oidc-client': {
    ...app,
    name: 'angular-auth-oidc-client',
    version: '22.0.1',
    package: 'angular-auth-oidc-client',
    library: 'angular-auth-oidc-client',
    prepare: runNode('angular-auth-oidc-client.js'),
  },
  'forgerock-oidc-client': {
    ...app,
    name: '@forgerock/oidc-client',
    version: '2.1.0',
    package: '@forgerock/oidc-client',
    library: 'forgerock-oidc-client',
    needs: [
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
    library: 'auth-js',
    needs: [asksForLogout],
    prepare: runNode('auth-js.js'),
  },
  authlib: {
    ...app,
    name: 'Flask with Authlib',
    version: '1.6.0',
    library: 'authlib',
    prepare: runPython('authlib_flask.py'),
  },
  'django-allauth': {
    name: 'Django with django-allauth',
    version: '65.0.2',
    library: 'allauth',
    needs: [`${asksForLogout}; without an ID token the login asks the person`],
    // It asks the userinfo endpoint alone, and leaves the ID token aside.
    hides: ['acr', 'auth_time'],
    loginButton: 'Continue',
    asksAtLogout: true,
    findLoginPath: (parameters) =>
      `/accounts/oidc/einlass/login/?${new URLSearchParams({ auth_params: `${new URLSearchParams(parameters)}` })}`,
    findLogoutPath: () => '/logout',
    prepare: runPython('allauth_django.py'),
  },
  'python-social-auth': {
    ...app,
    name: 'Django with python-social-auth',
    version: '4.6.1',
    library: 'python-social-auth',
    needs: [asksForLogout],
    prepare: runPython('social_auth_django.py'),
  },
  'go-oidc': {
    ...app,
    name: 'coreos/go-oidc',
    version: '2.1.0',
    library: 'go-oidc',
    prepare: buildGo,
  },
  'ruby-openid-connect': {
    ...app,
    name: 'The gem openid_connect',
    version: '2.3.1',
    library: 'openid_connect',
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

function prepareApache(defines: readonly string[]) {
  return async ({ origin, folder }: GivenApp): Promise<Program> => {
    const { hostname, port } = new URL(origin)
    await mkdir(join(folder, 'public'))
    await copyFile(`${programs}/mod_auth_openidc.shtml`, join(folder, 'public/index.shtml'))
    await copyFile(`${programs}/mod_auth_openidc-login.html`, join(folder, 'public/login.html'))
    // Apache gives up root's rights.
    await chmod(folder, 0o755)
    const arguments_ = ['-f', `${programs}/mod_auth_openidc.conf`, '-DFOREGROUND', ...defines]
    const command = ['/usr/sbin/apache2', ...arguments_]
    return { command, env: { HOST: hostname, PORT: port, FOLDER: folder } }
  }
}

/** With the sources of Debian's packages. Only the first time on a machine it takes long: Go keeps what it has compiled. */
async function buildGo({ folder, lines }: GivenApp): Promise<Program> {
  const program = join(folder, 'go-oidc')
  const source = await readFile(`${programs}/go-oidc.go`, 'utf8')
  const given = await readFile(lines, 'utf8')
  await writeFile(
    `${program}.go`,
    source.replace('// The lines.', () => given),
  )
  const { PATH, HOME } = process.env
  const env = { PATH, HOME, GO111MODULE: 'off', GOPATH: '/usr/share/gocode', CGO_ENABLED: '0' }
  await promisify(execFile)('/usr/bin/go', ['build', '-o', program, `${program}.go`], { env })
  return { command: [program] }
}
