// `synod inspect` over a real directory: beside a running replica, after a kill, and when the log is damaged, where it must tell
// what the replica itself finds when it starts.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { LocalCluster } from './local-cluster.js';
import { until } from './until.js';

const program = fileURLToPath(new URL('../../synod.js', import.meta.url));

function inspect(...args: readonly string[]): { code: number | null; out: string } {
  const { status, stdout } = spawnSync(process.execPath, [program, 'inspect', ...args], { encoding: 'utf8' });
  return { code: status, out: stdout };
}

describe('synod inspect', function () {
  this.timeout(240_000);
  let cluster: LocalCluster;

  before(async () => {
    cluster = await LocalCluster.prepare({ replicas: 1 });
  });

  after(() => cluster.dispose());

  it('tells what is there, and whether a replica could start over it', async () => {
    const { daemon, data, name } = cluster.place(0);
    daemon.start();
    await cluster.settled(0);
    expect(await cluster.ask(0, 'PUT apple green')).to.equal('OK');
    const beside = inspect(data);
    expect(beside.out)
      .to.match(new RegExp(`replica +${name}\n`))
      .and.to.match(/in use +by a running replica/);

    await daemon.kill();
    const killed = inspect(data);
    expect(killed.code).to.equal(0);
    expect(killed.out)
      .to.match(/decided +slots 1 to \d+\n/)
      .and.to.match(/damage +none found\n$/);
    expect(killed.out).not.to.contain('in use');

    const file = `${data}/log/00000001.wal`;
    const bytes = readFileSync(file);
    bytes.writeUInt8(bytes.readUInt8(30) ^ 1, 30);
    writeFileSync(file, bytes);
    const damaged = inspect(data, '--json');
    expect(damaged.code).to.equal(1);
    const [what = ''] = (JSON.parse(damaged.out) as { damage: readonly string[] }).damage;
    expect(what).to.contain('00000001.wal').and.to.contain('byte 0');
    daemon.start();
    await until('the replica to say the same', () => daemon.output.includes(what));
  });
});
