// Signing and verifying with the real CLI on the in-memory registry, which serves both ways of pushing.

import { startRegistry } from '../../demo/registry/start.ts'
import { describePeers } from '../support/peers.ts'
import { testSigningMatrix } from './signing-matrix.ts'

describePeers('notation on the in-memory registry', ['notation'], ({ notation }) => {
  testSigningMatrix({
    notation,
    start: startRegistry,
    pushes: [[], ['--force-referrers-tag=false']],
  })
})
