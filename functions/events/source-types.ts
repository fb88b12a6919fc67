// The table of all types of sources, by the name that CONFIG gives them.

import { ACR } from './senders/acr.ts'
import { ACR_EVENT_GRID } from './senders/acr-event-grid.ts'
import { ARTIFACT_REGISTRY } from './senders/artifact-registry.ts'
import { ARTIFACTORY } from './senders/artifactory.ts'
import { CLOUDEVENTS } from './senders/cloudevents.ts'
import { DISTRIBUTION } from './senders/distribution.ts'
import { DOCKER_HUB } from './senders/docker-hub.ts'
import { ECR } from './senders/ecr.ts'
import { GENERIC } from './senders/generic.ts'
import { GHCR } from './senders/ghcr.ts'
import { GITEA } from './senders/gitea.ts'
import { HARBOR } from './senders/harbor.ts'
import { NEXUS } from './senders/nexus.ts'
import { QUAY } from './senders/quay.ts'
import { ZOT } from './senders/zot.ts'
import type { SourceType } from './source-type.ts'

/** Every type. */
export const SOURCE_TYPES = {
  distribution: DISTRIBUTION,
  harbor: HARBOR,
  zot: ZOT,
  acr: ACR,
  'acr-event-grid': ACR_EVENT_GRID,
  ecr: ECR,
  'artifact-registry': ARTIFACT_REGISTRY,
  ghcr: GHCR,
  'docker-hub': DOCKER_HUB,
  quay: QUAY,
  artifactory: ARTIFACTORY,
  gitea: GITEA,
  nexus: NEXUS,
  cloudevents: CLOUDEVENTS,
  generic: GENERIC,
} as const satisfies Record<string, SourceType>

/** The name of a type. */
export type SourceTypeName = keyof typeof SOURCE_TYPES
/** Every name of a type. */
export const SOURCE_TYPE_NAMES = Object.keys(SOURCE_TYPES) as readonly SourceTypeName[]
