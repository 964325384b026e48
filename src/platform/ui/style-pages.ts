/**
 * Style rules for parts that only some pages have: the states of a wait, codes, lists, the account. style.ts owns which page
 * gets which rules, and their order: the `late` ones come after the rules of all pages for the same media.
 */

const states = `
.exact{-webkit-hyphens:manual;hyphens:manual;overflow-wrap:anywhere}
.held-title{font-size:1.5rem;font-weight:700;line-height:1.25;letter-spacing:-.01em;text-wrap:balance}
.held-title,.held-status{-webkit-hyphens:auto;hyphens:auto;hyphenate-limit-chars:14 5 5;overflow-wrap:anywhere}
.held-lead{margin-top:.375rem;color:var(--muted)}
main.wide{max-width:46rem}
main.broad{max-width:66rem}
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
.undelivered{display:flex;flex:1 0 auto;flex-direction:column;align-items:center;justify-content:center;margin-top:1.5rem;text-align:center}
.undelivered .icon{width:4rem;height:4rem;margin-bottom:.75rem;padding:.875rem;border-radius:50%;background:var(--warn-tint);color:var(--warn)}
.flat{flex-direction:row;padding-top:.5rem;padding-bottom:.5rem;justify-content:flex-start;text-align:left}
.flat .icon{width:3rem;height:3rem;margin:0 .875rem 0 0;padding:.625rem}
.undelivered .status{display:block;min-height:0}
.undelivered .status::before{content:none}
.reach{padding-top:1rem;border-top:1px solid var(--line)}
.reach:not(:last-child){padding-top:0;border-top:0}
.reach .act,.reach .button{white-space:normal}
.narrow .reach .act,.narrow .reach .button{min-height:3rem;padding-top:.7375rem;padding-bottom:.7375rem}
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
.wide .choices>.act.quiet{padding-left:.75rem;padding-right:.75rem}
.wide .leave .act{width:auto;padding-left:0;border-left:0}
@media (min-width:44.01rem){.wide .stack:not(.choices)>.act,.wide .stack:not(.choices)>.button,.wide .stack>form>.act{width:-moz-fit-content;width:fit-content;min-width:19rem}}
.scan .note{margin-top:0}
.said form{margin-top:.25rem}
.said+.stack{margin-top:.5rem}
@media (min-width:44.01rem){.wide .said form{max-width:17rem;padding-left:1rem}.wide .said{display:flex;align-items:center;margin-top:1rem}.wide .said .note{flex:1;margin:0}.wide .said form{flex:none;margin:0}.wide .said+.stack{margin-top:.75rem}}
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
.boxes li{display:inline-block;width:49%;min-width:15rem;white-space:nowrap;padding:.5rem 0;break-inside:avoid;page-break-inside:avoid}
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
.tiles-title{margin-top:1.5rem}
.tiles-title+.tiles{margin-top:.375rem}
.tiles-links{margin-top:1rem}
.broad .tiles li{width:33.33%}
.search{margin-top:1rem}
.search input::placeholder{color:var(--muted);opacity:1}
.search .act{flex:none;width:auto;margin-left:.5rem}
.mark{display:flex;flex:none;align-items:center;justify-content:center;width:2.5rem;height:2.5rem;margin-right:.875rem;border-radius:RADIUS;overflow:hidden;font-weight:700}
.mark svg{fill:none;stroke:currentColor;stroke-width:1.7;stroke-linecap:round;stroke-linejoin:round}
.picture{background:#fff}
MARKS
.arrange{margin-top:.5rem}
.arrange li{padding:.5rem .75rem}
.handle{flex:none;margin-left:-.5rem;padding:.625rem .375rem;cursor:grab;touch-action:none}
.rows .handle .icon{margin:0;color:var(--muted)}
.moving{background:var(--tint)}
.moving .handle{cursor:grabbing}
.moves{display:flex;flex:none;margin-left:.75rem}
.moves .act{width:3rem;padding:.5rem}
.moves .act+.act{margin-left:.375rem}
.moves .act:disabled{opacity:.35;cursor:default}
.rows .moves .icon{margin:0 auto}
.empty{margin-top:1.5rem;padding:2rem 1rem;border:1px dashed var(--field);border-radius:RADIUS;text-align:center}
.empty .icon{margin:0 auto .75rem;color:var(--muted)}
.list{padding-left:1.25rem}
.list li{margin-top:.375rem}
.rows{list-style:none;border:1px solid var(--line);border-radius:RADIUS}
.rows li{display:flex;align-items:center;padding:1rem}
.rows li+li{border-top:1px solid var(--line)}
.rows .icon{margin-right:1rem;color:var(--accent)}
.rows .warning .icon{color:var(--warn)}
.tall>li>.icon{align-self:flex-start}
.rows form{flex:none;margin-left:1rem}
.narrow .rows li{flex-wrap:wrap}
.narrow .rows form{width:calc(100% - 2.5rem);margin:.75rem 0 0 2.5rem}
.narrow .rows form .act{width:auto}
`

