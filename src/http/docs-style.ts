/** How the description of the service looks: in the reader's own fonts, light or dark as the reader's system is. */
export const STYLE = `
:root { color-scheme: light dark; --line: #d7dbe0; --soft: #f4f6f8; --text: #1c2330; --dim: #5a6472; --link: #0b5cad }
@media (prefers-color-scheme: dark) { :root { --line: #333b47; --soft: #1b212b; --text: #e4e8ee; --dim: #9aa5b4; --link: #7db7ff } }
* { box-sizing: border-box }
body { margin: 0; font: 15px/1.55 system-ui, sans-serif; color: var(--text); background: Canvas; display: grid;
  grid-template: "head head" auto "nav main" 1fr / 21rem minmax(0, 1fr) }
header { grid-area: head; padding: 1.5rem 2rem .75rem; border-bottom: 1px solid var(--line) }
header p { max-width: 60rem; margin: .35rem 0 }
h1 { margin: 0; font-size: 1.7rem } h1 small { color: var(--dim); font-weight: 400; font-size: 1rem }
nav { grid-area: nav; padding: 1rem; border-right: 1px solid var(--line); font-size: 13px; position: sticky; top: 0;
  height: 100vh; overflow: auto }
nav h2 { font-size: .8rem; color: var(--dim); margin: 1rem 0 .3rem } nav ul { list-style: none; margin: 0; padding: 0 }
nav a { display: flex; gap: .5rem; padding: .12rem .3rem; color: inherit; text-decoration: none; overflow-wrap: anywhere }
nav a:hover, nav a:focus { background: var(--soft) }
main { grid-area: main; padding: 0 2rem 4rem; max-width: 64rem }
main h2 { margin: 2rem 0 0 } article { padding: .75rem 0 1.25rem; border-bottom: 1px solid var(--line) }
article:target { background: var(--soft); box-shadow: 0 0 0 1rem var(--soft) } h3 { margin: .5rem 0; font-size: 1.05rem }
a { color: var(--link) } .note { color: var(--dim); margin: .3rem 0 } em { color: var(--dim) }
code { font: 13px ui-monospace, monospace; background: var(--soft); padding: .1em .3em; border-radius: 3px; overflow-wrap: anywhere }
table { border-collapse: collapse; width: 100%; margin: .6rem 0; font-size: 14px }
th, td { text-align: left; vertical-align: top; padding: .3rem .7rem .3rem 0; border-top: 1px solid var(--line) }
thead th { border: 0; color: var(--dim); font-weight: 500; font-size: 12px } tbody th { font-weight: 400; white-space: nowrap }
b { font: 600 11px/1.9 ui-monospace, monospace; border-radius: 3px; padding: 0 .4em; color: #fff; align-self: start; flex: none }
.get { background: #1f6f43 } .post { background: #1d5fa8 } .put { background: #8a5a00 }
@media (max-width: 50rem) { thead { display: none } tr { display: block; padding: .4rem 0; border-top: 1px solid var(--line) }
  th, td { display: inline; border: 0 } tbody th { white-space: normal } body { display: block } nav { position: static; height: auto; border: 0 } main, header { padding-inline: 1rem } }
`
