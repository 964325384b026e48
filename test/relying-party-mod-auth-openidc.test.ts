/** Apache with mod_auth_openidc as an app. */
import { relyingParties } from './support/relying-parties.ts'
import { tryRelyingParty } from './support/relying-party.ts'

tryRelyingParty(relyingParties['mod-auth-openidc'])
