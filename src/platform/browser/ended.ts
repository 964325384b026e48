/** Tells the other tabs of this browser that it has logged out. */
export function ended(): void {
  if ('BroadcastChannel' in window) new BroadcastChannel('logout').postMessage('ended')
}
