import { describeEngine } from '../../../signing-engine/suite.ts'
import { createEngineInWorkerd } from './engine-in-workerd.ts'

describeEngine('Workers', createEngineInWorkerd)
