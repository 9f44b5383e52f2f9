/** Bytes that were received, as the one file there is to be opened: what reads files reads them. */

import type { Files, OpenFile } from '#src/store/files.js';

export function memoryFile(bytes: Uint8Array): Pick<Files, 'open'> {
  const refuse = (): Promise<never> => Promise.reject(new Error('it is only read'));
  const file: OpenFile = {
    size: () => Promise.resolve(bytes.length),
    read: (target, position) => {
      const part = bytes.subarray(position, position + target.length);
      target.set(part);
      return Promise.resolve(part.length);
    },
    write: refuse,
    sync: refuse,
    truncate: refuse,
    close: () => Promise.resolve(),
  };
  return { open: () => Promise.resolve(file) };
}
