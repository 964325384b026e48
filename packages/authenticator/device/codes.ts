/** One-time codes (RFC 6238) that the phone shows without a network. */
import type { Codes } from './account.ts'

export interface ShownCode {
  readonly code: string
  /** Seconds until the next one. */
  readonly left: number
}

/** @param now milliseconds since the epoch, of the server's clock */
export async function computeCode(
  { key, digits, period }: Pick<Codes, 'key' | 'digits' | 'period'>,
  now: number,
): Promise<ShownCode> {
  const seconds = Math.floor(now / 1000)
  const counter = new DataView(new ArrayBuffer(8))
  counter.setBigUint64(0, BigInt(Math.floor(seconds / period)))
  const mac = new DataView(await crypto.subtle.sign('HMAC', key, counter.buffer))
  // Dynamic truncation, RFC 4226 section 5.3.
  const offset = mac.getUint8(mac.byteLength - 1) & 0xf
  const number = (mac.getUint32(offset) & 0x7fffffff) % 10 ** digits
  return { code: String(number).padStart(digits, '0'), left: period - (seconds % period) }
}
