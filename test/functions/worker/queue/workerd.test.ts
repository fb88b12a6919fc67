import { expect, it } from 'vitest'
import { lookAt, subjectOf } from '../../../signing-engine/subjects.ts'
import { describeEngine, until } from '../../../signing-engine/suite.ts'
import { createEngineInWorkerd } from './engine-in-workerd.ts'

describeEngine('Workers', createEngineInWorkerd)

it('a task that its sender was cut off from sending keeps the next of its kind not away', async () => {
  let performed = 0
  const { engine, abandon, close } = await createEngineInWorkerd({
    actor: () => Promise.reject(new Error('nobody asks')),
    perform: async () => {
      performed += 1
      return { kind: 'settled', followUps: [] }
    },
  })
  try {
    const task = lookAt(subjectOf(1))
    await abandon([{ task }])
    expect(await engine.depth()).toMatchObject({ queued: 1 })
    await engine.enqueue([{ task }])

    await until(async () => (await engine.depth()).queued + (await engine.depth()).active === 0)
    expect(performed).toBe(1)
  } finally {
    await close()
  }
})
