/** What is used of the package, which is optional: its own types may not be there. */
declare module 'kerberos' {
  interface KerberosServer {
    /** @param token base64. Rejects with the words of the system's Kerberos. */
    step(token: string): Promise<unknown>
    readonly username: string | null
    readonly targetName: string | null
    /** Base64. */
    readonly response: string | null
  }
  /** @param service empty: any for which the keytab has a key */
  export function initializeServer(service: string): Promise<KerberosServer>
}
