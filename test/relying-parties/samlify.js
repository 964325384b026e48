// samlify, which signs its requests and so wants an identity provider whose metadata says that it wants them.

import * as samlify from 'samlify'
import { addresses, certificate, key, readProvider, startSamlApp } from './saml-app.js'

const { entityId, consumer, logout } = addresses
const binding = (name) => samlify.Constants.namespace.binding[name]

// It demands a validator; without one it refuses every document.
samlify.setSchemaValidator({ validate: async () => 'not validated' })

const provider = samlify.ServiceProvider({
  entityID: entityId,
  authnRequestsSigned: true,
  wantAssertionsSigned: true,
  wantLogoutRequestSigned: true,
  privateKey: key,
  signingCert: certificate,
  assertionConsumerService: [{ Binding: binding('post'), Location: consumer }],
  singleLogoutService: [{ Binding: binding('redirect'), Location: logout }],
})

let known
const findLogin = () => {
  known ??= samlify.IdentityProvider({
    metadata: readProvider(),
    wantLogoutRequestSigned: true,
    wantLogoutResponseSigned: true,
  })
  return known
}

/** The signed part of a query, for the library. */
const readQuery = ({ fields, query }) => ({
  query: fields,
  octetString: query.replace(/&Signature=.*$/, ''),
})

startSamlApp({
  metadata: provider.getMetadata(),
  begin: () => ({ location: provider.createLoginRequest(findLogin(), 'redirect').context }),
  async finish(fields) {
    const { extract } = await provider.parseLoginResponse(findLogin(), 'post', { body: fields })
    const { nameID, sessionIndex, attributes } = extract
    return {
      claims: { ...attributes, nameID },
      user: { logoutNameID: nameID, sessionIndex: sessionIndex.sessionIndex },
    }
  },
  logOut: (user) => ({
    location: provider.createLogoutRequest(findLogin(), 'redirect', user).context,
  }),
  async answerLogout(message) {
    const request = await provider.parseLogoutRequest(findLogin(), 'redirect', readQuery(message))
    const { RelayState: relayState } = message.fields
    const answer = provider.createLogoutResponse(findLogin(), request, 'redirect', { relayState })
    return { location: answer.context }
  },
  finishLogout: (message) =>
    provider.parseLogoutResponse(findLogin(), 'redirect', readQuery(message)),
})
