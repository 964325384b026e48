/**
 * The style sheet, made once for a brand. Owns the rules for all pages, and which parts a page gets; style-pages.ts has the
 * rules for only some pages. Engines without custom properties get the light colours: each declaration that uses `var()` is
 * preceded by one with the plain value.
 */
import { type Brand, derivePalettes, type Palette, type Palettes } from './brand.ts'
import { lateCards, lateModes, lateSpacing, pageRules } from './style-pages.ts'

const base = `
*,*::before,*::after{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;min-height:100vh;display:flex;flex-direction:column;background:var(--ground);color:var(--text);font:1rem/1.5 system-ui,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;overflow-wrap:break-word;word-wrap:break-word}
h1,h2,p,ol,ul,dl,dd{margin:0;padding:0}
h1{font-size:1.5rem;font-weight:700;line-height:1.25;letter-spacing:-.01em;text-wrap:balance}
h1,dd,.brand,.pick-title,.status{-webkit-hyphens:auto;hyphens:auto;hyphenate-limit-chars:14 5 5;overflow-wrap:anywhere}
h2{font-size:1.0625rem;line-height:1.35}
a{color:var(--accent);text-underline-offset:.18em}
a:hover{text-decoration-thickness:2px}
a[href^="tel:"]{white-space:nowrap}
svg{display:block;overflow:hidden}
.icon{width:1.5rem;height:1.5rem;flex:none;fill:none;stroke:currentColor;stroke-width:1.7;stroke-linecap:round;stroke-linejoin:round}
[hidden]{display:none!important}
a:focus,button:focus,input:focus,summary:focus{outline:3px solid var(--accent);outline-offset:2px}
:focus:not(:focus-visible),[tabindex="-1"]:focus{outline:0}
.unseen{position:absolute;width:1px;height:1px;margin:-1px;overflow:hidden;clip:rect(0,0,0,0);white-space:nowrap}
.skip{position:absolute;left:-999rem;top:.5rem;z-index:1;padding:.625rem 1rem;background:var(--card);border-radius:RADIUS}
.skip:focus{left:1rem}
`

const frame = `
.top{display:flex;align-items:center;justify-content:space-between;padding:.75rem 1.5rem;min-height:4rem}
.brand{display:flex;align-items:center;min-height:2.75rem;min-width:0;margin-right:1rem;color:var(--text);font-weight:650;line-height:1.3;text-decoration:none}
.brand span{min-width:0}
.brand:hover{text-decoration:underline}
.logo{flex:none;max-width:10rem;height:2rem;margin-right:.625rem}
.lang{display:flex;flex:none}
.lang a{display:flex;align-items:center;min-height:2.75rem;padding:0 .875rem;border:1px solid transparent;border-radius:1.375rem;color:var(--muted);font-size:.9375rem;text-decoration:none}
.lang a:hover{color:var(--text);text-decoration:underline}
.lang [aria-current]{background:var(--card);border-color:var(--line);color:var(--text)}
main{width:100%;max-width:27rem;margin:6vh auto 2rem;padding:2rem;background:var(--card);border:1px solid var(--card);border-radius:BIGRADIUS;box-shadow:0 1px 2px rgba(15,30,50,.06),0 12px 32px rgba(15,30,50,.08)}
.foot{margin-top:auto;padding:1rem 1.5rem 1.5rem;color:var(--muted);font-size:.9375rem;text-align:center}
.foot li{display:inline-block;margin:0 .625rem}
.foot a{display:inline-block;padding:.6875rem 0;color:inherit}
.foot ul{list-style:none}
.lead{margin-top:.375rem;color:var(--muted)}
`

