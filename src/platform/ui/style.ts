/**
 * The style sheet, made once for a brand. Owns every rule. Engines without custom properties get
 * the light colours: each declaration that uses `var()` is preceded by one with the plain value.
 */
import { type Brand, derivePalettes, type Palette } from './brand.ts'

const base = `
*,*::before,*::after{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;min-height:100vh;display:flex;flex-direction:column;background:var(--ground);color:var(--text);font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;overflow-wrap:break-word;word-wrap:break-word}
h1,h2,p,ol,ul,dl,dd{margin:0;padding:0}
h1,.held-title{font-size:1.5rem;font-weight:700;line-height:1.25;letter-spacing:-.01em;text-wrap:balance}
h1,dd,.brand,.pick-title,.status,.held-title,.held-status{-webkit-hyphens:auto;hyphens:auto;hyphenate-limit-chars:14 5 5;overflow-wrap:anywhere}
.exact{-webkit-hyphens:manual;hyphens:manual;overflow-wrap:anywhere}
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
main.wide{max-width:46rem}
.foot{margin-top:auto;padding:1rem 1.5rem 1.5rem;color:var(--muted);font-size:.9375rem;text-align:center}
.foot li{display:inline-block;margin:0 .625rem}
.foot a{display:inline-block;padding:.6875rem 0;color:inherit}
.foot ul{list-style:none}
.lead,.held-lead{margin-top:.375rem;color:var(--muted)}
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
.button,.act{display:block;width:100%;min-height:3rem;margin:0;padding:.7375rem 1rem;border:1px solid transparent;border-radius:RADIUS;font:inherit;font-weight:600;line-height:1.4;text-align:center;text-decoration:none;cursor:pointer}
.button{background:var(--fill);border-color:var(--accent);color:var(--on-fill)}
.button:hover{background:var(--fill-over)}
.act{background:transparent;color:var(--accent);border-color:var(--field)}
.act:hover{background:var(--tint)}
.quiet{border-color:transparent;color:var(--text);font-weight:400;text-decoration:underline;text-decoration-color:var(--field);text-underline-offset:.2em}
.button+.hint,.act+.hint{margin:.5rem 0 0;text-align:center}
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
.links{display:flex;flex-wrap:wrap;margin:.5rem -.75rem -.5rem}
.links a{padding:.625rem .75rem}
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

const states = `
.sign{margin-bottom:1rem;background:transparent;color:var(--accent)}
.sign .icon{width:2.5rem;height:2.5rem}
.sign.error{color:var(--bad)}
.sign.success{color:var(--good)}
.sign.warning{color:var(--warn)}
.number,.held-number{padding:.5rem;background:var(--tint);border-radius:RADIUS;color:var(--accent);font-size:4.75rem;font-weight:700;line-height:1.35;letter-spacing:.06em;text-indent:.06em;text-align:center;font-variant-numeric:tabular-nums}
.held-number::after{content:"00"}
.digits{font-size:3.25rem;letter-spacing:.04em;text-indent:.04em}
.scan-beside{display:flex;align-items:center;justify-content:center;gap:1rem}
.scan-beside .hint{max-width:9rem;margin:0}
.wait,.held-wait{padding:.875rem 1rem 1rem;background:var(--tint);border-radius:RADIUS}
.status,.held-status{display:flex;align-items:center;min-height:4.5rem;font-weight:600}
.status::before,.held-status::before{content:"";flex:none;width:.625rem;height:.625rem;margin:0 .875rem 0 .125rem;border-radius:50%;background:var(--accent)}
.wait .hint,.held-wait .hint{margin-top:.75rem}
.hold{display:flex}
.hold>*{flex:none;width:100%}
.held{visibility:hidden}
.held [data-text]::after{content:attr(data-text)}
.holder{display:flex;flex-direction:column;margin-left:-100%}
.undelivered{display:flex;flex:1 0 auto;flex-direction:column;align-items:center;justify-content:center;margin-top:1.5rem;background:var(--warn-tint);text-align:center}
.undelivered .icon{width:2.5rem;height:2.5rem;margin-bottom:.75rem;color:var(--warn)}
.flat{flex-direction:row;padding-top:.5rem;padding-bottom:.5rem;justify-content:flex-start;text-align:left}
.flat .icon{margin:0 .875rem 0 0}
.undelivered .status{display:block;min-height:0}
.undelivered .status::before{content:none}
.reach{padding-top:1rem;border-top:1px solid var(--line)}
.reach .act{white-space:normal}
.narrow .reach .act{min-height:3rem;padding-top:.7375rem;padding-bottom:.7375rem}
.reach .hint{margin:.5rem 0 0;text-align:center}
.reach .ref{display:inline;margin-left:.25rem;font-size:1.125rem;color:var(--text);white-space:nowrap}
.held-bar,progress{display:block;width:100%;height:.375rem;margin-top:.75rem}
progress{-webkit-appearance:none;appearance:none;border:0;border-radius:.25rem;overflow:hidden;background:var(--line);color:var(--accent)}
progress::-webkit-progress-bar{background:var(--line)}
progress::-webkit-progress-value{background:var(--accent)}
progress::-moz-progress-bar{background:var(--accent)}
.facts{display:flex;flex-wrap:wrap;font-size:.9375rem}
.facts dt{width:7rem;padding:.1875rem .75rem .1875rem 0;color:var(--muted)}
.facts dd{width:calc(100% - 7rem);padding:.1875rem 0;font-weight:600}
.wide .facts dt{width:10rem}
.wide .facts dd{width:calc(100% - 10rem)}
.steps{list-style:none;counter-reset:step}
.steps li{position:relative;min-height:1.75rem;padding-left:2.75rem;counter-increment:step}
.steps li+li{margin-top:1rem}
.steps li::before{content:counter(step);position:absolute;left:0;top:-.125rem;width:1.75rem;height:1.75rem;border-radius:50%;background:var(--tint);color:var(--accent);font-weight:700;line-height:1.75rem;text-align:center}
.ref{display:block;margin-top:.25rem;font:600 1.375rem/1.4 ui-monospace,SFMono-Regular,Consolas,"Liberation Mono",monospace;letter-spacing:.06em;-webkit-user-select:all;user-select:all}
`

const codes = `
.scan{display:flex}
.scan .status{min-height:1.5rem}
.wide .choices{display:flex;flex-wrap:wrap;align-items:center}
.wide .choices .act,.wide .choices .button{width:auto;margin:0 .75rem 0 0}
@media (min-width:44.01rem){.wide .stack:not(.choices)>.act,.wide .stack:not(.choices)>.button,.wide .stack>form>.act{width:-moz-fit-content;width:fit-content;min-width:19rem}}
.scan .note{margin-top:0}
.scan-text{flex:1;min-width:0;padding-right:2rem}
.scan-code{flex:none;width:22rem}
.qr{max-width:100%;height:auto;background:#fff;box-shadow:0 0 0 1px var(--line);border-radius:RADIUS;forced-color-adjust:none}
.phone{display:none}
details{margin-top:.75rem;border-radius:RADIUS}
details .qr{margin-top:1rem}
summary{display:list-item;min-height:2.75rem;padding:.625rem 0;color:var(--accent);cursor:pointer;text-decoration:underline;text-underline-offset:.18em}
.secret{margin-top:.5rem;padding:.75rem;background:var(--ground);border-radius:RADIUS;font:.8125rem/1.5 ui-monospace,SFMono-Regular,Consolas,monospace;word-break:break-all;-webkit-user-select:all;user-select:all}
.copy{width:auto;margin-top:.75rem}
.codes{display:flex;flex-wrap:wrap;padding:1rem;background:var(--ground);border-radius:RADIUS;list-style:none}
.codes li{width:50%;padding:.25rem 0;text-align:center}
.codes code{font:600 1.125rem/1.5 ui-monospace,SFMono-Regular,Consolas,"Liberation Mono",monospace;white-space:nowrap}
.tools{display:flex;flex-wrap:wrap;align-items:center;margin-top:.75rem}
.tools .act{width:auto;margin-right:.75rem}
.store{display:flex;align-items:center;padding:1rem;border:1px solid var(--line);border-radius:RADIUS}
.store .desk{flex:none;margin-right:1.25rem}
.store a{display:block;min-width:0;padding:.75rem 0}
.sheet{display:none}
.sheet>*+*{margin-top:1rem}
.sheet-title{font-size:1.75rem;font-weight:700;line-height:1.2}
.sheet-steps{padding-left:1.5rem}
.sheet-steps li{margin-top:.375rem;padding-left:.25rem}
.boxes{padding:0;list-style:none}
.boxes li{display:inline-block;width:49%;padding:.5rem 0;break-inside:avoid;page-break-inside:avoid}
.boxes code{font:600 1.125rem/1.5 ui-monospace,SFMono-Regular,Consolas,"Liberation Mono",monospace;white-space:nowrap}
.tick{display:inline-block;width:1.125rem;height:1.125rem;margin-right:.75rem;border:1px solid;vertical-align:-.1875rem}
.sheet-help{padding-top:1rem;border-top:1px solid;font-weight:600}
`

const home = `
.head{display:flex;flex-wrap:wrap;align-items:flex-start;justify-content:space-between}
.head-text{flex:1 1 14rem;min-width:0;margin-right:1rem}
.head-links{display:flex;margin:0 -.75rem}
.head-links a{padding:.625rem .75rem}
.tiles{display:flex;flex-wrap:wrap;margin:1.25rem -.375rem -.375rem;list-style:none}
.tiles li{width:50%;padding:.375rem}
.tiles .pick{height:100%}
.letter{flex:none;width:2.5rem;height:2.5rem;margin-right:.875rem;border-radius:RADIUS;background:var(--tint);color:var(--accent);font-weight:700;line-height:2.5rem;text-align:center}
.pick:hover .letter{background:var(--card)}
.empty{margin-top:1.5rem;padding:2rem 1rem;border:1px dashed var(--field);border-radius:RADIUS;text-align:center}
.empty .icon{margin:0 auto .75rem;color:var(--muted)}
.list{padding-left:1.25rem}
.list li{margin-top:.375rem}
.rows{list-style:none;border:1px solid var(--line);border-radius:RADIUS}
.rows li{display:flex;align-items:center;padding:1rem}
.rows li+li{border-top:1px solid var(--line)}
.rows .icon{margin-right:1rem;color:var(--accent)}
.rows form{flex:none;margin-left:1rem}
.narrow .rows li{flex-wrap:wrap}
.narrow .rows form{width:calc(100% - 2.5rem);margin:.75rem 0 0 2.5rem}
.narrow .rows form .act{width:auto}
`

const account = `
.up{margin:-.75rem 0 .25rem -.375rem}
.up a{display:inline-flex;align-items:center;min-height:2.75rem;padding-right:.75rem;text-decoration:none}
.up a:hover span{text-decoration:underline}
.up .icon{width:1.25rem;height:1.25rem;margin-right:.25rem}
.rows .go{display:flex;align-items:center;flex:1;min-width:0;min-height:2.75rem;margin:-1rem;padding:1rem;color:var(--text);text-decoration:none}
.rows .go:hover{background:var(--tint)}
.rows .go:hover .pick-title{text-decoration:underline;text-underline-offset:.18em}
.rows .go .icon:last-child{width:1.25rem;height:1.25rem;margin:0 0 0 .75rem}
.rows .warned .icon,.rows .warned .icon:last-child{width:1.25rem;height:1.25rem;margin:.125rem .5rem 0 0}
.warned{display:flex;margin-top:.25rem;font-size:.9375rem;font-weight:600}
.warned .icon{width:1.25rem;height:1.25rem;margin:.125rem .5rem 0 0}
.warned.warning{color:var(--text)}
.warned .icon,.log .icon{color:var(--warn)!important}
.badge{display:inline-block;margin-top:.375rem;padding:.0625rem .625rem;border-radius:1rem;background:var(--good-tint);color:var(--good);font-size:.9375rem;font-weight:600}
.act.bad{color:var(--bad);border-color:var(--bad)}
.act.bad:hover{background:var(--bad-tint)}
.choice{padding:1rem;border-radius:RADIUS;background:var(--tint)}
.choice p{margin-top:.25rem}
.choice form{margin-top:.75rem}
.choice .act{width:auto}
.picks{list-style:none}
.plain-list{padding-left:1.25rem}
.day h2{padding-bottom:.375rem;border-bottom:1px solid var(--line)}
.log{list-style:none;-webkit-hyphens:auto;hyphens:auto;hyphenate-limit-chars:14 5 5}
.log li{display:flex;padding:.625rem 0}
.log li+li{border-top:1px solid var(--line)}
.when{flex:none;width:4.5rem;color:var(--muted);font-variant-numeric:tabular-nums}
.log .icon{float:left;width:1.25rem;height:1.25rem;margin:.125rem .5rem 0 0}
`

/** After everything that sets margins of its own. */
const spacing = `
.stack{margin-top:1.5rem}
.hold+.stack{margin-top:1rem}
.stack>*+*{margin-top:1rem}
.stack>.tight,.stack>.links{margin-top:1.5rem}
.tight>*+*{margin-top:.625rem}
.tight>.plain{margin-top:.25rem}
.tight>.pick+.quiet,.tight>.pick:not(.plain)+.plain{margin-top:1rem}
.tight>*+.hint{margin-top:.375rem}
.scan-text{margin-top:0}
.store+.unseen+.store{margin-top:1rem}
.wide .stores{display:flex}
.wide .store{flex:1 1 0%;min-width:0}
.wide .store+.unseen+.store{margin:0 0 0 1rem}
.below{margin-top:.75rem}
.stack>.button+.choices,.stack>.choices+.act{margin-top:.625rem}
.choices>.act.quiet:last-child,.choices+.act.quiet{margin-bottom:-.5rem}
.wide .choices>.act.quiet:last-child{margin-bottom:0}
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
main.wide{max-width:none}
.scan{display:block}
.wide .choices{display:block}
.wide .choices .act,.wide .choices .button{width:100%}
.wide .facts dt{width:8.5rem}
.wide .facts dd{width:calc(100% - 8.5rem)}
.scan-text{padding:0}
.scan-code{width:auto;max-width:22rem}
.codes{display:block}
.codes li{width:100%}
.store,.wide .stores{display:block}
.wide .store+.unseen+.store{margin:1rem 0 0}
.tiles li{width:100%}
.rows li{flex-wrap:wrap}
.rows form{width:calc(100% - 2.5rem);margin:.75rem 0 0 2.5rem}
.rows form .act{width:auto}
.foot{padding-bottom:2rem}
.foot .way{display:block;margin:0}
}
@media (max-height:42rem) and (min-width:44.01rem){
.top{padding-top:.25rem;padding-bottom:.25rem;min-height:3.25rem}
main{margin-top:.5rem;padding:1.25rem 2rem}
.narrow h1,.held-title{font-size:1.3125rem}
.stack,.undelivered{margin-top:1rem}
.hold+.stack{margin-top:.75rem}
.stack>*+*{margin-top:.75rem}
.stack>.tight,.stack>.links{margin-top:.875rem}
.tight>*+*{margin-top:.5rem}
.number,.held-number{padding:0;font-size:3.5rem}
.digits{font-size:3rem}
.wait,.held-wait{padding:.375rem 1rem .75rem}
.status,.held-status{min-height:3rem}
.held-bar,.wait progress{margin-top:.25rem}
.narrow .button,.narrow .act{min-height:2.75rem;padding-top:.6125rem;padding-bottom:.6125rem}
.pick{min-height:3.5rem;padding-top:.5rem;padding-bottom:.5rem}
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
.facts dt,.facts dd,.wide .facts dt,.wide .facts dd{width:100%}
.facts dt{padding-bottom:0}
.facts dd{padding-top:0}
h1,.held-title{font-size:1.375rem}
.number,.held-number{font-size:4rem}
.digits{font-size:2.75rem}
}
@media (prefers-reduced-motion:no-preference){
@keyframes breathe{50%{opacity:.25}}
.live .status::before{animation:breathe 2s ease-in-out infinite}
}
@media (forced-colors:active){
main,.note,.number,.wait,.button,.pick,.skip{border:1px solid}
.lang [aria-current],.first{border-color:Highlight}
.status::before{background:CanvasText;forced-color-adjust:none}
progress{border:1px solid;forced-color-adjust:auto}
}
@page{margin:15mm}
@media print{
body{background:#fff;color:#000}
.top .lang,.foot,.skip,.button,.act,.peek,progress,.tools{display:none}
.top{padding:0}
.paper h1,.paper .lead,.paper .note,.paper .codes,.paper .hint{display:none}
.sheet{display:block;font-size:11pt}
main{margin:0;padding:1rem 0;max-width:none;box-shadow:none;border:0}
}
`

/**
 * The text of the style sheet for a brand. `form`: only what a page of fields, buttons and notices needs, so that the
 * first page is small.
 */
export function buildStyle(brand: Brand, pages: 'all' | 'form' = 'all'): string {
  const { light, dark } = derivePalettes(brand)
  const radius = brand.cornerRadius
  const rest = pages === 'all' ? [states, codes, home, account] : []
  const rules = [base, frame, controls, notes, ...rest, spacing, modes]
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
