// What the page shows of each kind of answer, in a real browser.

import type { Locator } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { REGISTRY, REPOSITORY, TOKEN } from '../support/api.ts'
import { buildChain } from '../support/certificates.ts'
import { ATTESTATION, platformOf, pushIndex } from '../support/image-indexes.ts'
import { type Browser, describeChromium, type OpenPage, startChromium } from './chromium.ts'
import { bundleOfLevel, makeEnvelope, type PageWorld, startPageWorld } from './page-world.ts'

const REFERENCE = `${REGISTRY}/${REPOSITORY}`
const SIGNED_AT = new Date('2029-08-15T09:30:00Z')
const STAMPED = { signedAt: SIGNED_AT, stampedAt: '20290815093001Z' }
const EXPIRED = { signedAt: SIGNED_AT, expiresAt: new Date('2029-12-01T00:00:00Z') }
/** Markup, and a character that turns the text behind it. */
const HOSTILE = '"><img src=x onerror=alert(1)><script>alert(2)</script>\u202egnp'
const SHOWN = '"><img src=x onerror=alert(1)><script>alert(2)</script>\\u202egnp'

describeChromium('the page', (chromium) => {
  let browser: Browser
  let world: PageWorld
  /** The same for all visits, each of which loads the page anew. */
  let tab: OpenPage
  beforeAll(async () => {
    world = await startPageWorld({
      intercept: ({ url }) =>
        url.includes('/manifests/down') ? new Response('', { status: 503 }) : undefined,
    })
    browser = await startChromium(chromium)
    tab = await browser.open(`${world.url}/`)
  })
  afterAll(async () => {
    await browser?.close()
    await world?.close()
  })

  /** Opens the page, and when all is done holds it to its promises: no request elsewhere, no complaint. */
  async function visit(act: (open: OpenPage) => Promise<void>, fragment = ''): Promise<void> {
    await tab.reopen(`${world.url}/${fragment}`)
    await act(tab)
    expect(tab.complaints.filter((text) => !text.startsWith('Failed to load resource'))).toEqual([])
    expect(tab.requests.filter((url) => !url.startsWith(`${world.url}/`))).toEqual([])
  }

  async function ask({ page }: OpenPage, reference: string): Promise<string> {
    await page.getByLabel('Artifact reference').fill(reference)
    await page.getByRole('button', { name: 'Verify' }).click()
    return textOf(page.locator('.banner'))
  }

  test('shows a verified artifact: statement, checks, chains in time', async () => {
    const image = await world.push('verified', [STAMPED, EXPIRED])
    await visit(async (open) => {
      const { page } = open
      expect(await ask(open, image.reference)).toBe(
        'Verified 1 of 2 signatures satisfies the trust policy; one is enough.',
      )
      expect(await page.locator('.decision').innerText()).toContain('production-images')
      expect(await page.locator('.decision').innerText()).toContain(image.digest)
      const [first, second] = await page.getByRole('article').all()
      const checks = (await first?.getByRole('listitem').allInnerTexts()) ?? []
      expect(checks.map((text) => text.replaceAll(/\s+/g, ' '))).toEqual(
        ['Integrity', 'Authenticity', 'Expiry', 'Authentic timestamp', 'Revocation'].map((name) =>
          expect.stringMatching(new RegExp(`^${name} passed .* enforced$`)),
        ),
      )
      expect(second && (await textOf(second))).toMatch(
        /^Signature 2 of 2 Rejected .* Expiry failed .* signature-expired /,
      )
      const picture = first?.getByRole('img')
      expect(await picture?.getAttribute('aria-label')).toBe(
        'Time line. Acme Container Signing is valid from 2029-03-01 until 2032-02-29. Signed (claimed): 2029-08-15 09:30:00 UTC. Timestamped: 2029-08-15 09:30:00 UTC. Now: 2030-01-02 03:04:05 UTC. The table below has all of it.',
      )
      expect(await picture?.locator('.bar').count()).toBe(6)
      await first?.getByText('Moments and certificates as a table').click()
      expect(await first?.getByRole('row').count()).toBe(4 + 4 + 4)
    })
  })

  test('rejects with the reason of each signature', async () => {
    const image = await world.push('rejected', [EXPIRED, { chain: buildChain() }])
    await visit(async (open) => {
      expect(await ask(open, image.reference)).toMatch(
        /^Rejected signature verification failed .* signatures-rejected$/i,
      )
      const reasons = await open.page.locator('.signature .reason').allInnerTexts()
      expect(reasons).toEqual([
        expect.stringMatching(/expired on .*\ssignature-expired$/),
        expect.stringMatching(/does not contain any trusted certificate\schain-untrusted$/),
      ])
      expect(await open.page.getByText('Claims to be by').count()).toBe(1)
    })
    const none = await world.push('unsigned', [])
    await visit(async (open) => {
      expect(await ask(open, none.reference)).toMatch(/^Rejected .* signature-missing$/)
    })
  })

  test('keeps apart what could not be decided', async () => {
    await visit(async (open) => {
      expect(await ask(open, `${REFERENCE}:down`)).toBe(
        'Inconclusive Neither verified nor rejected. Cannot use the registry: it cannot be reached; try again later registry-unavailable',
      )
      expect(await open.page.getByText(/^(Verified|Rejected)$/).count()).toBe(0)
    })
  })

  test('shows a verdict without its picture where only that cannot be had', async () => {
    const image = await world.push('blind', [STAMPED])
    await visit(async (open) => {
      await open.page.route('**/v1/inspect', (route) =>
        route.fulfill({ status: 503, json: { code: 'registry-throttled', detail: 'Too much.' } }),
      )
      expect(await ask(open, image.reference)).toBe(
        'Verified Its signature satisfies the trust policy.',
      )
      expect(await textOf(open.page.locator('.blind'))).toBe(
        'There is no time line, because the signatures could not be inspected. Too much. registry-throttled',
      )
    })
  })

  test('says that the server is away, or answers with no JSON', async () => {
    await visit(async (open) => {
      await open.page.route('**/v1/verify', (route) =>
        route.fulfill({ status: 502, body: '<html>' }),
      )
      expect(await ask(open, 'a/b:v1')).toMatch(/^Inconclusive .*server-unreachable$/)
      await open.page.route('**/v1/verify', (route) => route.abort())
      expect(await ask(open, 'a/b:v2')).toMatch(/^Inconclusive .*server-unreachable$/)
    })
  })

  test('shows the images of an index, and the picture of each that is opened', async () => {
    const children = [
      { ...(await world.push('amd64', [STAMPED])), ...platformOf('linux/amd64') },
      { ...(await world.push('arm64', [])), ...platformOf('linux/arm64') },
      { ...(await world.push('attestation', [])), ...ATTESTATION },
    ]
    const index = await pushIndex(world.api, children)
    await visit(async (open) => {
      const { page } = open
      await page.getByText('Options').click()
      await page.getByLabel('Of an image index, verify').selectOption('each of its images')
      expect(await ask(open, index.reference)).toMatch(/^Rejected .* children-rejected$/)
      const shown = page.locator('.children')
      expect(await textOf(shown)).toMatch(
        /^Images of the index: 2 Verified linux\/amd64 Rejected linux\/arm64 Left out, because it is an attestation, no image: unknown\/unknown sha256:/,
      )
      await shown.getByText('linux/amd64').click()
      await shown.getByRole('img').waitFor()
      await shown.getByText('linux/arm64').click()
      await shown.getByText('signature-missing').waitFor()
      expect(await shown.getByRole('article').count()).toBe(1)
    })
  })

  test('says so where the policy skips verification', async () => {
    const skipping = await startPageWorld({ trustBundle: await bundleOfLevel('skip') })
    const image = await skipping.push('v1', [])
    const open = await browser.open(`${skipping.url}/`)
    expect(await ask(open, image.reference)).toMatch(/^Not looked at The policy accepts/)
    await open.close()
    await skipping.close()
  })

  test('takes a token where one is needed, and keeps it nowhere', async () => {
    await visit(async (open) => {
      const { page } = open
      const closed = `${REGISTRY}/team/closed:v1`
      expect(await ask(open, closed)).toMatch(/^Inconclusive .*caller-unauthenticated$/)
      const sent: (readonly [path: string, authorization: string | undefined])[] = []
      page.on('request', (request) => {
        const path = new URL(request.url()).pathname
        // The browser fetches its icon when it likes.
        if (!path.endsWith('.svg')) sent.push([path, request.headers().authorization])
      })
      await page.getByLabel('Bearer token').fill(TOKEN)
      await page.keyboard.press('Enter')
      await page.getByText('artifact-unknown', { exact: true }).waitFor()
      expect(sent).toEqual([['/v1/verify', `Bearer ${TOKEN}`]])
      const kept = await page.evaluate(() =>
        JSON.stringify([
          location.href,
          document.cookie,
          { ...localStorage },
          { ...sessionStorage },
        ]),
      )
      expect(kept).not.toContain(TOKEN)
      await page.reload()
      expect(await page.getByLabel('Bearer token').inputValue()).toBe('')
    })
  })

  test('shows hostile text as text', async () => {
    const subject = [
      ['C', 'US'],
      ['ST', 'Utah'],
      ['O', HOSTILE],
      ['CN', HOSTILE],
    ] as const
    const chain = buildChain({ leaf: { subject } })
    const image = await world.push('hostile', [{ chain, annotations: { [HOSTILE]: HOSTILE } }])
    await visit(
      async (open) => {
        const { page } = open
        expect(await ask(open, image.reference)).toMatch(/^Rejected/)
        for (const summary of await page.locator('#result summary').all()) await summary.click()
        const text = await page.locator('#result').innerText()
        expect(text).toContain(`Metadata ${SHOWN}`)
        expect(text).not.toContain('\u202e')
        expect(await page.locator('svg .name').first().textContent()).toContain('"><img src=x')
        expect(await page.locator('#result img[src], #result script').count()).toBe(0)
        expect(await ask(open, HOSTILE)).toMatch(/^Inconclusive .*reference-invalid$/)
      },
      `#reference=${encodeURIComponent(HOSTILE)}`,
    )
  })

  test('tells of a dropped envelope, and verifies it by the repository', async () => {
    const image = await world.push('by-envelope', [])
    const base64 = Buffer.from(makeEnvelope(image, STAMPED)).toString('base64')
    await visit(async (open) => {
      const { page } = open
      const asked = world.api.asked.length
      const transfer = await page.evaluateHandle((text) => {
        const data = new DataTransfer()
        const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
        data.items.add(new File([bytes], 'app.jws'))
        return data
      }, base64)
      await page.dispatchEvent('#drop', 'drop', { dataTransfer: transfer })
      expect(await textOf(page.locator('.banner'))).toMatch(/^Not verified yet /)
      expect(await page.getByLabel('Or a signature envelope').evaluate(fileNameOf)).toBe('app.jws')
      const repository = page.getByLabel('Repository of the artifact')
      await page.getByRole('button', { name: 'Verify' }).click()
      await page.getByText('Cannot verify: the reference is missing').waitFor()
      await repository.fill(image.reference)
      await page.keyboard.press('Enter')
      await page.getByText('Cannot verify an envelope by a tag').waitFor()
      await repository.fill(REFERENCE)
      await page.keyboard.press('Enter')
      await page.getByRole('heading', { name: 'Verified', exact: true }).waitFor()
      expect(world.api.asked.length).toBe(asked)
      await page.getByRole('button', { name: 'Remove' }).click()
      expect(await page.getByLabel('Artifact reference').count()).toBe(1)
      expect(await page.locator('.banner').count()).toBe(0)
    })
  })

  test('shows the answer to the last question, and no old one meanwhile', async () => {
    const image = await world.push('overtaken', [STAMPED])
    await visit(async (open) => {
      const { page } = open
      expect(await ask(open, image.reference)).toMatch(/^Verified/)
      const { promise: held, resolve: release } = Promise.withResolvers<void>()
      await page.route('**/v1/verify', async (route) => {
        if (route.request().postData()?.includes('slow')) await held
        await route.continue()
      })
      await page.getByLabel('Artifact reference').fill(`${REFERENCE}:slow`)
      await page.keyboard.press('Enter')
      await page.getByText('Verifying …').waitFor()
      expect(await page.locator('.banner').count()).toBe(0)
      expect(await ask(open, image.reference)).toMatch(/^Verified/)
      const answered = page.waitForResponse('**/v1/verify')
      release()
      await (await answered).finished()
      expect(await textOf(page.locator('.banner'))).toMatch(/^Verified/)
    })
  })

  test('verifies the file that is shown, not one that was read late', async () => {
    const image = await world.push('late', [])
    const fileOf = (name: string, options: Parameters<typeof makeEnvelope>[1]) => ({
      name,
      mimeType: 'application/jose+json',
      buffer: Buffer.from(makeEnvelope(image, options)),
    })
    await visit(async (open) => {
      const { page } = open
      const { promise: held, resolve: release } = Promise.withResolvers<void>()
      let inspections = 0
      await page.route('**/v1/inspect', async (route) => {
        inspections += 1
        if (inspections === 1) await held
        await route.continue()
      })
      await page.setInputFiles('#envelope', fileOf('late.jws', STAMPED))
      await page.setInputFiles('#envelope', fileOf('shown.jws', EXPIRED))
      await page.getByText('Not verified yet').first().waitFor()
      const answered = page.waitForResponse('**/v1/inspect')
      release()
      await (await answered).finished()
      await page.getByLabel('Repository of the artifact').fill(REFERENCE)
      await page.keyboard.press('Enter')
      await page.getByText('signature-expired', { exact: true }).waitFor()
    })
  })

  test('says that a file is no envelope', async () => {
    await visit(async ({ page }) => {
      const choose = (buffer: Buffer) =>
        page.setInputFiles('#envelope', { name: 'a.txt', mimeType: 'text/plain', buffer })
      await choose(Buffer.from('hello'))
      expect(await textOf(page.locator('.banner'))).toMatch(/^Unreadable /)
      expect(await page.locator('.signature .reason').innerText()).toContain('envelope-malformed')
      await choose(Buffer.alloc(0))
      await page.getByText('Cannot use the file: it is empty').waitFor()
    })
  })

  test('a link fills the field and asks nothing; a question makes the link', async () => {
    const image = await world.push('linked', [STAMPED])
    await visit(
      async (open) => {
        const { page } = open
        expect(await page.getByLabel('Artifact reference').inputValue()).toBe(image.reference)
        expect(open.requests.filter((url) => url.includes('/v1/'))).toEqual([])
        const asked = `${REFERENCE}@${image.digest}`
        expect(await ask(open, asked)).toMatch(/^Verified/)
        expect(page.url()).toBe(`${world.url}/#reference=${encodeURIComponent(asked)}`)
      },
      `#reference=${encodeURIComponent(image.reference)}`,
    )
  })

  test('gives the answer as JSON to copy', async () => {
    const image = await world.push('copied', [STAMPED])
    await visit(async (open) => {
      const { page } = open
      await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
      await ask(open, image.reference)
      await page.getByText('Answer as JSON').click()
      await page.getByRole('button', { name: 'Copy' }).click()
      await page.getByRole('button', { name: 'Copied' }).waitFor()
      const copied = await page.evaluate(() => navigator.clipboard.readText())
      expect(JSON.parse(copied)).toMatchObject({ verified: true, policy: { level: 'strict' } })
    })
  })

  test('is under a policy that the browser enforces', async () => {
    const open = await browser.open(`${world.url}/`)
    const refused = await open.page.evaluate(async () => {
      const attempt = async (act: () => unknown): Promise<string> => {
        try {
          await act()
          return 'done'
        } catch (error) {
          return error instanceof Error ? error.name : 'refused'
        }
      }
      return [
        await attempt(() => document.body.insertAdjacentHTML('beforeend', '<b>markup</b>')),
        await attempt(() => fetch('http://127.0.0.1:1/')),
      ]
    })
    expect(refused).toEqual(['TypeError', 'TypeError'])
    expect(open.complaints).toEqual(
      expect.arrayContaining([
        expect.stringContaining("requires 'TrustedHTML'"),
        expect.stringContaining(
          'violates the following Content Security Policy directive: "connect-src \'self\'"',
        ),
      ]),
    )
    expect(open.requests.filter((url) => !url.startsWith(world.url))).toEqual([])
    await open.close()
  })
})

/** Its text in one line. */
async function textOf(locator: Locator): Promise<string> {
  return (await locator.innerText()).replaceAll(/\s+/g, ' ')
}

function fileNameOf(input: Element): string | undefined {
  return input instanceof HTMLInputElement ? input.files?.[0]?.name : undefined
}
