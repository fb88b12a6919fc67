// The files of the page for people and of the reference, and how they are served: static, to anyone, under a policy that lets the
// page load nothing from elsewhere and run no script but its own.

import { toHex } from '../../shared/bytes.ts'
import type { Crypto } from '../../shared/crypto.ts'

/** A file's bytes, and where the platform does not compress answers by itself the same compressed. */
export interface PageContent {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly gzip?: Uint8Array<ArrayBuffer>
}

/** Gives a file of `functions/page/site/`. Nothing is asked for but what PAGE_FILES names. */
export type ReadPageFile = (name: string) => Promise<PageContent>

/** A file of the page. */
export interface PageFile {
  readonly path: string
  /** In `functions/page/site/`. */
  readonly name: string
  readonly mediaType: string
}

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
}

/** All of them: what is not named here is not served. The first is the page itself. */
export const PAGE_FILES: readonly PageFile[] = [
  pageFile('/', 'page.html'),
  pageFile('/docs', 'docs.html'),
  ...[
    'page.css',
    'icon.svg',
    'main.js',
    'api-client.js',
    'elements.js',
    'question.js',
    'children-view.js',
    'result-view.js',
    'signature-view.js',
    'signature-words.js',
    'history.js',
    'time-scale.js',
    'time-line.js',
    'docs.css',
    'docs.js',
    'docs-schema.js',
  ].map((name) => pageFile(`/page/${name}`, name)),
]

/**
 * No inline script or style, nothing from another host, no form that is sent, no frame around the page; and the
 * browser itself refuses to read text as markup (`trusted-types`), should the page ever try.
 */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ')

const HEADERS = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  // Kept, but asked for again each time, so that all files are of one version.
  'cache-control': 'no-cache',
  vary: 'accept-encoding',
} as const

/** Answers GET and HEAD of a file: 304 where the client has it. */
export async function answerPageFile(
  { name, mediaType }: PageFile,
  request: Request,
  readPageFile: ReadPageFile,
  crypto: Crypto,
): Promise<Response> {
  const { bytes, gzip } = await readPageFile(name)
  // Weak: it is the same for the compressed form.
  const etag = `W/"${toHex(await crypto.digest('SHA-256', bytes))}"`
  const headers = { ...HEADERS, etag }
  if (request.headers.get('if-none-match')?.includes(etag) === true)
    return new Response(null, { status: 304, headers })
  const content = { ...headers, 'content-type': mediaType }
  if (gzip === undefined || !request.headers.get('accept-encoding')?.includes('gzip'))
    return new Response(bytes, { headers: content })
  return new Response(gzip, { headers: { ...content, 'content-encoding': 'gzip' } })
}

function pageFile(path: string, name: string): PageFile {
  const extension = name.slice(name.lastIndexOf('.') + 1)
  return { path, name, mediaType: MEDIA_TYPES[extension] ?? 'application/octet-stream' }
}
