import { expect, it } from 'vitest'
import {
  createRepositoryMemory,
  REPOSITORY_MEMORY_MS,
} from '../../../shared/registry/repository-memory.ts'

it('createRepositoryMemory() keeps what was learnt of each repository', () => {
  const memory = createRepositoryMemory(() => new Date(0))
  memory('a').hasReferrersApi = false
  memory('b').hasEmptyConfig = true

  expect(memory('a')).toMatchObject({ hasReferrersApi: false, hasEmptyConfig: false })
  expect(memory('b')).toMatchObject({ hasReferrersApi: undefined, hasEmptyConfig: true })
})

it('createRepositoryMemory() forgets after its time, so that an upgraded registry is asked again', () => {
  let nowMs = 0
  const memory = createRepositoryMemory(() => new Date(nowMs))
  memory('a').hasReferrersApi = false

  nowMs = REPOSITORY_MEMORY_MS - 1
  expect(memory('a').hasReferrersApi).toBe(false)
  nowMs = REPOSITORY_MEMORY_MS
  expect(memory('a').hasReferrersApi).toBeUndefined()
})

it('createRepositoryMemory() is bounded: it forgets what it met first', () => {
  const memory = createRepositoryMemory(() => new Date(0))
  memory('first').hasEmptyConfig = true
  memory('second').hasEmptyConfig = true
  for (let i = 0; i < 9999; i++) memory(`r${i}`)

  expect(memory('second').hasEmptyConfig).toBe(true)
  expect(memory('first').hasEmptyConfig).toBe(false)
})
