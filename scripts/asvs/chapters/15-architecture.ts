import { type Chapter, documented, tested, unmet } from '../requirement.ts'

const hasher = 'src/identity/users/hasher.test.ts'

export const architecture: Chapter = {
  title: 'Code and dependencies',
  requirements: [
    documented(
      '15.1.1',
      'time limits for updating libraries are documented',
      'docs/dependencies.md#how-soon-a-library-is-replaced',
    ),
    tested(
      '15.1.2',
      'a bill of materials lists libraries from trusted sources',
      'test/package-archive.test.ts: the bill of materials names each package of the archive once, with version, licence and hash',
      'test/dependencies.test.ts: the lock file pins every package by hash, from the npm registry, for every platform',
    ),
    documented(
      '15.1.3',
      'expensive functions and their limits are documented',
      'docs/operations.md#sizing',
    ),
    unmet(
      '15.2.1',
      'all libraries are within the documented time limits',
      'The time limits are documented (15.1.1), but nothing looks for known weaknesses of libraries automatically.',
    ),
    tested(
      '15.2.2',
      'expensive functions cannot make the service unavailable',
      `${hasher}: A37: the hasher runs one hash per core, has a bounded queue, and refuses the rest with a time to retry`,
      `${hasher}: A37: new hashes use at most a quarter of the queue, and the rest is reserved for logins`,
      'src/identity/users/password-hashes/password-hash.test.ts: A37: a hash that would cost a server its memory or its time is refused before any work',
    ),
    tested(
      '15.2.3',
      'production contains no test or development functions',
      'test/package-archive.test.ts: the archive has only what the program runs: no tests, development tools or build tools',
    ),
    tested(
      '15.3.1',
      'answers contain only the required fields',
      'src/faces/protocols/release.test.ts: an app gets only the values that its settings name',
      'src/cli/user-export.test.ts: a user export contains no column with a secret',
    ),
    tested(
      '15.3.2',
      'outgoing requests follow no redirects',
      'src/platform/http/guarded-fetch.test.ts: A34: a redirect is not followed',
      'src/login/factors/push/senders/http.test.ts: A34: a redirect is a failure and is never followed',
      'src/identity/notify/alerts/alerts.test.ts: a webhook follows no redirect and reports why a delivery failed',
    ),
    tested(
      '15.3.3',
      'requests change only the intended fields (mass assignment)',
      'src/faces/protocols/oidc/registration.test.ts: the server ignores unknown metadata, and settings that only an administrator may choose',
      'src/faces/scim/routes.test.ts: an administrator is neither made nor taken over, and the last one stays',
    ),
    tested(
      '15.3.4',
      'the true client address is used and cannot be forged',
      'src/platform/http/client.test.ts: the address of a client: …',
      'src/platform/http/client.test.ts: addresses that a client writes never change the address that the proxy saw',
      'src/platform/http/client.test.ts: A52: clients of a proxy that sends "…" as their address all get the same unknown address',
    ),
    tested(
      '15.3.5',
      'types of values are checked, and comparisons are strict',
      'src/login/factors/push/phone-requests.test.ts: A8: an answer with a deny member is a denial for every value of it and with every number',
      'src/login/factors/push/routes.test.ts: A8, A44: a body that is not an object with two texts gets 400 and changes nothing',
      'src/platform/storage/storage.test.ts: undefined, booleans and objects are refused as parameters',
    ),
    tested(
      '15.3.6',
      'prototype pollution is prevented',
      'src/platform/http/body.test.ts: field names that are also properties of every object are ordinary fields',
      'src/login/factors/push/routes.test.ts: A44: an action that is missing, unknown, inherited or repeated gets 400',
    ),
    tested(
      '15.3.7',
      'HTTP parameter pollution is prevented',
      'src/platform/http/body.test.ts: a repeated field is refused, in any encoding',
      'src/faces/protocols/wsfed/request.test.ts: the server refuses a context that is too long, and a repeated parameter',
      'src/platform/http/cookies.test.ts: a cookie that appears twice is ignored, even with equal values',
    ),
  ],
}
