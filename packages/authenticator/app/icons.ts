/** The pictures of the app, as symbols that are in the page once. They are decoration: the text beside them has the meaning. */

const shapes: Readonly<Record<string, string>> = {
  phone:
    '<rect x="7" y="2.5" width="10" height="19" rx="2"/><path d="M9.8 11.8l1.6 1.6 3-3.2M11 18.5h2"/>',
  bell: '<path d="M6 16.5v-5a6 6 0 0 1 12 0v5l1.5 2h-15zM10 21h4"/>',
  next: '<path d="M9 5.5l6.5 6.5L9 18.5"/>',
  warning: '<path d="M12 3.6l9 16.4H3z"/><path d="M12 10v4.4M12 17v.3"/>',
  done: '<circle cx="12" cy="12" r="9"/><path d="M7.8 12.4l2.9 2.9 5.5-6"/>',
  stop: '<circle cx="12" cy="12" r="9"/><path d="M6 6l12 12"/>',
  lock: '<rect x="5" y="11" width="14" height="10" rx="2"/><path d="M8 11V7.5a4 4 0 0 1 8 0V11M12 15v2"/>',
  qr: '<path d="M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM14 14h2v2h-2zM18 18h2v2h-2zM18 14h2M14 18v2"/>',
}

/** The sheet of symbols for the page. */
export const iconSheet = `<svg hidden aria-hidden="true">${Object.entries(shapes)
  .map(([name, shape]) => `<symbol id="icon-${name}" viewBox="0 0 24 24">${shape}</symbol>`)
  .join('')}</svg>`
