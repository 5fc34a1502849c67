/**
 * How a report looks: in the reader's own fonts, light or dark as the reader's system is, and light on paper.
 *
 * The colours of the two and of the rules tell apart against either ground, for those who see no red or no green too.
 */
export const STYLE = `
:root { color-scheme: light dark; --ground: #fff; --text: #1b2230; --dim: #545e6c; --line: #d5dae0; --soft: #f3f5f8;
  --link: #0b5cad; --axis: #8b94a1; --grid: #e6e9ee; --band: #1f6fd61f; --warn: #8a4b00; --warn-soft: #fff4e0;
  --under: #0f5fc2; --against: #b4500b;
  --rule-1: #0f5fc2; --rule-2: #b4500b; --rule-3: #7a3fb0; --rule-4: #0a7a6c; --rule-5: #b32357; --rule-6: #5b6675; --rule-7: #9aa3af }
@media (prefers-color-scheme: dark) { :root { --ground: #12161d; --text: #e5e9ef; --dim: #a3adba; --line: #343c48;
  --soft: #1b212b; --link: #86bdff; --axis: #7b8695; --grid: #272e39; --band: #6eaefc2b; --warn: #ffc46b; --warn-soft: #33260f;
  --under: #6fb0ff; --against: #ffa15c;
  --rule-1: #6fb0ff; --rule-2: #ffa15c; --rule-3: #c79bff; --rule-4: #4fd1bd; --rule-5: #ff8fb5; --rule-6: #a7b1bf; --rule-7: #6c7786 } }
@media print { :root { color-scheme: light; --ground: #fff; --text: #000; --dim: #444; --line: #bbb; --soft: #fff; --link: #000;
  --axis: #777; --grid: #ddd; --band: #1f6fd61f; --warn: #000; --warn-soft: #fff; --under: #0f5fc2; --against: #b4500b;
  --rule-1: #0f5fc2; --rule-2: #b4500b; --rule-3: #7a3fb0; --rule-4: #0a7a6c; --rule-5: #b32357; --rule-6: #5b6675; --rule-7: #9aa3af } }
* { box-sizing: border-box }
body { margin: 0; font: 16px/1.55 system-ui, sans-serif; color: var(--text); background: var(--ground); overflow-wrap: anywhere }
header, main, footer { max-width: 58rem; margin: 0 auto; padding: 0 1.5rem }
header { padding-top: 2rem }
h1 { margin: 0; font-size: 1.9rem; line-height: 1.2 } h2 { margin: 2.75rem 0 .5rem; font-size: 1.3rem } h3 { margin: 1.2rem 0 .3rem; font-size: 1rem }
.lead { font-size: 1.2rem; line-height: 1.45; margin: .8rem 0 } .note, figcaption, footer { color: var(--dim) }
a { color: var(--link) }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: 3px }
.skip { position: absolute; left: -100vw; background: var(--ground); padding: .5rem 1rem } .skip:focus { left: 1rem; top: .5rem }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1.1rem; list-style: none; margin: 1.2rem 0 0; padding: .7rem 0; border-block: 1px solid var(--line) }
dl.facts { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .15rem 1.2rem; margin: 1rem 0 0 } dl.facts dt { color: var(--dim) } dl.facts dd { margin: 0 }
dl.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(15rem, 1fr)); gap: .8rem; margin: 1rem 0 1.5rem }
dl.cards div { background: var(--soft); border: 1px solid var(--line); border-radius: 8px; padding: .8rem 1rem; display: flex; flex-direction: column-reverse; justify-content: flex-end }
dl.cards dt { color: var(--dim); font-size: .9rem; line-height: 1.35 } dl.cards dd { margin: 0; font-size: 1.7rem; font-weight: 650; line-height: 1.25 }
.warnings { list-style: none; margin: 0; padding: 0 } .warnings li { border-left: 4px solid var(--warn); background: var(--warn-soft); padding: .7rem 1rem; margin: .6rem 0 }
.warnings strong { color: var(--warn) }
figure { margin: 1rem 0 0 } figure svg { display: block; max-width: 100%; height: auto; font-family: system-ui, sans-serif }
figcaption { font-size: .95rem; margin-top: .2rem }
.legend { display: flex; flex-wrap: wrap; gap: .2rem 1.3rem; list-style: none; margin: .6rem 0; padding: 0; font-size: .95rem }
.legend svg { display: inline-block; vertical-align: -.1em; margin-right: .45rem }
.narrow { display: none }
details { margin: .7rem 0 } summary { cursor: pointer; color: var(--link); width: max-content; max-width: 100% }
.scroll { overflow-x: auto; max-height: 26rem; border: 1px solid var(--line); border-radius: 6px; margin-top: .5rem }
.plain { overflow-x: auto }
table { border-collapse: collapse; width: 100%; font-size: .95rem; font-variant-numeric: tabular-nums; overflow-wrap: normal }
caption { text-align: left; color: var(--dim); padding: .5rem .8rem } .plain caption { padding-left: 0 }
th, td { text-align: right; padding: .3rem .8rem; border-top: 1px solid var(--line); vertical-align: top } thead th { border-top: 0; font-weight: 600 }
td span { white-space: nowrap } th:first-child { text-align: left } tbody th { font-weight: 400 } .plain th:first-child { padding-left: 0 } .plain tbody tr:first-child > * { border-top: 2px solid var(--line) }
code { font: .92em ui-monospace, monospace }
footer { border-top: 1px solid var(--line); margin-top: 3rem; padding-block: 1rem 3rem; font-size: .9rem }
@media (max-width: 46rem) { header, main, footer { padding-inline: 1rem } .wide { display: none } .narrow { display: block } h1 { font-size: 1.5rem } .lead { font-size: 1.08rem }
  dl.facts { grid-template-columns: 1fr; gap: 0 } dl.facts dd { margin-bottom: .5rem } th, td { padding-inline: .45rem } table { font-size: .85rem } dl.cards { grid-template-columns: 1fr 1fr } }
@media print { nav, .skip { display: none } .wide { display: block } .narrow { display: none } figure, table, .warnings li, dl.cards div { break-inside: avoid }
  body { font-size: 11pt } h2 { break-after: avoid } .scroll { max-height: none; overflow: visible } details:not([open])::details-content { content-visibility: visible; block-size: auto } }
`
