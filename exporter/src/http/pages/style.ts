/** How the page looks: one stylesheet in the page itself, which the policy allows by its hash. */
import { createHash } from 'node:crypto'
import { Html } from './html.ts'

// Colours are held to a contrast of at least 4.5 (text) and 3 (bars) by the browser test, in both schemes.
const CSS = `
:root {
  color-scheme: light dark;
  --paper: #f6f7f9; --surface: #ffffff; --ink: #16191d; --muted: #565d67; --line: #e1e4e9; --link: #0b5cad;
  --bar: #1f6feb; --bar-open: #b3d0fb; --gap: #eceef2;
  --good: #0f5a34; --good-bg: #e3f4ea; --busy: #6a4300; --busy-bg: #fdf1d8; --bad: #8f1d1d; --bad-bg: #fdeaea;
  --demo: #4b2a93; --demo-bg: #eee9fc;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #0f1216; --surface: #181c22; --ink: #e8eaee; --muted: #a3abb7; --line: #2b313a; --link: #7db5ff;
    --bar: #5a9bff; --bar-open: #24446f; --gap: #20252c;
    --good: #86dba8; --good-bg: #12301f; --busy: #f2cc85; --busy-bg: #372a0d; --bad: #ffb0aa; --bad-bg: #401a1a;
    --demo: #cdbdff; --demo-bg: #2a2148;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0; background: var(--paper); color: var(--ink); line-height: 1.5; font-size: 1rem;
  font-family: Inter, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", "Liberation Sans", Arial, sans-serif;
  overflow-wrap: anywhere;
}
header, main, footer { max-width: 70rem; margin: 0 auto; padding: 0 clamp(1rem, 4vw, 2rem); }
header { display: flex; flex-wrap: wrap; justify-content: space-between; align-items: baseline; gap: 0 2rem; padding-top: 1.75rem; }
h1 { font-size: 1.5rem; margin: 0; letter-spacing: -0.015em; }
h2 { font-size: 1.25rem; margin: 0 0 .25rem; letter-spacing: -0.01em; }
h3, h4 { font-size: 1.0625rem; margin: 0; }
main > section { margin: 2.25rem 0; }
#list > section { margin: 1.75rem 0; }
section > h3 { margin-top: 1.5rem; }
p { margin: .25rem 0; }
header p, .lead, footer, .small, .legend, .notes, .state, caption { color: var(--muted); font-size: .875rem; }
a { color: var(--link); text-underline-offset: .15em; }
a:focus-visible, summary:focus-visible, button:focus-visible, input:focus-visible, select:focus-visible, textarea:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: 3px; }
code { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace; font-size: .875em; }
button, input, select, textarea { font: inherit; color: inherit; background: var(--surface); border: 1px solid var(--muted); border-radius: .375rem; padding: .3rem .6rem; max-width: 100%; }
button { cursor: pointer; color: var(--link); }
input::placeholder { color: var(--muted); opacity: 1; }
form { display: grid; gap: .875rem 1.5rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 18rem), 1fr)); margin-top: .75rem; }
form > p { grid-column: 1 / -1; }
.field > * { display: block; width: 100%; }
.field label { font-weight: 600; }
.field small { color: var(--muted); }
.banner { padding: .625rem 1rem; border-radius: .5rem; margin: 1rem 0; }
.banner a { color: inherit; }
.good.banner, .badge.good { color: var(--good); background: var(--good-bg); }
.busy.banner, .badge.busy { color: var(--busy); background: var(--busy-bg); }
.bad.banner, .badge.bad, .problem { color: var(--bad); background: var(--bad-bg); }
.demo.banner { color: var(--demo); background: var(--demo-bg); }
.panel, .tile { background: var(--surface); border: 1px solid var(--line); border-radius: .75rem; padding: 1.125rem 1.25rem; }
.tiles { display: flex; flex-wrap: wrap; gap: .875rem; margin: 1rem 0; }
.tile { flex: 1 1 9.25rem; max-width: 100%; }
.tile dt { font-weight: 600; font-size: .9375rem; }
.tile dd { margin: 0; }
.figure { white-space: nowrap; overflow-x: auto; font-size: 1.75rem; line-height: 1.35; font-weight: 650; letter-spacing: -0.02em; font-variant-numeric: tabular-nums; }
.state { display: block; line-height: 1.35; }
.unknown { color: var(--muted); font-weight: 400; }
figure { margin: 1rem 0; }
figcaption { display: flex; flex-wrap: wrap; justify-content: space-between; align-items: baseline; gap: 0 1.5rem; }
figcaption p { color: var(--muted); font-size: .875rem; margin: 0; }
figcaption data { color: var(--ink); font-weight: 650; font-size: 1.0625rem; font-variant-numeric: tabular-nums; }
.chart { display: block; width: 100%; padding-left: 3.5rem; margin-top: .5rem; overflow: visible; }
.grid { stroke: var(--line); }
.zero { stroke: var(--muted); }
.tick { fill: var(--muted); font-size: .75rem; font-variant-numeric: tabular-nums; }
rect.bar { fill: var(--bar); }
rect.open { fill: var(--bar-open); stroke: var(--bar); stroke-dasharray: 3 2; }
rect.place { fill: transparent; }
rect.gap { fill: var(--gap); }
.day:hover rect.bar { fill: var(--ink); }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; padding: 0; margin: .5rem 0; }
.legend li::before { content: ""; display: inline-block; width: .75rem; height: .75rem; margin-right: .4rem; border-radius: 2px; vertical-align: -1px; }
.legend .bar::before { background: var(--bar); }
.legend .open::before { background: var(--bar-open); outline: 1px dashed var(--bar); outline-offset: -1px; }
.legend .gap::before { background: var(--gap); outline: 1px solid var(--muted); outline-offset: -1px; }
.notes { list-style: none; padding: 0; margin: .5rem 0 0; }
.panel + .notes { margin-top: .75rem; }
.accounts { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); align-items: start; }
.accounts, .lead + .tiles, h2 + .panel { margin-top: .75rem; }
table { border-collapse: collapse; width: 100%; margin: .75rem 0 0; font-size: .9375rem; }
caption { text-align: left; font-weight: 600; }
th, td { text-align: left; vertical-align: top; padding: .4rem .75rem .4rem 0; border-top: 1px solid var(--line); font-weight: 400; }
th:last-child, td:last-child { padding-right: 0; }
thead th { color: var(--muted); font-size: .8125rem; font-weight: 600; border-top: 0; }
table.counts, .panel > table.budgets { margin: 0; }
table.budgets th:first-child { width: 45%; }
table.budgets td:last-child { width: 30%; }
table.counts th, table.counts td { width: 33%; }
.counts :nth-child(3) { padding-left: .5rem; }
.counts th { overflow-wrap: normal; }
td data { font-variant-numeric: tabular-nums; white-space: nowrap; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
td .small, th .small { display: block; }
details { margin-top: .75rem; }
summary { cursor: pointer; color: var(--link); font-size: .9375rem; }
.badge { display: inline-block; font-size: .8125rem; font-weight: 600; padding: .1rem .6rem; border-radius: 1rem; margin-left: .25rem; border: 1px solid var(--line); white-space: nowrap; }
.facts, .links { margin: .75rem 0 0; font-size: .9375rem; }
.facts > div { display: grid; grid-template-columns: 10.5rem 1fr; gap: .75rem; padding: .2rem 0; }
.links > div { display: grid; grid-template-columns: 10rem 1fr; gap: .75rem; padding: .2rem 0; }
.links + p { margin-top: 1rem; }
.facts dt, .links dd { color: var(--muted); }
.facts dd, .links dd { margin: 0; }
.problem { border-radius: .5rem; padding: .75rem 1rem; margin: .75rem 0; }
.problem .small, .problem .said { color: inherit; font-size: .875rem; }
.never { margin: 0 0 .5rem; font-size: .9375rem; }
.counts + .never { margin-top: .75rem; }
progress { accent-color: var(--bar); width: 10rem; vertical-align: middle; }
footer { padding-top: .75rem; padding-bottom: 2rem; }
@media (max-width: 30rem) {
  .figure { font-size: 1.3125rem; }
  .never { font-size: .875rem; }
  table { font-size: .875rem; }
  table.counts th, table.counts td { width: auto; }
  .facts > div, .links > div { grid-template-columns: 1fr; gap: 0; padding: .35rem 0; }
  .panel, .tile { padding: .875rem 1rem; }
}
`

/** The whole element: a space more between its tags would be another hash. */
export const STYLE: Html = new Html(`<style>${CSS}</style>`)

/** Three bars. */
export const ICON: string =
  'data:image/svg+xml,' +
  encodeURIComponent(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path fill="#1f6feb" d="M1 9h4v6H1zM6 1h4v14H6zM11 5h4v10h-4z"/></svg>',
  )

/** As a policy names what it lets through. */
export function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}

/**
 * Nothing may be loaded, run, sent or framed; the style is the one above.
 *
 * @param more directives for what a page does besides
 * @see https://www.w3.org/TR/CSP3/
 */
export function contentSecurityPolicy(more: Readonly<Record<string, string>> = {}): string {
  const directives = {
    'default-src': "'none'",
    'style-src': `'${hashOf(CSS)}'`,
    'img-src': 'data:',
    'base-uri': "'none'",
    'form-action': "'none'",
    'frame-ancestors': "'none'",
    ...more,
  }
  return Object.entries(directives)
    .map(([name, value]) => `${name} ${value}`)
    .join('; ')
}
