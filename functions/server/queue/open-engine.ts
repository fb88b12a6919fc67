// Opens the signing engine where the settings say. Its libraries are loaded only then: a server that verifies
// starts without them.

import type { EngineHandlers } from '../../signing/engine.ts'
import type { Database } from './database.ts'
import type { RunningEngine } from './pg-boss-engine.ts'
import type { QueuePlace } from './queue-settings.ts'

/**
 * Opens an engine; it performs nothing before it is started.
 *
 * @throws {NotationError} `configuration-invalid` when the folder is in use, or PostgreSQL cannot be reached
 */
export async function openEngine(
  place: QueuePlace,
  handlers: EngineHandlers & { readonly concurrency: number },
): Promise<RunningEngine> {
  const { createPgBossEngine } = await import('./pg-boss-engine.ts')
  const database = await openDatabase(place)
  try {
    return await createPgBossEngine({ ...handlers, database })
  } catch (error) {
    await database.close()
    throw error
  }
}

async function openDatabase(place: QueuePlace): Promise<Database> {
  if (place.kind === 'folder') {
    const { openPgliteDatabase } = await import('./pglite-database.ts')
    return openPgliteDatabase(place.folder)
  }
  const { openPostgresDatabase } = await import('./postgres-database.ts')
  return openPostgresDatabase(place.url)
}