const controls = `
label{display:block;margin-bottom:.375rem;font-weight:600}
.hint{margin:-.25rem 0 .375rem;color:var(--muted);font-size:.9375rem}
.box{position:relative;display:flex}
input{display:block;width:100%;min-width:0;min-height:3rem;margin:0;padding:.625rem .875rem;background:var(--card);color:var(--text);border:1px solid var(--field);border-radius:RADIUS;font:inherit}
input[inputmode]{max-width:14rem;font-size:1.25rem;letter-spacing:.12em;font-variant-numeric:tabular-nums}
input:focus{border-color:var(--accent);outline-offset:-1px;outline-width:2px}
input[type=checkbox]{flex:none;width:1.5rem;min-height:1.5rem;height:1.5rem;margin:0 .75rem 0 0;padding:0;accent-color:var(--accent)}
.check{display:flex;align-items:center;min-height:2.75rem;margin:.5rem 0 -.25rem;font-weight:400;cursor:pointer}
.not-you{margin:.25rem 0 -.75rem}
.link{min-height:2.75rem;margin:0;padding:0;background:transparent;color:var(--accent);border:1px solid transparent;font:inherit;text-decoration:underline;text-underline-offset:.18em;cursor:pointer}
input[aria-invalid]{border:2px solid var(--bad)}
.peek{position:absolute;top:0;right:0;min-height:3rem;margin:0;padding:0 .875rem;background:transparent;color:var(--accent);border:1px solid transparent;border-radius:RADIUS;font:inherit;font-size:.9375rem;text-decoration:underline;text-underline-offset:.18em;cursor:pointer}
.peeked input{padding-right:7rem}
.typed{position:relative;min-height:1.5em;margin:.375rem 0 0;color:var(--muted);font-size:.9375rem}
.typed.weak,.typed.fair,.typed.strong{padding-top:.625rem;background:linear-gradient(var(--bad),var(--bad)) 0 0/32% .25rem no-repeat,linear-gradient(var(--line),var(--line)) 0 0/100% .25rem no-repeat}
.typed.weak{color:var(--bad)}
.typed.fair{color:var(--text);background-image:linear-gradient(var(--warn),var(--warn)),linear-gradient(var(--line),var(--line));background-size:66% .25rem,100% .25rem}
.typed.strong,.typed.same{color:var(--good)}
.typed.strong{background-image:linear-gradient(var(--good),var(--good));background-size:100% .25rem}
.typed.weak::before,.typed.fair::before,.typed.strong::before,.typed.same::before{content:"\\2713\\a0" / "";font-weight:700}
.typed.weak::before{content:"\\2715\\a0" / ""}
.button,.act{display:block;width:100%;min-height:3rem;margin:0;padding:.7375rem 1rem;border:1px solid transparent;border-radius:RADIUS;font:inherit;font-weight:600;line-height:1.4;text-align:center;text-decoration:none;text-wrap:balance;cursor:pointer}
.button{background:var(--fill);border-color:var(--accent);color:var(--on-fill)}
.button:hover{background:var(--fill-over)}
.act{background:transparent;color:var(--accent);border-color:var(--field)}
.act:hover{background:var(--tint)}
.quiet{border-color:transparent;color:var(--text);font-weight:400;text-decoration:underline;text-decoration-color:var(--field);text-underline-offset:.2em}
.button+.hint,.act+.hint{margin:.5rem 0 0;text-align:center}
.links{display:flex;flex-wrap:wrap;margin:.5rem -.75rem -.5rem}
.links a{padding:.625rem .75rem}
`

const cards = `
.pick{display:flex;align-items:center;width:100%;min-height:4.5rem;margin:0;padding:.875rem 1rem;background:var(--card);color:var(--text);border:1px solid var(--line);border-radius:RADIUS;font:inherit;text-align:left;text-decoration:none;cursor:pointer}
.pick .icon{margin-right:1rem;color:var(--accent)}
.pick .icon:last-child{width:1.25rem;height:1.25rem;margin:0 0 0 .75rem}
.pick-text{flex:1;min-width:0}
.pick-title{display:block;font-weight:650}
.pick-hint{display:block;color:var(--muted);font-size:.9375rem}
.pick:hover{background:var(--tint);border-color:var(--accent)}
.plain{min-height:2.75rem;padding-top:.5rem;padding-bottom:.5rem;border-color:transparent;background:transparent}
.plain .icon{color:var(--muted)}
.plain .pick-title{font-weight:400;text-decoration:underline;text-decoration-color:var(--field);text-underline-offset:.2em}
.first{background:var(--tint);border-color:var(--accent);box-shadow:inset 0 0 0 1px var(--accent)}
`

const notes = `
.note{display:flex;margin-top:1.25rem;padding:.875rem 1rem;border-left:4px solid var(--accent);border-radius:RADIUS;background:var(--tint)}
.note .icon{margin-right:.75rem;color:var(--accent)}
.note-text{flex:1;min-width:0}
.note.error{background:var(--bad-tint);border-color:var(--bad)}
.error .icon,.error h2{color:var(--bad)}
.note.success{background:var(--good-tint);border-color:var(--good)}
.success .icon,.success h2{color:var(--good)}
.note.warning{background:var(--warn-tint);border-color:var(--warn)}
.warning .icon,.warning h2{color:var(--warn)}
.note form{margin-top:.75rem}
.note a,p a{display:inline-block;min-height:1.5rem}
.note .act{width:auto}
.counter{font-variant-numeric:tabular-nums;white-space:nowrap}
[aria-disabled=true]{opacity:.55;cursor:default}
`

