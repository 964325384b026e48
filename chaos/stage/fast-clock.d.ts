/** `beganAt`: milliseconds since the epoch. The result gives the process its own clock back. */
export function hasten(order: { readonly speed: number; readonly beganAt: number }): () => void
