// The command line of `synod cluster`, and the plan that it leads to: tables of what is typed and what comes of it.
import { resolve } from 'node:path';
import { expect } from 'chai';
import { type ClusterOptions, mistakeAround, readClusterOptions } from '#src/cluster/options.js';
import { commandByHand, planReplicas } from '#src/cluster/plan.js';
import { OPTION_NAMES, OPTIONS } from '#src/node/host/option-table.js';

const standard: ClusterOptions = {
  replicas: 3,
  host: '127.0.0.1',
  advertise: undefined,
  port: 8000,
  data: 'data',
  fresh: false,
  restart: true,
  passedOn: [],
};

const understood: readonly [typed: string, options: Partial<ClusterOptions>][] = [
  ['', {}],
  ['5', { replicas: 5 }],
  ['5 --fresh', { replicas: 5, fresh: true }],
  ['--fresh 5', { replicas: 5, fresh: true }],
  ['--no-restart', { restart: false }],
  ['1 --host 0.0.0.0 --port 7000 --data /tmp/x', { replicas: 1, host: '0.0.0.0', port: 7000, data: '/tmp/x' }],
  ['--host :: --advertise Db.Example', { host: '::', advertise: 'db.example' }],
  ['--fault-rate 0.3', { passedOn: ['--fault-rate', '0.3'] }],
  ['--lease-ms 500', { passedOn: ['--lease-ms', '500'] }],
  ['--data-bytes 64KiB', { passedOn: ['--data-bytes', '64KiB'] }],
  ['--config c.json 2', { replicas: 2, passedOn: ['--config', 'c.json'] }],
  ['4 --reads=quorum --lease-ms 500', { replicas: 4, passedOn: ['--reads', 'quorum', '--lease-ms', '500'] }],
];

const refused: readonly [typed: string, complaint: RegExp][] = [
  ['0', /'0' is not a whole number from 1 to 9/],
  ['10', /'10' is not/],
  ['three', /'three' is not/],
  ['3 4', /'4'/],
  ['--port x', /--port: 'x'/],
  ['--port', /--port needs a value/],
  ['--port 65000', /--port: '65000'/],
  ['--name a', /--name is set by the cluster/],
  ['--client=localhost:1', /--client is set by the cluster/],
  ['--advertise-client 1.2.3.4:5', /--advertise-client is set by the cluster/],
  ['--prot 18600', /unknown option --prot; did you mean --port\?/],
  ['--data-dir x', /unknown option --data-dir$/],
  ['--fresh-start', /unknown option --fresh-start$/],
  ['--print-config', /unknown option --print-config$/],
  ['-x', /unknown option -x$/],
  ['--lease-ms', /--lease-ms needs a value/],
  ['--lease-ms --fresh', /--lease-ms needs a value/],
  ['--data=', /--data must not be empty/],
  ['--host=', /--host must not be empty/],
  ['--no-data', /unknown option --no-data/],
  ['-data x', /unknown option -data/],
  ['--help=x', /^--help takes no value$/],
  ['--fresh=x', /^--fresh takes no value$/],
  ['--restart=maybe', /^--restart takes no value; --no-restart turns it off$/],
  ['--fault-rate x', /^--fault-rate: 'x'/],
  ['--fresh --lease-ms abc', /--lease-ms: 'abc' is not/],
  ['--advertise 1.2.3.4:80', /'1.2.3.4:80' is more than a host/],
  ['--advertise a/b', /^--advertise: 'a\/b' is not a host$/],
];

const words = (typed: string): string[] => typed.split(' ').filter((word) => word !== '');

describe('the environment of the launcher', () => {
  it('may hold what all daemons share, and not what one of them is', () => {
    expect(mistakeAround({ SYNOD_LEASE_MS: '500', HOME: '/' }, ['lease-ms'])).to.equal(undefined);
    for (const name of ['SYNOD_DATA', 'SYNOD_PRIORITY', 'SYNOD_ADVERTISE_CLIENT'])
      expect(mistakeAround({ [name]: '1' }, [])).to.equal(
        `${name} is for one daemon: the cluster sets it for each replica`,
      );
  });
});

