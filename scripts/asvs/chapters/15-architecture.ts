import { type Chapter, documented, tested, unmet } from '../requirement.ts'

const hasher = 'src/identity/users/hasher.test.ts'

export const architecture: Chapter = {
  title: 'Code and dependencies',
  requirements: [
    documented(
      '15.1.1',
      'how soon weak libraries are replaced is documented',
      'docs/dependencies.md#how-soon-a-library-is-replaced',
    ),
    tested(
      '15.1.2',
      'a bill of materials, from known places',
      'test/package-archive.test.ts: the bill of materials names each package of the archive once, with version, licence and hash',
      'test/dependencies.test.ts: the lock file pins every package by its hash, from no other registry, for every platform',
    ),
    documented(
      '15.1.3',
      'what costs much, and its limits, is documented',
      'docs/operations.md#sizing',
    ),
    unmet(
      '15.2.1',
      'no library is older than that time allows',
      'The times are documented (15.1.1), and nothing looks for known weaknesses of libraries by itself.',
    ),
    tested(
      '15.2.2',
      'what costs much cannot stop the rest',
      `${hasher}: A37: as many as there are cores run, the queue is bounded, and the rest is told to come back`,
      `${hasher}: A37: new hashes may fill a quarter of the queue, and the rest is there for logins`,
      'src/identity/users/password-hashes/password-hash.test.ts: A37: a hash that would cost a server its memory or its time is refused before any work',
    ),
    tested(
      '15.2.3',
      'production has nothing of development',
      'test/package-archive.test.ts: the archive has what runs: no tests, nothing for development, nothing that only builds',
    ),
    tested(
      '15.3.1',
      'answers have only the fields that are needed',
      'src/faces/protocols/release.test.ts: an app gets the values of what its settings name, and nothing else',
      'src/cli/user-export.test.ts: no column that holds a secret is handed out',
    ),
    tested(
      '15.3.2',
      'outgoing requests follow no redirect',
      'src/platform/http/guarded-fetch.test.ts: A34: a redirect is not followed',
      'src/login/factors/push/senders/http.test.ts: A34: a redirect is a failure and is never followed',
      'src/identity/notify/alerts/alerts.test.ts: a webhook follows no redirect and says what it was answered',
    ),
    tested(
      '15.3.3',
      'a request writes only the fields of its act',
      'src/faces/protocols/oidc/registration.test.ts: what is not known is ignored, and nothing that only an administrator may decide is taken',
      'src/faces/scim/routes.test.ts: an administrator is neither made nor taken over, and the last one stays',
    ),
    tested(
      '15.3.4',
      'the address of a client is the right one',
      'src/platform/http/client.test.ts: the address of a client: …',
      'src/platform/http/client.test.ts: what a client writes never changes the address that the proxy saw',
      'src/platform/http/client.test.ts: A52: a proxy that names no address, but "…", has clients that are one stranger',
    ),
    tested(
      '15.3.5',
      'values are of the type that is expected',
      'src/login/factors/push/phone-requests.test.ts: A8: any deny member denies, whatever its value and whatever the number',
      'src/login/factors/push/routes.test.ts: A8, A44: what is no object of two texts is 400 and nothing breaks',
      'src/platform/storage/storage.test.ts: undefined, booleans and objects are refused as parameters',
    ),
    tested(
      '15.3.6',
      'no input changes what all objects have',
      'src/platform/http/body.test.ts: names that every object knows are fields like others',
      'src/login/factors/push/routes.test.ts: A44: an action that is missing, unknown, inherited or there twice is 400',
    ),
    tested(
      '15.3.7',
      'a parameter that comes twice is refused',
      'src/platform/http/body.test.ts: a field that is there twice is refused, however it is written',
      'src/faces/protocols/wsfed/request.test.ts: what is too long or there twice is refused',
      'src/platform/http/cookies.test.ts: a name that appears twice does not count, whichever came first',
    ),
  ],
}
