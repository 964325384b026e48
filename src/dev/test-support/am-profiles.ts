/** For tests: the profiles of devices among the vectors of the push protocol, plain and encrypted, with the key. */
import { readFileSync } from 'node:fs'
import { z } from 'zod'

const file = new URL('./vectors/vectors.json', import.meta.resolve('#forgerock-push'))
const schema = z.object({
  vectors: z.object({
    V10_am_profiles: z.object({
      push_plain: z.string(),
      oath_plain: z.string(),
      jwe: z.string(),
      rsa_private_key_pkcs8_pem: z.string(),
    }),
  }),
})

const { V10_am_profiles: found } = schema.parse(JSON.parse(readFileSync(file, 'utf8'))).vectors

export const amProfiles = {
  phone: found.push_plain,
  codes: found.oath_plain,
  encryptedPhone: found.jwe,
  key: found.rsa_private_key_pkcs8_pem,
}
