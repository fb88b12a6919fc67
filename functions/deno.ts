// Entry of the API on Deno.

import { denoRuntime } from './deno/runtime.ts'
import { runServer } from './server/run.ts'

await runServer(denoRuntime)
