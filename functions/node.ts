// Entry of the API on Node.

import { nodeRuntime } from './node/runtime.ts'
import { runServer } from './server/run.ts'

await runServer(nodeRuntime)
