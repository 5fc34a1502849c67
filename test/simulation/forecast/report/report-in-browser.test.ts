/** The report as a reader has it: in a browser, light and dark, wide and narrow, by keyboard, and on paper. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { defaultPolicy } from '../../../../src/domain/policy.ts'
import { noChromium, startChromium } from '../../../support/chromium.ts'
import { aReport } from '../../../support/forecast-report.ts'
import { SLOW } from '../../../support/slow.ts'

suite('the report in a browser', { skip: noChromium() || SLOW.skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'tenure-report-'))
  const file = join(folder, 'report.html')
  const address = pathToFileURL(file).href
  let started: Promise<Browser> | undefined
  after(async () => {
    await (await started)?.close()
    rmSync(folder, { recursive: true })
  })

  /** Opens the report, and gathers what the browser says and asks for. */
  async function open(): Promise<{ page: Page; news: string[] }> {
    started ??= aReport({ against: defaultPolicy }).then((text) => {
      writeFileSync(file, text)
      return startChromium()
    })
    const page = await (await started).newPage()
    const news: string[] = []
    page.on('console', (message) => news.push(`${message.type()}: ${message.text()}`))
    page.on('pageerror', (error) => news.push(error.message))
    page.on('request', (request) => news.push(request.url()))
    await page.goto(address)
    return { page, news }
  }

  let first: ReturnType<typeof open> | undefined
  /** The report in one page for all who leave it as it was, shown as a reader of these ways has it. */
  async function shown({
    width = 1100,
    ...media
  }: {
    width?: number
    colorScheme?: 'light' | 'dark'
    media?: 'print'
  } = {}) {
    first ??= open()
    const { page, news } = await first
    await page.setViewportSize({ width, height: 800 })
    await page.emulateMedia({ media: 'screen', colorScheme: 'light', ...media })
    return { page, news }
  }

  test('its policy forbids a script and an image that somebody got into it', async () => {
    const { page, news } = await open()
    await page.evaluate(`{
      const script = document.createElement('script')
      script.textContent = 'window.hit = 1'
      const image = new Image()
      image.src = 'http://127.0.0.1:9/'
      document.body.append(script, image)
    }`)
    assert.equal(await page.evaluate('window.hit'), undefined)
    assert.equal(news.filter((each) => /Content Security Policy/.test(each)).length, 2)
  })

  for (const colorScheme of ['light', 'dark'] as const) {
    test(`${colorScheme}: every text stands out from its ground, and the lines of the pictures do`, async () => {
      const { page } = await shown({ colorScheme })
      const openAll = (isOpen: boolean) =>
        page.evaluate(`for (const each of document.querySelectorAll('details')) each.open = ${isOpen}`)
      await openAll(true)
      const texts = (await page.evaluate(CONTRASTS)) as { text: string; contrast: number; least: number }[]
      await openAll(false)
      assert.ok(texts.length > 200)
      assert.deepEqual(
        texts.filter(({ contrast, least }) => contrast < least),
        [],
      )
    })
  }

  for (const width of [1100, 400, 320]) {
    test(`at ${width} pixels it does not scroll sideways, and shows each picture once`, async () => {
      const { page } = await shown({ width })
      const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth')
      assert.ok((overflow as number) <= 0, `${overflow} pixels too wide`)
      const pictures = page.getByRole('img')
      assert.equal(await pictures.count(), 4)
      const heights =
        "[...document.querySelectorAll('figure text')].map((each) => each.getBoundingClientRect().height).filter((each) => each > 0)"
      const sizes = (await page.evaluate(heights)) as number[]
      assert.ok(sizes.length > 20)
      assert.ok(Math.min(...sizes) >= 9, 'text in a picture is too small to read')
    })
  }

  test('by landmarks, headings and names it can be read without being seen', async () => {
    const { page } = await shown()
    for (const role of ['banner', 'navigation', 'main', 'contentinfo'] as const) {
      assert.equal(await page.getByRole(role).count(), 1, role)
    }
    const levels = (await page.evaluate(
      "[...document.querySelectorAll('h1,h2,h3')].map((each) => +each.tagName[1])",
    )) as number[]
    assert.deepEqual([levels.filter((level) => level === 1).length, levels[0]], [1, 1])
    for (const [index, level] of levels.entries()) assert.ok(level <= (levels[index - 1] ?? 0) + 1)
    for (const name of [
      'Live sessions over time',
      'When sessions end',
      'How long sessions last',
      'Sign-ins that follow',
    ]) {
      assert.equal(await page.getByRole('img', { name }).count(), 1, name)
    }
    assert.equal(
      await page.evaluate("[...document.querySelectorAll('table')].every((each) => each.caption?.textContent)"),
      true,
    )
    const outline = await page.locator('main').ariaSnapshot()
    assert.doesNotMatch(outline, /- (?:img|region|table)\s*$/m)
  })

  test('by keyboard: the skip link first, every link and table reached, and what has the focus is outlined', async () => {
    const { page } = await shown()
    await page.keyboard.press('Tab')
    assert.equal(await page.evaluate('document.activeElement.className'), 'skip')
    assert.ok(await page.locator('.skip').isVisible())
    const reached: string[] = []
    for (let step = 0; step < 12; step += 1) {
      await page.keyboard.press('Tab')
      reached.push((await page.evaluate('document.activeElement.tagName')) as string)
      assert.equal(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle'), 'solid')
    }
    assert.deepEqual(reached, [...new Array(8).fill('A'), ...new Array(4).fill('SUMMARY')])
    await page.keyboard.press('Enter')
    await page.keyboard.press('Tab')
    assert.equal(await page.evaluate('document.activeElement.className'), 'scroll')
  })

  test('on paper it is light, without its navigation, and its tables are open', async () => {
    const { page } = await shown({ media: 'print', colorScheme: 'dark' })
    assert.equal(await page.evaluate('getComputedStyle(document.body).backgroundColor'), 'rgb(255, 255, 255)')
    assert.ok(!(await page.getByRole('navigation').isVisible()))
    const table = await page.locator('#live table').boundingBox()
    assert.ok((table?.height ?? 0) > 100)
  })

  test('all that while it said nothing on the console and asked for nothing but itself, whatever the ids hold', async () => {
    const { page, news } = await shown()
    assert.deepEqual(news, [address])
    assert.equal(await page.evaluate('document.scripts.length + document.images.length'), 0)
    assert.equal(await page.evaluate('window.hit'), undefined)
    assert.match(await page.innerText('#users'), /<\/script><script>window\.hit=1<\/script>/)
  })
})

