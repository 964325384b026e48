/**
 * The pictures on the pages, drawn as strokes in the colour of the text around them. They are decoration, and never the only
 * sign of something.
 */
import { type Html, html, trustedHtml } from './html.ts'

const shapes = {
  phone:
    '<rect x="7" y="2.5" width="10" height="19" rx="2"/><path d="M9.8 11.8l1.6 1.6 3-3.2M11 18.5h2"/>',
  download: '<path d="M12 3.5v11m-4.2-4.2L12 14.5l4.2-4.2M4.5 16.5v4h15v-4"/>',
  later: '<circle cx="12" cy="12" r="8.5"/><path d="M12 7v5.2l3.4 2"/>',
  never: '<circle cx="12" cy="12" r="8.5"/><path d="M6 6l12 12"/>',
  code: '<rect x="3.5" y="6" width="17" height="12" rx="2"/><path d="M8 12h.3M12 12h.3M16 12h.3"/>',
  key: '<circle cx="8" cy="12" r="4"/><path d="M12 12h8.5M17 12v3.5M20.5 12v2.5"/>',
  paper: '<path d="M6 3.5h8.5L18.5 7.5v13h-12.5zM14 3.5v4.5h4.5M9 12h6M9 15.5h6"/>',
  headset:
    '<path d="M4.5 13.5v-1.5a7.5 7.5 0 0 1 15 0v1.5M19 18.5c0 1.6-1.7 2.5-4.5 2.5"/><rect x="3.5" y="13" width="4" height="6" rx="1.5"/><rect x="16.5" y="13" width="4" height="6" rx="1.5"/>',
  error: '<circle cx="12" cy="12" r="9"/><path d="M12 7.2v5.6M12 16.2v.3"/>',
  warning: '<path d="M12 3.6l9 16.4H3z"/><path d="M12 10v4.4M12 17v.3"/>',
  info: '<circle cx="12" cy="12" r="9"/><path d="M12 11v5.6M12 7.5v.3"/>',
  success: '<circle cx="12" cy="12" r="9"/><path d="M7.8 12.4l2.9 2.9 5.5-6"/>',
  back: '<path d="M15 5.5L8.5 12l6.5 6.5"/>',
  screen: '<rect x="3" y="4.5" width="18" height="12" rx="2"/><path d="M9 20h6M12 16.5V20"/>',
  next: '<path d="M9 5.5l6.5 6.5L9 18.5"/>',
  up: '<path d="M5.5 15L12 8.5l6.5 6.5"/>',
  down: '<path d="M5.5 9L12 15.5 18.5 9"/>',
  grip: '<path d="M9 5.5v.3M9 12v.3M9 18.5v.3M15 5.5v.3M15 12v.3M15 18.5v.3"/>',
  apps: '<path d="M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM14 14h6v6h-6z"/>',
} as const

export type IconName = keyof typeof shapes

/** An icon of 24 CSS pixels. Screen readers skip it: the text beside it has the meaning. */
export function icon(name: IconName): Html {
  return html`<svg class="icon" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true" focusable="false">${trustedHtml(shapes[name])}</svg>`
}

/** The logo of an installation that has none: an open door. Follows the colour mode of its page. */
export const defaultLogo = (light: string, dark: string): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><style>path{fill:none;stroke:${light};stroke-width:2.6;stroke-linecap:round;stroke-linejoin:round}@media (prefers-color-scheme:dark){path{stroke:${dark}}}</style><path d="M6 28V14a10 10 0 0 1 20 0v14M12 28V15a4 4 0 0 1 8 0v13M3 28h26"/></svg>`
