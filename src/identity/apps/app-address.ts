/** Addresses that apps name: where a login or a logout may end, where an app gets messages of ours. */
import { z } from 'zod'

const loopback = /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|\[::1\])$/

/** An address that an app names: https, or http where it cannot leave the machine. Compared exactly, so no patterns. */
export const appAddressSchema = z
  .string()
  .max(2000)
  .regex(/^[\x21-\x7e]+$/, 'an address in printable ASCII without spaces')
  .refine((text) => URL.canParse(text), {
    error: 'an absolute address such as https://app.example.org/callback',
    abort: true,
  })
  .refine((text) => isSafeScheme(new URL(text)), 'https, or http on a loopback host')
  .refine((text) => !text.includes('#'), 'an address without a fragment')
  .refine((text) => !text.includes('*'), 'an address without a wildcard')
  .refine((text) => new URL(text).username === '' && new URL(text).password === '', {
    error: 'an address without a user name and password',
  })

function isSafeScheme(url: URL): boolean {
  return url.protocol === 'https:' || (url.protocol === 'http:' && loopback.test(url.hostname))
}
