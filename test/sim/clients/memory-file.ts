/** Bytes that were received, as the one file there is to be opened: what reads files reads them. */

import type { ReadFiles } from '#src/store/files.js';

export function memoryFile(bytes: Uint8Array): ReadFiles {
  return {
    open: () =>
      Promise.resolve({
        size: () => Promise.resolve(bytes.length),
        read: (target, position) => {
          const part = bytes.subarray(position, position + target.length);
          target.set(part);
          return Promise.resolve(part.length);
        },
        close: () => Promise.resolve(),
      }),
  };
}
