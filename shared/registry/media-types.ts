// Media types of manifests, and what registries are asked for.

/** OCI image manifest v1. */
export const OCI_IMAGE_MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
/** OCI image index v1. */
export const OCI_IMAGE_INDEX = 'application/vnd.oci.image.index.v1+json'
/** Docker's image index: a manifest list. */
export const DOCKER_MANIFEST_LIST = 'application/vnd.docker.distribution.manifest.list.v2+json'
/** The OCI artifact manifest, which no specification holds any more: read, never written. */
export const OCI_ARTIFACT_MANIFEST = 'application/vnd.oci.artifact.manifest.v1+json'
/** What an artifact without a configuration names as its config (OCI image specification §Guidance for an empty descriptor). */
export const OCI_EMPTY_JSON = 'application/vnd.oci.empty.v1+json'

/** Every media type that a signed artifact may have: what notation asks registries for. */
export const MANIFEST_MEDIA_TYPES: readonly string[] = [
  'application/vnd.docker.distribution.manifest.v2+json',
  DOCKER_MANIFEST_LIST,
  OCI_IMAGE_MANIFEST,
  OCI_IMAGE_INDEX,
  OCI_ARTIFACT_MANIFEST,
]
