// @node-saml/node-saml, the library of passport-saml. It signs when it has a key, and then by SHA-1 unless told otherwise.

import { SAML } from '@node-saml/node-saml'
import { addresses, certificate, key, readProvider, startSamlApp } from './saml-app.js'

const { entityId, consumer, logout } = addresses

const options = {
  issuer: entityId,
  callbackUrl: consumer,
  logoutCallbackUrl: logout,
  privateKey: key,
  publicCert: certificate,
  signatureAlgorithm: 'sha256',
  digestAlgorithm: 'sha256',
}

/** It takes no metadata, so an app copies the addresses and the certificate from it. */
const readOptions = () => {
  const metadata = readProvider()
  const find = (pattern) => pattern.exec(metadata)?.[1]
  return {
    ...options,
    idpCert: find(/X509Certificate>([^<]+)</),
    entryPoint: find(/SingleSignOnService [^>]*Location="([^"]+)"/),
    logoutUrl: find(/SingleLogoutService [^>]*Location="([^"]+)"/),
  }
}

let known
const findLibrary = () => {
  known ??= new SAML(readOptions())
  return known
}

startSamlApp({
  metadata: new SAML({ ...options, idpCert: 'not known yet' }).generateServiceProviderMetadata(
    null,
    certificate,
  ),
  begin: async () => ({ location: await findLibrary().getAuthorizeUrlAsync('', undefined, {}) }),
  async finish(fields) {
    const { profile } = await findLibrary().validatePostResponseAsync(fields)
    const { getAssertionXml: _, getAssertion: __, getSamlResponseXml: ___, ...claims } = profile
    return { claims, user: profile }
  },
  logOut: async (user) => ({ location: await findLibrary().getLogoutUrlAsync(user, '', {}) }),
  // Its metadata asks for messages of a logout by form.
  async answerLogout({ fields }) {
    const { profile } = await findLibrary().validatePostRequestAsync(fields)
    const { RelayState: relayState = '' } = fields
    return {
      location: await findLibrary().getLogoutResponseUrlAsync(profile, relayState, {}, true),
    }
  },
  finishLogout: ({ fields }) => findLibrary().validatePostResponseAsync(fields),
})