/** The contrast of every text and of every line of a picture with what lies behind it. @see WCAG 2.2, 1.4.3 and 1.4.11 */
const CONTRASTS = `(() => {
  const channels = (colour) => colour.match(/[\\d.]+/g).map(Number)
  const over = ([r, g, b, a = 1], under) => [r, g, b].map((channel, index) => channel * a + under[index] * (1 - a))
  const luminance = (colour) => {
    const [r, g, b] = colour.map((each) => (each / 255 <= 0.04045 ? each / 255 / 12.92 : ((each / 255 + 0.055) / 1.055) ** 2.4))
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const groundOf = (element) => {
    const chain = []
    for (let each = element; each !== null; each = each.parentElement) chain.unshift(getComputedStyle(each).backgroundColor)
    return chain.reduce((ground, colour) => over(channels(colour), ground), [255, 255, 255])
  }
  const contrast = (colour, element) => {
    const ground = groundOf(element)
    const [a, b] = [luminance(over(channels(colour), ground)), luminance(ground)]
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)
  }
  const found = []
  for (const element of document.querySelectorAll('body *')) {
    if (element.closest('.skip') || !element.checkVisibility()) continue
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== '')
    const style = getComputedStyle(element)
    if (own && !element.closest('title, desc')) {
      const colour = element instanceof SVGElement ? style.fill : style.color
      found.push({ text: element.textContent.slice(0, 40), contrast: contrast(colour, element), least: 4.5 })
    }
    if (element.matches('.marks path, figure path[stroke^="var(--"]')) {
      found.push({ text: 'a line', contrast: contrast(style.stroke, element), least: 3 })
    }
  }
  return found
})()`
