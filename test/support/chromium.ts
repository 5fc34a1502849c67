/** Debian's Chromium, for tests that look at a page as a reader does. */
import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

const PATH = process.env['TENURE_TEST_CHROMIUM'] ?? '/usr/bin/chromium'

/** Why there is no browser here, said on standard error too: `false` where there is one. For a test's `skip`. */
export function noChromium(): string | false {
  if (existsSync(PATH)) return false
  const reason = `there is no ${PATH}: apt-get install chromium, or say where it is in TENURE_TEST_CHROMIUM`
  process.stderr.write(`SKIPPED, not tested: ${reason}\n`)
  return reason
}

/** Starts it without a window. Whoever starts it closes it. */
export function startChromium(): Promise<Browser> {
  // Its sandbox does not start where everything runs as root, as in a container; the pages are our own.
  return chromium.launch({ executablePath: PATH, args: ['--no-sandbox'] })
}
