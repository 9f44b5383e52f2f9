// The command `synod` as a user types it: it finds its subcommands, explains itself, and tells a mistake in one line.

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const program = fileURLToPath(new URL('../../../synod.js', import.meta.url));

function synod(line: string): { code: number | null; out: string; err: string } {
  const words = line.split(' ').filter((word) => word !== '');
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...words], { encoding: 'utf8' });
  return { code: status, out: stdout, err: stderr };
}

describe('synod', function () {
  this.timeout(30_000);

  it('explains itself and its subcommands', () => {
    const { code, out } = synod('--help');
    expect(code).to.equal(0);
    for (const subcommand of ['serve', 'cluster', 'repl', 'backup', 'restore', 'inspect'])
      expect(out).to.contain(`synod ${subcommand} `);
    expect(synod('serve --help').out).to.contain('synod serve 127.0.0.1:8000').and.to.contain('--lease-ms');
    expect(synod('--version').out).to.equal(synod('serve --version').out);
  });

  const mistakes: readonly [line: string, told: RegExp][] = [
    ['', /^synod: tell what to do, such as serve, cluster, repl or backup; --help tells all\n$/],
    ['srve', /^synod: there is no 'srve'; did you mean serve\? --help lists all\n$/],
    ['bakcup one', /^synod: there is no 'bakcup'; did you mean backup\? --help lists all\n$/],
    ['frobnicate', /^synod: there is no 'frobnicate'; --help lists all\n$/],
    ['--fast', /^synod: .*fast\n$/],
    ['serve', /^synod: tell where to listen.*\n$/],
    ['inspect', /^synod: tell which data directory or backup to look at; --help lists all\n$/],
    ['inspect one two', /^synod: one at a time; --help lists all\n$/],
    ['backup', /^synod: tell which file to write; --help lists all\n$/],
    ['backup one two --from a:1', /^synod: one file at a time; --help lists all\n$/],
    ['backup one', /^synod: tell a replica with --from host:port; --help lists all\n$/],
    ['backup one --from here', /^synod: --from: 'here' is not host:port, .*\n$/],
    ['backup one --from a:1 --frob', /^synod: .*frob; --help lists all\n$/],
    ['serve 127.0.0.1:1 --config nope.json', /^synod: configuration file nope.json: there is no such file\n$/],
    ['restore', /^synod: tell which backup to restore; --help lists all\n$/],
    ['restore one', /^synod: tell where to with --data DIR …; --help lists all\n$/],
    ['restore one two --data three', /^synod: one backup at a time; directories go behind --data; --help lists all\n$/],
    ['inspect one --jsn', /^synod: .*jsn; --help lists all\n$/],
    ['serve 127.0.0.1:1 --reads none', /^synod: --reads: 'none' is none of lease, quorum\n$/],
  ];
  for (const [line, told] of mistakes) {
    it(`tells a mistake in one line and ends with 2: synod ${line}`, () => {
      const { code, out, err } = synod(line);
      expect(err).to.match(told);
      expect({ code, out }).to.deep.equal({ code: 2, out: '' });
    });
  }

  it('says of a file that is no backup what to inspect', () => {
    const { code, err } = synod(`inspect ${program}`);
    expect(err).to.match(/synod\.js is no backup and no snapshot; of a log, give the data directory\n$/);
    expect(code).to.equal(1);
  });
});
