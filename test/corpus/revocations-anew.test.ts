// Revocation with nothing that lies in a file: authorities, certificates, OCSP responses and CRLs are made in this run,
// played to both verifiers, and judged at this moment. The emulator's responders, which answer request by request, are
// put to the CLI in test/interop/revocation.test.ts.

import { beforeAll, expect, it } from 'vitest'
import { describePeers } from '../support/peers.ts'
import type { Expected } from './corpus-case.ts'
import type { Definition } from './definition.ts'
import { revocations } from './groups/revocations.ts'
import { type JudgedAnswer, ourVerdict, referenceVerdicts } from './verdicts.ts'

describePeers('revocation, made in this run', ['judge'], ({ judge }) => {
  let definitions: readonly Definition[]
  let theirs: readonly (JudgedAnswer | null)[]
  let ours: readonly Expected[]
  beforeAll(async () => {
    definitions = revocations()
    theirs = await referenceVerdicts(judge, definitions)
    const at = new Date().toISOString()
    ours = await Promise.all(definitions.map((each) => ourVerdict({ ...each, at })))
  })

  it('gets from us the verdict that each case declares', () => {
    const wrong = definitions.flatMap(({ title, declared }, index) => {
      const { verdict, decidedBy, code } = ours[index] ?? {}
      const found = { verdict, ...(decidedBy && { decidedBy }), ...(code && { code }) }
      return JSON.stringify(found) === JSON.stringify(declared) ? [] : [{ title, declared, found }]
    })
    expect(wrong).toEqual([])
    expect(new Set(ours.map(({ code }) => code))).toEqual(
      new Set([undefined, 'certificate-revoked', 'revocation-unknown']),
    )
  })

  it('gets the same from notation-go, but where a difference is declared', () => {
    const wrong = definitions.flatMap(({ title, difference }, index) => {
      const isSame = theirs[index]?.verdict === ours[index]?.verdict
      return isSame === (difference === undefined) ? [] : [{ title, theirs: theirs[index] }]
    })
    expect(wrong).toEqual([])
    expect(definitions.length).toBeGreaterThan(150)
  })
})
