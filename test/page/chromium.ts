// Drives the system's Chromium: what a page asked for, what its policy refused, what it logged.

import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import {
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from 'playwright-core'
import { describe, expect, it } from 'vitest'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome']
/** Nothing that the browser would do of its own accord: no update, no account, no look for a newer protocol. */
const QUIET = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** A browser with an empty profile of its own. */
export interface Browser {
  /** Opens a page. */
  open(url: string, options?: BrowserContextOptions): Promise<OpenPage>
  close(): Promise<void>
}

/** A page, and what came to pass in it. */
export interface OpenPage {
  readonly page: Page
  /** URLs of all requests, of the page and of whatever it made the browser do. */
  readonly requests: readonly string[]
  /** What the console has as errors, violations of the page's policy among them; script errors and dialogs. */
  readonly complaints: readonly string[]
  /** Loads a page anew in the same window, which costs less than another, and forgets what came to pass. */
  reopen(url: string): Promise<void>
  close(): Promise<void>
}

/** The system's Chromium, if it has one. */
export function findChromium(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter)
  return folders
    .flatMap((folder) => NAMES.map((name) => join(folder, name)))
    .find((path) => existsSync(path))
}

/** Describes tests that need Chromium; without it one line says that they are left out, or they fail where peers are required. */
export function describeChromium(title: string, body: (path: string) => void): void {
  const path = findChromium()
  if (path !== undefined) {
    describe(title, () => body(path))
    return
  }
  const reason = `${title}: needs chromium on PATH; on Debian "apt-get install chromium" brings it`
  if (process.env.REQUIRE_PEERS === '1') {
    it(title, () => expect.fail(reason))
    return
  }
  process.stderr.write(`Skipped ${reason}\n`)
  describe.skip(title, () => it('needs chromium', () => {}))
}

/** Starts it. */
export async function startChromium(executablePath: string): Promise<Browser> {
  const profile = await mkdtemp(join(tmpdir(), 'chromium-'))
  const browser = await chromium.launch({
    executablePath,
    args: QUIET,
    env: { ...process.env, HOME: profile, XDG_CONFIG_HOME: profile },
  })
  return {
    async open(url, options) {
      const context = await browser.newContext(options)
      return openPage(context, url)
    },
    async close() {
      await browser.close()
      await rm(profile, { recursive: true, force: true })
    },
  }
}

async function openPage(context: BrowserContext, url: string): Promise<OpenPage> {
  const requests: string[] = []
  const complaints: string[] = []
  context.on('request', (request) => requests.push(request.url()))
  const page = await context.newPage()
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
  const reopen = async (next: string): Promise<void> => {
    await page.unrouteAll()
    // Else another fragment alone would load nothing.
    await page.goto('about:blank')
    requests.length = 0
    complaints.length = 0
    // By then its modules have run.
    await page.goto(next, { waitUntil: 'domcontentloaded' })
  }
  await reopen(url)
  return { page, requests, complaints, reopen, close: () => context.close() }
}
