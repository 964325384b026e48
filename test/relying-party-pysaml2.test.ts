import { samlParties } from './support/saml-parties.ts'
import { trySamlParty } from './support/saml-party.ts'

trySamlParty(samlParties.pysaml2)
