// What was last made of something, as long as that does not change: an isolate reads the same documents for
// thousands of requests.

/**
 * Wraps what makes a value. Only finished values are kept: what is under way belongs to the request that asked, and
 * the platform ends it with that.
 *
 * @param make - of parts that are compared by identity, texts by their characters
 */
export function rememberLast<Parts extends readonly unknown[], Value>(
  make: (...parts: Parts) => Value | Promise<Value>,
): (...parts: Parts) => Promise<Value> {
  let last: { readonly parts: Parts; readonly value: Value } | undefined
  return async (...parts) => {
    if (last?.parts.every((part, i) => part === parts[i])) return last.value
    const value = await make(...parts)
    last = { parts, value }
    return value
  }
}
