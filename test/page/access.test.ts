// The page for everybody: by keyboard alone, by name and role, in light and dark, on a narrow screen.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Browser, describeChromium, startChromium } from './chromium.ts'
import { findFaintTexts } from './contrast.ts'
import { type EnvelopeOptions, type PageWorld, startPageWorld } from './page-world.ts'

/** Where the pictures go, for people to look at. */
const PICTURES = join(import.meta.dirname, '..', '..', 'results', 'page')
/** WCAG 2.2, 1.4.3: text of ordinary size. */
const LEAST_CONTRAST = 4.5
const SIGNED_AT = new Date('2029-08-15T09:30:00Z')
const SIGNATURES: readonly EnvelopeOptions[] = [
  {
    signedAt: SIGNED_AT,
    stampedAt: '20290815093001Z',
    expiresAt: new Date('2031-08-15T09:30:00Z'),
    annotations: { build: '42' },
  },
  { signedAt: SIGNED_AT, expiresAt: new Date('2029-12-01T00:00:00Z') },
]
const SCREENS = {
  'desktop-light': { viewport: { width: 1100, height: 900 }, colorScheme: 'light' },
  'desktop-dark': { viewport: { width: 1100, height: 900 }, colorScheme: 'dark' },
  'narrow-light': { viewport: { width: 360, height: 740 }, colorScheme: 'light' },
  'narrow-dark': { viewport: { width: 360, height: 740 }, colorScheme: 'dark' },
} as const satisfies Readonly<Record<string, BrowserContextOptions>>

describeChromium('the page for everybody', (chromium) => {
  let browser: Browser
  let world: PageWorld
  let reference: string
  const grounds = new Map<string, string>()
  beforeAll(async () => {
    world = await startPageWorld()
    ;({ reference } = await world.push('v1', SIGNATURES))
    browser = await startChromium(chromium)
    mkdirSync(PICTURES, { recursive: true })
  })
  afterAll(async () => {
    await browser?.close()
    await world?.close()
  })

  /** The verdict on the image, with all that opens opened. */
  async function openResult(page: Page): Promise<void> {
    await page.getByLabel('Artifact reference').fill(reference)
    await page.keyboard.press('Enter')
    await page.locator('.banner').waitFor()
    for (const summary of await page.locator('summary').all()) await summary.click()
    await page.locator('svg.time-line').first().waitFor()
  }

  test.each(Object.entries(SCREENS))('is legible and fits: %s', async (name, options) => {
    const { page, complaints, close } = await browser.open(`${world.url}/`, options)
    expect(await page.evaluate(findFaintTexts, LEAST_CONTRAST).then(withoutCount)).toEqual([])
    await openResult(page)
    expect(await page.evaluate(findFaintTexts, LEAST_CONTRAST)).toEqual([])
    const { wide, wanted, ground } = await page.evaluate(() => ({
      wide: document.documentElement.scrollWidth,
      wanted: document.documentElement.clientWidth,
      ground: getComputedStyle(document.body).backgroundColor,
    }))
    expect(wide).toBe(wanted)
    grounds.set(name, ground)
    expect(await page.locator('svg.time-line text').evaluateAll(findOutside)).toEqual([])
    writeFileSync(join(PICTURES, `${name}.png`), await page.screenshot({ fullPage: true }))
    expect(complaints).toEqual([])
    await close()
  })

  test('is dark where that is preferred', () => {
    expect(grounds.get('desktop-light')).toBe('rgb(245, 246, 248)')
    expect(grounds.get('desktop-dark')).toBe('rgb(20, 22, 26)')
  })

  test('is used by keyboard alone, and shows where one is', async () => {
    const { page, close } = await browser.open(`${world.url}/`)
    const visited: string[] = []
    const tab = async (): Promise<string> => {
      await page.keyboard.press('Tab')
      const { name, outline } = await page.evaluate(describeFocus)
      expect(outline, name).toMatch(/^solid [23]px/)
      visited.push(name)
      return name
    }
    for (let stops = 0; stops < 4; stops++) await tab()
    expect(visited).toEqual(['reference', 'Verify', 'envelope', 'Options'])
    await page.keyboard.press('Enter')
    expect(await tab()).toBe('index')
    expect(await tab()).toBe('token')
    for (let stops = 0; stops < 5; stops++) await page.keyboard.press('Shift+Tab')
    await page.keyboard.type(reference)
    await page.keyboard.press('Enter')
    await page.locator('.banner').waitFor()
    expect((await page.evaluate(describeFocus)).name).toBe('Verified')
    visited.length = 0
    await tab()
    await page.keyboard.press('Space')
    for (let stops = 0; stops < 3; stops++) await tab()
    expect(visited).toEqual([
      'Moments and certificates as a table',
      'Moments',
      'Signing certificates',
      "Timestamp authority's certificates",
    ])
    expect(await page.getByRole('table', { name: 'Moments' }).isVisible()).toBe(true)
    await close()
  })

  test('says by name and role what is on it', async () => {
    const { page, close } = await browser.open(`${world.url}/`)
    expect(await page.locator('html').getAttribute('lang')).toBe('en')
    expect(await page.title()).toBe('Verify a signature')
    await openResult(page)
    const unnamed = await page
      .locator('input, select, button, [role], svg:not([aria-hidden])')
      .evaluateAll(findUnnamed)
    expect(unnamed).toEqual([])
    const levels = await page
      .locator('h1, h2, h3, h4')
      .evaluateAll((headings) => headings.map(({ tagName }) => tagName))
    expect(levels).toEqual(['H1', 'H2', 'H3', 'H3', 'H3', 'H3'])
    const ids = await page.locator('[id]').evaluateAll((all) => all.map(({ id }) => id))
    expect(new Set(ids).size).toBe(ids.length)
    const spoken = (await page.locator('main').ariaSnapshot()).replaceAll('\n', ' ')
    expect(spoken).toMatch(
      /form "What to verify".*textbox "Artifact reference".*button "Verify".*status.*region "Result"/,
    )
    expect(spoken).toMatch(
      /region "Result".*heading "Verified" \[level=2\].*list "Checks".*img "Time line\./,
    )
    await close()
  })

  test('does not move where people prefer that', async () => {
    const { page, close } = await browser.open(`${world.url}/`, { reducedMotion: 'reduce' })
    const durationOf = (element: Element): string => getComputedStyle(element).transitionDuration
    expect(await page.locator('#drop').evaluate(durationOf)).toBe('0s')
    await close()
  })

  test('grows with the letters that people choose', async () => {
    const { page, close } = await browser.open(`${world.url}/`, SCREENS['narrow-light'])
    await page.evaluate(() => {
      document.documentElement.style.fontSize = '32px'
    })
    await openResult(page)
    const { wide, wanted } = await page.evaluate(() => ({
      wide: document.documentElement.scrollWidth,
      wanted: document.documentElement.clientWidth,
    }))
    expect(wide).toBe(wanted)
    await close()
  })
})

