/** Django with python-social-auth as an app. */
import { relyingParties } from './support/relying-parties.ts'
import { tryRelyingParty } from './support/relying-party.ts'

tryRelyingParty(relyingParties['python-social-auth'])
