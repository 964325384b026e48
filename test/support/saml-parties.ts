/** The SAML apps of the scenarios: libraries and web servers that others wrote. */
import { programs } from './relying-party-stage.ts'
import type { SamlParty } from './saml-party.ts'

const runNode = (file: string) => [process.execPath, `${programs}/${file}`]

export const samlParties = {
  pysaml2: {
    name: 'pysaml2',
    version: '7.5.0',
    needs: [
      '`logout_requests_signed` and `logout_responses_signed`, which are off by default: without them people confirm a logout here',
      '`signing_algorithm` and `digest_algorithm` for SHA-256: its default is SHA-1',
    ],
    command: ['/usr/bin/python3', `${programs}/pysaml2_app.py`],
  },
  samlify: {
    name: 'samlify',
    version: '2.13.1',
    package: 'samlify',
    needs: [
      'A verified e-mail address of each person, or another `nameIDFormat`: its metadata asks for the address as the name',
      'With `authnRequestsSigned`: our metadata from `/saml/metadata/ID`, as `app show` says',
      '`wantLogoutRequestSigned` for the identity provider and for itself, and `wantLogoutResponseSigned`: by default it neither signs nor checks a logout',
    ],
    command: runNode('samlify.js'),
  },
  'node-saml': {
    name: '@node-saml/node-saml, of passport-saml',
    version: '5.1.0',
    package: '@node-saml/node-saml',
    needs: [
      'A verified e-mail address of each person, or another `identifierFormat`: it asks for the address as the name',
      "`signatureAlgorithm: 'sha256'` and `digestAlgorithm: 'sha256'` as soon as it has a key: its default is SHA-1",
      'A key for its logout; without one its request is unsigned, and people confirm the logout here',
    ],
    command: runNode('node-saml.js'),
  },
} as const satisfies Readonly<Record<string, SamlParty>>

/** Those in an Apache, which have scenarios of their own. */
export const samlServers = [
  {
    name: 'Apache with mod_auth_mellon',
    version: '0.19.1',
    needs: [
      '`MellonSecureCookie On` and `MellonCookieSameSite None`: the response is a form from another site',
    ],
  },
  {
    name: 'Shibboleth service provider',
    version: '3.5.0',
    needs: ['nothing, with `handlerSSL="true"` and `cookieProps="https"`'],
  },
] as const

/** The lines of the table in docs/apps/tried-with.md. */
export function writeSamlTable(
  parties: readonly Pick<SamlParty, 'name' | 'version' | 'needs'>[],
): string[] {
  return [
    '| SAML app | Version | What it needs beside its defaults |',
    '| --- | --- | --- |',
    ...parties.map(
      ({ name, version, needs }) => `| ${name} | ${version} | ${needs.join('<br>')} |`,
    ),
  ]
}