/** Comes after all rules that set margins of their own. */
const spacing = `
.stack{margin-top:1.5rem}
.stack>*+*{margin-top:1rem}
.stack>.tight,.stack>.links{margin-top:1.5rem}
.tight>*+*{margin-top:.625rem}
.tight>*+.hint{margin-top:.375rem}
.stack>.button+.choices,.stack>.choices+.act{margin-top:.625rem}
.choices>.act.quiet:last-child,.choices+.act.quiet{margin-bottom:-.5rem}
.leave{margin:.625rem 0 -.5rem}
:has(>.links:last-child)+.leave .act{padding-left:0;border-left:0;text-align:left}
`

const modes = `
@media (max-width:44rem){
.top{padding:.5rem 1rem}
.top.long{flex-wrap:wrap}
.long .brand{flex:1 0 100%;margin:0}
.long .brand span{flex:1}
.brand{margin-right:.5rem}
.lang a{padding:0 .75rem}
main{width:auto;max-width:27rem;margin:.5rem .75rem 1.5rem;padding:1.5rem 1.25rem}
.foot{padding-bottom:2rem}
.foot .way{display:block;margin:0}
}
@media (max-height:42rem) and (min-width:44.01rem){
.top{padding-top:.25rem;padding-bottom:.25rem;min-height:3.25rem}
main{margin-top:.5rem;padding:1rem 2rem 1.25rem}
.narrow h1{font-size:1.3125rem}
.stack{margin-top:1rem}
.stack>*+*{margin-top:.75rem}
.stack>.tight,.stack>.links{margin-top:.875rem}
.tight>*+*{margin-top:.5rem}
.narrow .button,.narrow .act{min-height:2.75rem;padding-top:.6125rem;padding-bottom:.6125rem}
}
@media (min-width:27.01rem) and (max-width:44rem){main{width:100%;margin-left:auto;margin-right:auto}}
@media (scripting:none){.scripted{display:none}}
@media (pointer:coarse){
.desk{display:none}
.phone{display:block}
}
@media (max-width:24rem){
.top{flex-wrap:wrap}
.lang a{padding:0 .625rem}
h1{font-size:1.375rem}
}
@media (forced-colors:active){
main,.note,.button,.skip{border:1px solid}
.lang [aria-current]{border-color:Highlight}
}
@page{margin:15mm}
@media print{
body{background:#fff;color:#000}
.top .lang,.foot,.skip,.button,.act,.peek{display:none}
.top{padding:0}
main{margin:0;padding:1rem 0;max-width:none;box-shadow:none;border:0}
}
`

/**
 * The part of the style sheet that a page gets, so that the first page is small. `form`: fields, buttons and notices. `cards`:
 * these and cards to choose from.
 */
export type StylePart = 'form' | 'cards' | 'all'

const parts: Readonly<Record<StylePart, readonly string[]>> = {
  form: [base, frame, controls, notes, spacing, modes],
  cards: [base, frame, controls, cards, notes, spacing, modes, lateCards],
  all: [
    ...[base, frame, controls, cards, notes, pageRules],
    ...[spacing, lateSpacing, modes, lateCards, lateModes],
  ],
}

/** The text of each style sheet for a brand. */
export function buildStyles(brand: Brand): Readonly<Record<StylePart, string>> {
  const palettes = derivePalettes(brand)
  const build = (part: StylePart) => buildStyle(parts[part], palettes, brand.cornerRadius)
  return { form: build('form'), cards: build('cards'), all: build('all') }
}

function buildStyle(part: readonly string[], { light, dark }: Palettes, radius: number): string {
  const rules = part
    .join('')
    .replaceAll('BIGRADIUS', `${Math.round(radius * 1.5)}px`)
    .replaceAll('RADIUS', `${radius}px`)
    .replaceAll('\n', '')
  return (
    `:root{color-scheme:light dark;${listProperties(light)}}` +
    `@media screen and (prefers-color-scheme:dark){:root{${listProperties(dark)}}main{border-color:#2a3642;box-shadow:none}}` +
    withPlainValues(rules, light)
  )
}

function listProperties(palette: Palette): string {
  return Object.entries(palette)
    .map(([name, value]) => `--${name}:${value}`)
    .join(';')
}

function withPlainValues(rules: string, palette: Palette): string {
  return rules.replace(/[\w-]+:[^:;{}]*var\(--[^;{}]+/g, (declaration) => {
    const plain = declaration.replace(/var\(--([\w-]+)\)/g, (_, name: string) =>
      lightValue(palette, name),
    )
    return `${plain};${declaration}`
  })
}

function lightValue(palette: Palette, name: string): string {
  const value = Object.entries(palette).find(([token]) => token === name)?.[1]
  if (value === undefined) throw new Error(`no colour ${name}`)
  return value
}
