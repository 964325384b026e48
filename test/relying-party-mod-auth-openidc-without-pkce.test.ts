/** Apache with mod_auth_openidc as before version 2.4.15, which sends no PKCE, as an app. */
import { relyingParties } from './support/relying-parties.ts'
import { tryRelyingParty } from './support/relying-party.ts'

tryRelyingParty(relyingParties['mod-auth-openidc-without-pkce'])
