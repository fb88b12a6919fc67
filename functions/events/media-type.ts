// The media type of a request's body.

/** In lower case, without parameters; empty where the header is missing. */
export function mediaTypeOf(headers: Headers): string {
  const [mediaType = ''] = (headers.get('content-type') ?? '').split(';')
  return mediaType.trim().toLowerCase()
}
