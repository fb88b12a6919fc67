// The reference page in Chromium: it shows all of the document, loads nothing from elsewhere, is legible.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BrowserContextOptions } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { DESCRIBED_OPERATIONS, pathOf } from '../../functions/openapi/described-operations.ts'
import { createOpenApiDocument } from '../../functions/openapi/document.ts'
import { type OperationName, PROBLEMS } from '../../functions/openapi/problems.ts'
import { type Browser, describeChromium, startChromium } from './chromium.ts'
import { findFaintTexts } from './contrast.ts'
import { type PageWorld, startPageWorld } from './page-world.ts'

/** Where the pictures go, for people to look at. */
const PICTURES = join(import.meta.dirname, '..', '..', 'results', 'page')
/** WCAG 2.2, 1.4.3: text of ordinary size. */
const LEAST_CONTRAST = 4.5
const SCREENS = {
  'docs-desktop-light': { viewport: { width: 1280, height: 900 }, colorScheme: 'light' },
  'docs-narrow-dark': { viewport: { width: 360, height: 740 }, colorScheme: 'dark' },
} as const satisfies Readonly<Record<string, BrowserContextOptions>>

describeChromium('the reference page', (chromium) => {
  let browser: Browser
  let world: PageWorld
  beforeAll(async () => {
    world = await startPageWorld()
    browser = await startChromium(chromium)
    mkdirSync(PICTURES, { recursive: true })
  })
  afterAll(async () => {
    await browser?.close()
    await world?.close()
  })

  test('is where the page for people leads', async () => {
    const { page, close } = await browser.open(world.url)
    await page.getByRole('link', { name: 'over HTTP' }).click()
    await page.waitForURL(`${world.url}/docs`)
    await page.locator('section#verify').waitFor()
    await close()
  })

  test('shows every operation with its members, codes and an example', async () => {
    const { page, requests, complaints, close } = await browser.open(`${world.url}/docs`)
    await page.locator('#problem').waitFor()
    const document = JSON.parse(JSON.stringify(createOpenApiDocument()))
    for (const [name, described] of Object.entries(DESCRIBED_OPERATIONS)) {
      const { summary, description, pathParameters = [] } = described
      const shown = page.locator(`section#${name}`)
      const text = (await shown.textContent()) ?? ''
      expect(await shown.getByRole('heading', { level: 2 }).innerText()).toBe(summary)
      expect(text).toContain(description)
      const path = pathOf(name as OperationName)
      const called = pathParameters.reduce(
        (filled, parameter) => filled.replace(`{${parameter.name}}`, parameter.example),
        path,
      )
      expect(text).toContain(`'${world.url}${called}`)
      const codes = await shown.locator('.problems code').allTextContents()
      expect(codes.toSorted()).toEqual([...PROBLEMS[name as keyof typeof PROBLEMS]].toSorted())
      const names = new Set(await shown.locator('.name').allTextContents())
      const values = await shown.locator('.codes code, .meanings dt').allTextContents()
      const wanted = collectFrom(document.paths[path])
      expect(wanted.names.filter((one) => !names.has(one))).toEqual([])
      expect(wanted.values.filter((one) => !values.includes(one))).toEqual([])
      expect(wanted.names.length).toBeGreaterThan(1)
    }
    const all = await page.locator('#problem .codes code').allTextContents()
    expect(all).toEqual(document.components.schemas.Problem.properties.code.enum)
    expect(requests.filter((url) => !url.startsWith(`${world.url}/`))).toEqual([])
    expect(complaints).toEqual([])
    await close()
  })

  test.each(Object.entries(SCREENS))('is legible and fits: %s', async (name, options) => {
    const { page, complaints, close } = await browser.open(`${world.url}/docs`, options)
    await page.locator('#problem').waitFor()
    writeFileSync(join(PICTURES, `${name}.png`), await page.screenshot({ fullPage: true }))
    expect(await page.evaluate(findFaintTexts, LEAST_CONTRAST)).toEqual([])
    const { wide, wanted } = await page.evaluate(() => ({
      wide: document.documentElement.scrollWidth,
      wanted: document.documentElement.clientWidth,
    }))
    expect(wide).toBe(wanted)
    expect(complaints).toEqual([])
    await close()
  })

  test('goes to what its address names, and by keyboard to each operation', async () => {
    const { page, close } = await browser.open(`${world.url}/docs#verify-blob`)
    const heading = page.getByRole('heading', { name: DESCRIBED_OPERATIONS['verify-blob'].summary })
    await heading.waitFor()
    await expect
      .poll(() => heading.evaluate((found) => found.getBoundingClientRect().top < 200))
      .toBe(true)
    await page.locator('#contents a').first().focus()
    const visited: string[] = []
    for (const _ of Object.keys(DESCRIBED_OPERATIONS)) {
      visited.push(await page.evaluate(() => document.activeElement?.getAttribute('href') ?? ''))
      await page.keyboard.press('Tab')
    }
    expect(visited).toEqual(Object.keys(DESCRIBED_OPERATIONS).map((name) => `#${name}`))
    const ids = await page.locator('[id]').evaluateAll((all) => all.map(({ id }) => id))
    expect(new Set(ids).size).toBe(ids.length)
    await close()
  })

  test('shows what a document says as text', async () => {
    const { page, complaints, reopen, close } = await browser.open(`${world.url}/livez`)
    const hostile = '<img src=x onerror=alert(1)>'
    await reopen('about:blank')
    await page.route('**/openapi.json', (route) =>
      route.fulfill({
        json: JSON.parse(
          JSON.stringify(createOpenApiDocument()).replaceAll('Describe a key', hostile),
        ),
      }),
    )
    await page.goto(`${world.url}/docs`)
    await page.getByRole('heading', { name: hostile }).waitFor()
    expect(await page.locator('img').count()).toBe(0)
    expect(complaints).toEqual([])
    await close()
  })

  test('says that the document cannot be had', async () => {
    const { page, reopen, close } = await browser.open('about:blank')
    await reopen('about:blank')
    await page.route('**/openapi.json', (route) => route.fulfill({ status: 502, body: '' }))
    await page.goto(`${world.url}/docs`)
    await page.getByText('Cannot show the reference: the server answered 502').waitFor()
    await close()
  })
})

/** Names of members and enumerated values, however deep, of what is sent and of what is answered with 2xx. */
function collectFrom(methods: Readonly<Record<string, Record<string, unknown>>>): {
  readonly names: readonly string[]
  readonly values: readonly string[]
} {
  const names: string[] = []
  const values: string[] = []
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return
    for (const [key, value] of Object.entries(node)) {
      if (key === 'example') continue
      if (key === 'properties') names.push(...Object.keys(value))
      if (key === 'enum') values.push(...value)
      visit(value)
    }
  }
  for (const { requestBody, responses } of Object.values(methods)) {
    visit(requestBody)
    for (const [status, answer] of Object.entries(responses as Readonly<Record<string, unknown>>))
      if (status.startsWith('2')) visit(answer)
  }
  return { names, values }
}
