import { CompactEncrypt, compactDecrypt } from 'jose'

/**
 * Encrypts a text with a key of 32 bytes: AES-256 in Galois/Counter Mode, as a compact JWE.
 *
 * @see RFC 7516, and RFC 7518, sections 4.5 and 5.3
 */
export async function seal(text: string, key: Uint8Array): Promise<string> {
  return new CompactEncrypt(new TextEncoder().encode(text))
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
    .encrypt(key)
}

/** Decrypts what {@link seal} made. @throws {Error} Where the key is another one, or a byte was changed. */
export async function openSealed(sealed: string, key: Uint8Array): Promise<string> {
  const algorithms = { keyManagementAlgorithms: ['dir'], contentEncryptionAlgorithms: ['A256GCM'] }
  const { plaintext } = await compactDecrypt(sealed, key, algorithms)
  return new TextDecoder().decode(plaintext)
}
