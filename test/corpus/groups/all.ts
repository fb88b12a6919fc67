// All definitions of the corpus, group by group.

import type { Definition } from '../definition.ts'
import { artifacts } from './artifacts.ts'
import { attributes } from './attributes.ts'
import { authorities } from './authorities.ts'
import { chains } from './chains.ts'
import { checks } from './checks.ts'
import { clocks } from './clocks.ts'
import { commandLine } from './command-line.ts'
import { envelopes } from './envelopes.ts'
import { installedPlugins } from './installed-plugins.ts'
import { levels } from './levels.ts'
import { policies, selections } from './policies.ts'
import { revocations } from './revocations.ts'
import { stores } from './stores.ts'
import { timestamps } from './timestamps.ts'
import { tokens } from './tokens.ts'

/** Makes every case anew. */
export async function makeDefinitions(): Promise<readonly Definition[]> {
  return [
    ...policies(),
    ...selections(),
    ...checks(),
    ...envelopes(),
    ...chains(),
    ...timestamps(),
    ...tokens(),
    ...revocations(),
    ...artifacts(),
    ...authorities(),
    ...clocks(),
    ...levels(),
    ...attributes(),
    ...installedPlugins(),
    ...stores(),
    ...(await commandLine()),
  ]
}
