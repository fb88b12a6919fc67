// How senders of events authenticate, as CONFIG sets it. Checking what they send is left to authentication/.

/** What each method is set up with. */
export interface AuthSettings {
  /** `Authorization: Bearer <secret>`. */
  readonly bearer: { readonly secret: string }
  /** RFC 7617. */
  readonly basic: { readonly username: string; readonly secret: string }
  /** A header whose whole value is the secret. Undefined: the header of the source's type. */
  readonly header: { readonly header?: string | undefined; readonly secret: string }
  /** A header with the HMAC of the body's bytes, in the format of the source's type. */
  readonly hmac: { readonly secret: string }
  /** The last segment of the address, for senders that can do nothing else. */
  readonly path: { readonly secret: string }
  /** Tokens of a Google service account, as Pub/Sub sends them. */
  readonly google: { readonly audience: string; readonly email: string }
  /** Tokens of a Microsoft Entra application, as Event Grid sends them. */
  readonly entra: { readonly tenant: string; readonly audience: string; readonly appId: string }
}

/** A way to authenticate. */
export type AuthMethod = keyof AuthSettings

/** Settings with the method that they are for. */
export type SourceAuth<Method extends AuthMethod = AuthMethod> = {
  readonly [One in Method]: { readonly method: One } & AuthSettings[One]
}[Method]

/** How a sender writes the HMAC of a body (RFC 2104). */
export interface HmacFormat {
  readonly header: string
  readonly hash: 'SHA-256' | 'SHA-1'
  /** Before the lower-case hexadecimal digits; empty where there is nothing. */
  readonly prefix: string
}
