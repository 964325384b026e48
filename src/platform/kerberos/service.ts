/** The service for which browsers get their tickets. */
import type { KerberosConfig } from '../config/kerberos.ts'

/** @param publicUrl an origin */
export const findService = (
  { service }: Pick<KerberosConfig, 'service'>,
  publicUrl: string,
): string => service ?? `HTTP/${new URL(publicUrl).hostname}`
