// What `node dist/daemon.js` runs is one file that needs nothing beside it but the name and version of its package.

import { spawnSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const built = fileURLToPath(new URL('../../daemon.js', import.meta.url));

describe('the file of a daemon', () => {
  let directory = '';

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'synod-one-file-'));
    await mkdir(join(directory, 'dist'));
    await cp(built, join(directory, 'dist', 'daemon.js'));
    await writeFile(join(directory, 'package.json'), JSON.stringify({ type: 'module', version: '7.8.9' }));
  });

  afterEach(() => rm(directory, { recursive: true, force: true }));

  const answers: readonly (readonly [option: string, answer: RegExp])[] = [
    ['--version', /^7\.8\.9$/],
    ['--help', /^Runs one replica of a cluster\.$/m],
    ['--print-config', /"heartbeat-ms": 50/],
  ];
  for (const [option, answer] of answers) {
    it(`answers ${option} where it stands alone`, () => {
      const args = [join(directory, 'dist', 'daemon.js'), '127.0.0.1:8000', option];
      const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
      expect({ status, stderr }).to.deep.equal({ status: 0, stderr: '' });
      expect(stdout.trim()).to.match(answer);
    });
  }
});
