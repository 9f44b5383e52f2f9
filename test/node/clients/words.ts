// Words as the inline syntax takes them, every byte of them escaped.

export function inlineQuoted(bytes: string): string {
  const escapes = Array.from(bytes, (byte) => `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`);
  return `"${escapes.join('')}"`;
}
