/** Pictures of a phone that show where to tap. The text beside them has the meaning. */

export type StepPicture = 'apple-share' | 'pad-share' | 'apple-add' | 'menu' | 'add'

/** Each is 72 wide and 96 high: the outline of a phone, the content of its screen, and the place to tap. */
const drawings: Readonly<Record<StepPicture, readonly string[]>> = {
  'apple-share': [
    'M18 18h36M18 28h26M18 38h30',
    'M14 76h44',
    'M36 88V80m-3 2.5l3-3 3 3M32 84v6h8v-6',
  ],
  'pad-share': [
    'M18 34h36M18 44h26M18 54h30',
    'M14 24h44',
    'M52 18V10m-3 2.5l3-3 3 3M48 14v6h8v-6',
  ],
  'apple-add': ['M14 50h44M18 60h24M18 70h20', '', 'M18 80h24M48 76h8v8h-8zM52 78v4M50 80h4'],
  menu: ['M18 32h36M18 42h26M18 52h30', 'M12 22h48', 'M54 12.5v.1M54 15.5v.1M54 18.5v.1'],
  add: [
    'M30 12h30v60H30zM36 22h18M36 32h18M36 62h18',
    '',
    'M36 42h8v8h-8zM40 44v4M38 46h4M48 46h6',
  ],
}

export function drawStep(name: StepPicture): SVGElement {
  const space = 'http://www.w3.org/2000/svg'
  const svg = document.createElementNS(space, 'svg')
  svg.setAttribute('class', 'step-picture')
  svg.setAttribute('viewBox', '0 0 72 100')
  svg.setAttribute('aria-hidden', 'true')
  const frame = document.createElementNS(space, 'rect')
  for (const [key, value] of Object.entries({ x: 8, y: 2, width: 56, height: 94, rx: 8 }))
    frame.setAttribute(key, String(value))
  svg.append(frame)
  const [content = '', bar = '', place = ''] = drawings[name]
  for (const [className, shape] of [
    ['content', content],
    ['content', bar],
    ['place', place],
  ] as const) {
    const path = document.createElementNS(space, 'path')
    path.setAttribute('class', className)
    path.setAttribute('d', shape)
    svg.append(path)
  }
  return svg
}
