// Signing and verifying with the real CLI on olareg, which has the referrers API.

import { describePeers } from '../support/peers.ts'
import { startOlareg } from '../support/registries.ts'
import { testSigningMatrix } from './signing-matrix.ts'

describePeers('notation on olareg', ['notation', 'olareg'], ({ notation, olareg }) => {
  testSigningMatrix({
    notation,
    start: () => startOlareg(olareg),
    pushes: [['--force-referrers-tag=false']],
  })
})