const account = `
.up{display:flex;margin:-.75rem 0 .25rem -.375rem}
.up a{display:inline-flex;align-items:center;min-height:2.75rem;padding-right:.75rem;text-decoration:none}
.up .out{margin-left:auto;padding:0 0 0 .75rem;text-decoration:underline}
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

const hues = [210, 150, 28, 265, 340, 180, 50, 310]

/** The marks of apps without a picture: initials and strokes on a colour that depends on the name. */
const marks = {
  light: hues
    .map((hue, n) => `.c${n}{background:hsl(${hue},65%,90%);color:hsl(${hue},75%,24%)}`)
    .join('\n'),
  dark: hues
    .map((hue, n) => `.c${n}{background:hsl(${hue},35%,24%);color:hsl(${hue},75%,86%)}`)
    .join('\n'),
}

/** These come before `spacing`. */
export const pageRules = [states, codes, home.replace('MARKS', marks.light), account].join('')

export const lateCards = `
.tight>.plain{margin-top:.25rem}
.tight>.pick+.quiet,.tight>.pick:not(.plain)+.plain{margin-top:1rem}
@media (max-height:42rem) and (min-width:44.01rem){.pick{min-height:3.5rem;padding-top:.5rem;padding-bottom:.5rem}}
@media (forced-colors:active){
.pick{border:1px solid}
.first{border-color:Highlight}
}
`

export const lateSpacing = `
.hold+.stack{margin-top:1rem}
.scan-text,.sides{margin-top:0}
@media (min-width:44.01rem){
main.halves{max-width:46rem}
.sides{display:grid;grid-template:auto auto 1fr/repeat(2,minmax(0,1fr));column-gap:2rem;align-items:start}
.sides>*{grid-area:3/1}
.sides>.number{grid-area:1/1;display:flex;align-items:center;align-self:stretch;justify-content:center}
.sides .scan-beside{justify-content:flex-start}
.sides>.desk,.sides>.phone{grid-area:2/1}
.sides>.wait{grid-area:1/2;margin-top:0}
.sides>.choices{grid-area:2/2/span 2;margin-top:1rem}
}
.store+.unseen+.store{margin-top:1rem}
.wide .stores{display:flex}
.wide .store{flex:1 1 0%;min-width:0}
.wide .store+.unseen+.store{margin:0 0 0 1rem}
.below{margin-top:.75rem}
.wide .choices>.act.quiet:last-child{margin-bottom:0}
`

export const lateModes = `
@media (max-width:27rem){.arrange .mark{display:none}}
@media (scripting:enabled){.search .act{display:none}}
@media (min-width:44.01rem) and (max-width:60rem){.broad .tiles li{width:50%}}
@media screen and (prefers-color-scheme:dark){${marks.dark}}
@media (max-width:44rem){
main.wide,main.broad{max-width:none}
.scan{display:block}
.wide .choices{display:block}
.wide .choices .act,.wide .choices .button{width:100%}
.wide .facts dt{width:8.5rem}
.wide .facts dd{width:calc(100% - 8.5rem)}
.scan-text{padding:0}
.scan-code{width:auto;max-width:22rem;margin-top:1rem}
.codes{display:block}
.codes li{width:100%}
.store,.wide .stores{display:block}
.wide .store+.unseen+.store{margin:1rem 0 0}
.tiles li,.broad .tiles li{width:100%}
.arrange li{flex-wrap:nowrap}
.rows li{flex-wrap:wrap}
.rows form{width:calc(100% - 2.5rem);margin:.75rem 0 0 2.5rem}
.rows form .act{width:auto}
}
@media (max-height:42rem) and (min-width:44.01rem){
.sides>.choices{margin-top:.75rem}
.held-title{font-size:1.3125rem}
.undelivered{margin-top:1rem}
.hold+.stack{margin-top:.75rem}
.number,.held-number{padding:0;font-size:3.25rem}
.digits{font-size:3rem}
.wait,.held-wait{padding:.375rem 1rem .75rem}
.status,.held-status{min-height:3rem}
.sides .status{min-height:4.5rem}
.held-bar,.wait progress{margin-top:.25rem}
.steps li+li{margin-top:.5rem}
.narrow .act.quiet{min-height:2.5rem;padding-top:.4875rem;padding-bottom:.4875rem}
.narrow .act.quiet+.act.quiet{margin-top:0}
.facts dt,.facts dd{padding-top:0;padding-bottom:0}
}
@media (max-width:24rem){
.facts dt,.facts dd,.wide .facts dt,.wide .facts dd{width:100%}
.facts dt{padding-bottom:0}
.facts dd{padding-top:0}
.held-title{font-size:1.375rem}
.number,.held-number{font-size:4rem}
.digits{font-size:2.75rem}
}
@media (prefers-reduced-motion:no-preference){
@keyframes breathe{50%{opacity:.25}}
.live .status::before{animation:breathe 2s ease-in-out infinite}
}
@media (forced-colors:active){
.mark{border:1px solid;forced-color-adjust:auto}
.number,.wait{border:1px solid}
.status::before{background:CanvasText;forced-color-adjust:none}
progress{border:1px solid;forced-color-adjust:auto}
}
@media print{
progress,.tools{display:none}
.paper h1,.paper .lead,.paper .note,.paper .codes,.paper .hint{display:none}
.sheet{display:block;font-size:11pt}
}
`
