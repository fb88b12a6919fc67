import { expect, it } from 'vitest'
import { cose, longChain, policy, rootOf } from '../corpus/definition.ts'
import { makeCose, TARGET_ARTIFACT } from '../support/envelopes.ts'
import { askJudge, openJudge } from '../support/judge.ts'
import { describePeers } from '../support/peers.ts'

const chain = longChain()
const bundle = { trustPolicy: policy(), trustStores: { 'ca:acme': [rootOf(chain)] } }
const asked = {
  reference: `reg.io/app@${TARGET_ARTIFACT.digest}`,
  descriptor: TARGET_ARTIFACT,
  ...cose(makeCose({ chain })),
}

describePeers('the judge', ['judge'], ({ judge: binary }) => {
  it('answers in order, with the bundle that a line before has named', async () => {
    const named = { id: 'first', bundleId: 'b', bundle, ...asked }
    const others = Array.from({ length: 600 }, (_, index) => ({
      id: String(index),
      bundleId: 'b',
      ...asked,
    }))
    const answers = await askJudge(binary, [named, ...others])
    expect(answers.map(({ id }) => id)).toEqual(['first', ...others.map(({ id }) => id)])
    expect(answers.every(({ error, level }) => error === null && level === 'strict')).toBe(true)
  })

  it('tells what it refuses from what it rejects', async () => {
    const judge = openJudge(binary)
    const refusedPolicy = { ...bundle, trustPolicy: { version: '2' } }
    expect(await judge.ask({ id: '1', bundle: refusedPolicy, ...asked })).toMatchObject({
      error: 'trust policy document uses unsupported version "2"',
      refused: true,
    })
    expect(await judge.ask({ id: '2', bundleId: 'unknown', ...asked })).toMatchObject({
      error: 'request: no bundle was named "unknown"',
      refused: true,
    })
    const answer = await judge.ask({ id: '3', bundle, ...asked, envelope: '' })
    expect(answer.error).toContain('unable to parse the digital signature')
    expect(answer.refused).toBeUndefined()
    await judge.close()
  })
})
