/**
 * Pages of a person who is logged in are loaded again when another tab has logged out, and when the browser shows one that it has
 * kept, so that nothing of the account is left to see. Without this script they stay until they are loaded again.
 */
export function watch(): void {
  // Not a reload, which would ask whether a form is to be sent again.
  const loadAgain = () => location.replace(location.pathname + location.search)
  if ('BroadcastChannel' in window) {
    new BroadcastChannel('logout').addEventListener('message', loadAgain)
  }
  addEventListener('pageshow', (event) => {
    if (event.persisted) loadAgain()
  })
}
