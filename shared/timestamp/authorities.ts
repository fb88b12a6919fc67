// Timestamp authorities known by name: the three that DigiCert's signing guide lists.

/** URLs of RFC 3161 services, by preset name. */
export const TIMESTAMP_AUTHORITIES: Readonly<Record<string, string>> = {
  digicert: 'http://timestamp.digicert.com',
  microsoft: 'http://timestamp.acs.microsoft.com',
  globalsign: 'http://timestamp.globalsign.com/scripts/timstamp.dll',
}
