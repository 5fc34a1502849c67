/** The one file that knows the library which draws: a specification in, a picture as text out. */
import { parse, View } from 'vega'
import { compile, type TopLevelSpec } from 'vega-lite'
import { escapeHtml } from './escape.ts'

export type { TopLevelSpec }

/** What a picture is called, and what it shows, for those who do not see it. */
export interface Caption {
  /** Unique on the page. */
  readonly id: string
  readonly title: string
  readonly description: string
}

/**
 * Colours and type of every picture. Colours are the page's own, as CSS variables, so that they change with it; the
 * picture's parts are hidden from screen readers, which read its title and description, and the table beside it.
 */
const CONFIG = {
  aria: false,
  background: 'transparent',
  font: 'system-ui, sans-serif',
  view: { stroke: null },
  axis: {
    labelColor: 'currentColor',
    titleColor: 'currentColor',
    titleFontWeight: 'normal',
    labelFontSize: 12,
    titleFontSize: 12,
    domainColor: 'var(--axis)',
    tickColor: 'var(--axis)',
    gridColor: 'var(--grid)',
  },
  title: { color: 'currentColor', fontSize: 13, fontWeight: 600, anchor: 'start' },
} as const

/** Draws a picture as SVG that stands in a page: with a title and a description, and no ids but theirs. */
export async function draw(spec: TopLevelSpec, { id, title, description }: Caption): Promise<string> {
  const whole = { ...spec, config: CONFIG } as TopLevelSpec
  const view = new View(parse(compile(whole).spec), { renderer: 'none' })
  try {
    const svg = await view.toSVG()
    const [, width = '', height = '', content = ''] =
      /^<svg[^>]* width="([\d.]+)" height="([\d.]+)"[^>]*>(.*)<\/svg>$/s.exec(svg) ?? []
    if (content === '') throw new TypeError('the library draws another kind of picture than it did')
    const names = `<title id="${id}-title">${escapeHtml(title)}</title><desc id="${id}-desc">${escapeHtml(description)}</desc>`
    const label = `role="img" aria-labelledby="${id}-title ${id}-desc"`
    const size = `width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`
    return `<svg ${label} ${size}>${names}<g aria-hidden="true">${shortened(content)}</g></svg>`
  } finally {
    view.finalize()
  }
}

/** A picture without what says nothing: coordinates to a hundred-thousandth, attributes for a mouse, empty groups. */
function shortened(content: string): string {
  return content
    .replace(/(\.\d{2})\d+/g, '$1')
    .replace(/ (?:pointer-events|opacity|role|aria-[a-z]+|class|font-family)="[^"]*"/g, (each) =>
      each.startsWith(' opacity') && !each.includes('"1"') ? each : '',
    )
    .replace(/<path(?: transform="[^"]*")? d="(?:M0,0h0v0h0Z)?"(?: display="none")?\/>/g, '')
}