/** The page before a question has few texts, all of which count. */
function withoutCount(found: readonly { text: string }[]): readonly { text: string }[] {
  return found.filter(({ text }) => !text.startsWith('only '))
}

/** What has the focus, and the outline that shows it. */
function describeFocus(): { name: string; outline: string } {
  const focused = document.activeElement ?? document.body
  const shown = focused.matches('h2') ? (focused.closest('.banner') ?? focused) : focused
  const { outlineStyle, outlineWidth } = getComputedStyle(shown)
  const name = focused.id || focused.getAttribute('aria-label') || focused.textContent || ''
  return { name, outline: `${outlineStyle} ${outlineWidth}` }
}

/** Texts of a picture that reach beyond it. */
function findOutside(texts: readonly Element[]): string[] {
  return texts.flatMap((text) => {
    const box = text.getBoundingClientRect()
    const frame = text.closest('svg')?.getBoundingClientRect() ?? box
    const isInside = box.left >= frame.left - 1 && box.right <= frame.right + 1
    return isInside ? [] : [text.textContent ?? '']
  })
}

/** Controls and regions without a name of their own. */
function findUnnamed(elements: readonly Element[]): string[] {
  return elements
    .filter((element) => {
      if (element instanceof HTMLInputElement || element instanceof HTMLSelectElement)
        return element.labels?.length !== 1
      const isStatus = element.getAttribute('role') === 'status'
      const name = element.getAttribute('aria-label') ?? element.textContent ?? ''
      return !isStatus && name.trim() === ''
    })
    .map(({ outerHTML }) => outerHTML)
}
