// Entry of the API on Cloudflare Workers: bindings → deps → application. It verifies; signing on Workers
// needs the mTLS binding to Software Trust Manager, which is not bound yet.

import { encodeUtf8 } from '../shared/bytes.ts'
import { parseJson } from '../shared/json.ts'
import { parseTrustBundle, type TrustBundle } from '../shared/policy/trust-bundle.ts'
import { webCrypto } from '../shared/web-crypto.ts'
import { createApp } from './app.ts'
import { type Configuration, EMPTY_CONFIGURATION, parseConfiguration } from './configuration.ts'

/** Bindings of wrangler.toml. */
export interface Bindings {
  /** Holds the trust bundle under TRUST_BUNDLE_KEY. */
  readonly TRUST: { get(key: string): Promise<string | null> }
  /** The CONFIG document, as text; a secret where it holds registry passwords. */
  readonly CONFIG?: string
}

/** Where the trust bundle lies in the namespace TRUST. */
export const TRUST_BUNDLE_KEY = 'trust-bundle'

export default {
  async fetch(request: Request, bindings: Bindings): Promise<Response> {
    const app = createApp({
      configuration: configurationOf(bindings),
      trustBundle: await trustBundleOf(bindings),
      createSigner: undefined,
      fetch: (input, init) => fetch(input, init),
      crypto: webCrypto,
      now: () => new Date(),
      audit: (entry) => console.log(JSON.stringify(entry)),
      listensOnLoopback: false,
    })
    return app.fetch(request)
  },
}

function configurationOf({ CONFIG }: Bindings): Configuration {
  return CONFIG === undefined ? EMPTY_CONFIGURATION : parseConfiguration(encodeUtf8(CONFIG))
}

async function trustBundleOf({ TRUST }: Bindings): Promise<TrustBundle | undefined> {
  const text = await TRUST.get(TRUST_BUNDLE_KEY)
  return text === null ? undefined : parseTrustBundle(parseJson(text), webCrypto)
}
