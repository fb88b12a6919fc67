// Signing and verifying with the real CLI on CNCF Distribution, which has no referrers API.

import { describePeers } from '../support/peers.ts'
import { startDistribution } from '../support/registries.ts'
import { testSigningMatrix } from './signing-matrix.ts'

describePeers(
  'notation on Distribution',
  ['notation', 'distribution'],
  ({ notation, distribution }) => {
    testSigningMatrix({ notation, start: () => startDistribution(distribution), pushes: [[]] })
  },
)
