/** The parts of the package that are used. The package is optional, so its own types may be missing. */
declare module 'kerberos' {
  interface KerberosServer {
    /** @param token base64. Rejects with the message of the system's Kerberos. */
    step(token: string): Promise<unknown>
    readonly username: string | null
    readonly targetName: string | null
    /** Base64. */
    readonly response: string | null
  }
  /** @param service empty: any service with a key in the keytab */
  export function initializeServer(service: string): Promise<KerberosServer>
}
