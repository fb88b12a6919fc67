// The API's certificates: list with filters and paging, one by id.

import type { Context } from 'hono'
import { type ApiEnv, type Route, refuse } from './api-context.ts'
import type { Emulation } from './emulation.ts'
import type { Keypair, KeypairCertificate } from './keypair.ts'
import { parsePage } from './paging.ts'
import { resourceUnknown } from './refusals.ts'
import { certificateBody, pageBody } from './wire.ts'

/** Routes below the API's base path. */
export const CERTIFICATE_ROUTES: readonly Route[] = [
  {
    operation: 'list-certificates',
    method: 'GET',
    path: '/certificates',
    requirements: { permission: 'View certificate' },
    respond: listCertificates,
  },
  {
    operation: 'get-certificate',
    method: 'GET',
    path: '/certificates/:id',
    requirements: { permission: 'View certificate' },
    respond: showCertificate,
  },
]

interface Held {
  readonly certificate: KeypairCertificate
  readonly keypair: Keypair
}

/** Query parameters that narrow the list; unknown ones change nothing. `alias` is the certificate's. */
const FILTERS: Readonly<Record<string, (held: Held) => string>> = {
  id: ({ certificate }) => certificate.id,
  alias: ({ certificate }) => certificate.alias,
  certificate_status: ({ certificate }) => certificate.status,
}

function listCertificates(c: Context<ApiEnv>, emulation: Emulation): Response {
  const parsed = parsePage({ offset: c.req.query('offset'), limit: c.req.query('limit') })
  if ('refusal' in parsed) return refuse(c, parsed.refusal)
  const matches = certificatesOf(emulation).filter((held) =>
    Object.entries(FILTERS).every(([name, read]) => {
      const wanted = c.req.query(name)
      return wanted === undefined || wanted === read(held)
    }),
  )
  const { items, ...page } = pageBody(matches, parsed.page.offset, parsed.page.limit)
  const bodies = items.map((held) =>
    certificateBody(held.certificate, held.keypair, 'list', emulation),
  )
  return c.json({ ...page, items: bodies })
}

function showCertificate(c: Context<ApiEnv>, emulation: Emulation): Response {
  const id = c.req.param('id') ?? ''
  const held = certificatesOf(emulation).find(({ certificate }) => certificate.id === id)
  if (held === undefined) return refuse(c, resourceUnknown('certificate', id))
  return c.json(certificateBody(held.certificate, held.keypair, 'single', emulation))
}

function certificatesOf(emulation: Emulation): readonly Held[] {
  return emulation.store
    .keypairs(emulation.behaviour.profile)
    .flatMap((keypair) => keypair.certificates.map((certificate) => ({ certificate, keypair })))
}
