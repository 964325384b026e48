/** openid-client 5 as an app. */
import { relyingParties } from './support/relying-parties.ts'
import { tryRelyingParty } from './support/relying-party.ts'

tryRelyingParty(relyingParties['openid-client-5'])
