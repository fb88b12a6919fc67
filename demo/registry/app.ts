// An OCI registry in memory as a Hono app: for the demonstration and for tests. No users, no access
// control, no storage, no garbage collection: no product (README.md beside this file).

import { Hono } from 'hono'
import { addBlobRoutes } from './blobs.ts'
import { addManifestRoutes, type PushedManifest } from './manifests.ts'
import { errorResponse, OciError } from './oci-error.ts'
import { addReferrersRoute } from './referrers.ts'
import { createStore } from './store.ts'
import { addUploadRoutes } from './uploads.ts'

/** What the registry does. */
export interface RegistryOptions {
  /** Whether it has the referrers API, as OCI 1.1 has it; without, clients fall back to the tag schema. Default true. */
  readonly referrersApi?: boolean
  /** Told of each manifest that was pushed, as it is answered. */
  readonly onPush?: (pushed: PushedManifest) => void
  /** Room for all content together. Default 512 MiB. */
  readonly capacityBytes?: number
}

const DEFAULT_CAPACITY_BYTES = 512 * 1024 * 1024
/** Repository names of the OCI distribution specification §Pulling manifests; 255 bounds name and host together. */
const NAME = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/
const MAX_NAME_CHARACTERS = 255
const REPOSITORY_PATH = /^\/v2\/(.+)\/(?:blobs|manifests|tags|referrers)\//

/** A registry with nothing in it. */
export function createRegistryApp(options: RegistryOptions = {}): Hono {
  const { referrersApi = true, capacityBytes = DEFAULT_CAPACITY_BYTES, onPush } = options
  const store = createStore(capacityBytes)
  const app = new Hono()
  app.onError((error) => {
    if (error instanceof OciError) return errorResponse(error)
    throw error
  })
  app.notFound(() => errorResponse(new OciError(404, 'UNSUPPORTED', 'no such route')))
  app.get('/v2/', (c) => c.json({}))
  app.use('/v2/*', (c, next) => {
    const [, name = ''] = REPOSITORY_PATH.exec(c.req.path) ?? []
    if (name === '' || (NAME.test(name) && name.length <= MAX_NAME_CHARACTERS)) return next()
    throw new OciError(400, 'NAME_INVALID', 'no repository has such a name')
  })
  addUploadRoutes(app, store)
  addBlobRoutes(app, store)
  addManifestRoutes(app, store, { referrersApi, onPush })
  if (referrersApi) addReferrersRoute(app, store)
  return app
}
