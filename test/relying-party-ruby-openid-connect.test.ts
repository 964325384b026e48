/** The gem openid_connect as an app. */
import { relyingParties } from './support/relying-parties.ts'
import { tryRelyingParty } from './support/relying-party.ts'

tryRelyingParty(relyingParties['ruby-openid-connect'])
