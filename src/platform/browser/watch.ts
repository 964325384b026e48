/**
 * Reloads pages of a logged-in person when another tab has logged out, and when the browser shows a cached page, so that
 * nothing of the account stays visible. Without this script pages stay until they are reloaded.
 */
export function watch(): void {
  // Not a reload, as that would ask whether to send a form again.
  const loadAgain = () => location.replace(location.pathname + location.search)
  if ('BroadcastChannel' in window) {
    new BroadcastChannel('logout').addEventListener('message', loadAgain)
  }
  addEventListener('pageshow', (event) => {
    if (event.persisted) loadAgain()
  })
}