describe('the configuration file of the launcher', () => {
  for (const name of ['priority', 'listen', 'data'])
    it(`holds no ${name}`, () => {
      expect(mistakeAround({}, ['lease-ms', name])).to.equal(
        `configuration file: "${name}" is for one daemon: the cluster sets it for each replica`,
      );
    });
});

describe('the command line of the launcher', () => {
  it('passes every option of the daemon on that is not one replica’s', async () => {
    const shared = OPTION_NAMES.filter(
      (name) => !['name', 'client', 'advertise-client', 'priority', 'log-format', 'data'].includes(name),
    );
    for (const name of shared) {
      const option = OPTIONS[name];
      const text = 'fallback' in option ? option.fallback : '4MiB';
      const asked = await readClusterOptions([`--${name}=${text}`], 80);
      expect(asked, name).to.deep.equal({ type: 'run', options: { ...standard, passedOn: [`--${name}`, text] } });
    }
  });

  for (const [typed, options] of understood) {
    it(`understands: ${typed || 'nothing'}`, async () => {
      const asked = await readClusterOptions(words(typed), 80);
      expect(asked).to.deep.equal({ type: 'run', options: { ...standard, ...options } });
    });
  }

  for (const [typed, complaint] of refused) {
    it(`refuses: ${typed}`, async () => {
      const asked = await readClusterOptions(words(typed), 80);
      expect(asked).to.have.property('type', 'refuse');
      expect(asked).to.have.property('complaint').that.matches(complaint);
    });
  }

  it('explains itself', async () => {
    const asked = await readClusterOptions(['--help'], 80);
    expect(asked).to.have.property('type', 'print');
    expect(asked).to.have.property('text').that.includes('--fresh');
  });
});

describe('the plan of a cluster', () => {
  it('names replicas by where they are dialled', () => {
    const [first, second] = planReplicas({
      ...standard,
      host: '0.0.0.0',
      replicas: 2,
      passedOn: ['--reads', 'quorum'],
    });
    expect(first?.name).to.equal('127.0.0.1:8000');
    expect(second?.args.join(' ')).to.equal(
      '0.0.0.0:8001 127.0.0.1:8000 127.0.0.1:8001 --name 127.0.0.1:8001 --client 0.0.0.0:9001 ' +
        '--advertise-client 0.0.0.0:9001 --data data/8001 --reads quorum',
    );
  });

  it('advertises what it is told to', () => {
    const [plan] = planReplicas({ ...standard, host: '0.0.0.0', replicas: 1, advertise: 'db.example' });
    expect(plan?.args.join(' ')).to.contain('--advertise-client db.example:9000');
  });

  const byHand: readonly [options: Partial<ClusterOptions>, command: string][] = [
    [{ replicas: 1 }, `node dist/daemon.js 127.0.0.1:8000 127.0.0.1:8000 --data ${resolve('data/8000')}`],
    [
      { replicas: 1, data: 'my data' },
      `node dist/daemon.js 127.0.0.1:8000 127.0.0.1:8000 --data '${resolve('my data/8000')}'`,
    ],
    [
      { replicas: 1, host: '::', passedOn: ['--fault-rate', '0.3'] },
      `node dist/daemon.js '[::]:8000' '[::1]:8000' --name '[::1]:8000' --advertise-client '[::]:9000' --data ${resolve('data/8000')} --fault-rate 0.3`,
    ],
  ];
  for (const [options, command] of byHand) {
    it(`can be carried out by hand: ${command}`, () => {
      const plans = planReplicas({ ...standard, ...options });
      expect(plans.map((plan) => commandByHand(plan, 'dist/daemon.js'))).to.deep.equal([command]);
    });
  }
});
