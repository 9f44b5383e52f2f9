// Command line, environment and file to settings: what follows from nothing, which source wins, that the printed configuration
// reads back to itself, and one line for every kind of mistake.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { OPTION_NAMES } from '#src/node/host/option-table.js';
import { type Run, readOptions } from '#src/node/host/options.js';
import { UsageError } from '#src/node/host/usage-error.js';

type Env = Readonly<Record<string, string>>;

function read(line: string, env: Env = {}) {
  const argv = line.split(' ').filter((word) => word !== '');
  const localHosts = (hosts: readonly string[]) =>
    Promise.resolve(new Set(hosts.filter((host) => host === '10.0.0.1')));
  return readOptions(argv, { program: 'synod serve', env, columns: 100, localHosts });
}

async function settings(line: string, env: Env = {}): Promise<Run> {
  const options = await read(line, env);
  if (options.type !== 'run') throw new Error(`printed instead of run: ${options.text}`);
  return options;
}

async function printed(line: string, env: Env = {}): Promise<string> {
  const options = await read(line, env);
  return options.type === 'print' ? options.text : expect.fail('it ran instead of printing');
}

async function complaint(line: string, env: Env = {}): Promise<string> {
  try {
    await read(line, env);
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  return expect.fail(`no complaint about: ${line}`);
}

describe('options', () => {
  let directory = '';

  const file = (content: string): string => {
    const path = join(directory, 'config.json');
    writeFileSync(path, content);
    return path;
  };

  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'synod-options-'));
  });

  after(() => rmSync(directory, { recursive: true }));

  it('all have defaults', async () => {
    const {
      settings: made,
      logLevel,
      logFormat,
    } = await settings('0.0.0.0:8001 0.0.0.0:8000 0.0.0.0:8001 0.0.0.0:8002');
    expect(made).to.deep.include({
      self: { name: '0.0.0.0:8001', host: '0.0.0.0', port: 8001 },
      cluster: 'synod',
      priority: 2,
      client: { host: '0.0.0.0', port: 9001 },
      advertiseClient: '127.0.0.1:9001',
      dataDirectory: 'data/8001',
      timing: { heartbeatMs: 50, leaseMs: 300 },
      reads: 'lease',
      requestTimeoutMs: 5_000,
      faultRate: 0,
    });
    expect(made.limits).to.deep.equal({
      keyBytes: 1_024,
      valueBytes: 1_048_576,
      requestBytes: 4_194_304,
      connections: 20_000,
      outputBytes: 67_108_864,
      dataBytes: 1_073_741_824,
    });
    expect([logLevel, logFormat]).to.deep.equal(['info', 'auto']);
  });

  it('are taken from the command line before the environment before the file before the default', async () => {
    const config = file('{"lease-ms": 400, "heartbeat-ms": "40", "data": "from-file", "listen": "127.0.0.1:1"}');
    const { settings: made } = await settings(`127.0.0.1:2 --config ${config} --lease-ms 600`, {
      SYNOD_LEASE_MS: '500',
      SYNOD_HEARTBEAT_MS: '30',
    });
    expect(made.timing).to.deep.equal({ leaseMs: 600, heartbeatMs: 30 });
    expect(made.dataDirectory).to.equal('from-file');
    expect(made.listen.port).to.equal(2);
    expect(made.requestTimeoutMs).to.equal(5_000);
  });

  it('each have an environment variable', async () => {
    for (const name of OPTION_NAMES) {
      const variable = `SYNOD_${name.toUpperCase().replaceAll('-', '_')}`;
      expect(await complaint('127.0.0.1:1', { [variable]: '' }), variable).to.match(new RegExp(`^${variable}: `));
    }
  });

  it('do not mind variables of others', async () => {
    expect((await settings('127.0.0.1:1', { SYNOD_LONG: '1', SYNOD_TALLY: 'x' })).settings.priority).to.equal(1);
  });

  it('may all come from a file, which the environment may name', async () => {
    const config = file('{"listen": "10.0.0.1:1", "replicas": ["a=10.0.0.1:1", "b=10.0.0.2:1"], "data-bytes": "2GiB"}');
    const { settings: made } = await settings('', { SYNOD_CONFIG: config });
    expect(made.self.name).to.equal('a');
    expect(made.members).to.have.length(2);
    expect(made.limits.dataBytes).to.equal(2 * 1024 ** 3);
  });

  it('print as a file that reads back to the same', async () => {
    for (const line of [
      '127.0.0.1:8000',
      '[::1]:1 [::1]:1 b=[::1]:2 --priority 0 --reads quorum --fault-rate 0.25',
      '0.0.0.0:1 --client 0.0.0.0:7 --advertise-client db.example:7 10.0.0.1:1 c=10.0.0.2:1 --value-bytes 64KiB',
    ]) {
      const config = file(await printed(`${line} --print-config`));
      expect((await settings(`--config ${config}`)).settings, line).to.deep.equal((await settings(line)).settings);
      expect(await printed(`--config ${config} --print-config`)).to.equal(await printed(`${line} --print-config`));
    }
  });

  it('are all in the help, with examples, each line within the terminal', async () => {
    const help = await printed('--help');
    for (const name of OPTION_NAMES) expect(help).to.contain(`--${name} `);
    expect(help).to.contain('synod serve 127.0.0.1:8000').and.to.contain('default: 300');
    for (const line of help.split('\n')) expect(line.length, line).to.be.at.most(100);
  });

  it('leave room for the longest key and value in a request', async () => {
    for (const [line, requestBytes] of [
      ['--value-bytes 8MiB', 8 * 1024 ** 2 + 4_096],
      ['--value-bytes 16', 4 * 1024 ** 2],
      ['--value-bytes 16 --request-bytes 2KiB', 2_048],
      ['--request-bytes 8MiB', 8 * 1024 ** 2],
    ] as const) {
      expect((await settings(`127.0.0.1:1 ${line}`)).settings.limits.requestBytes, line).to.equal(requestBytes);
    }
  });

  it('tell the version', async () => {
    expect(await printed('--version')).to.match(/^\d+\.\d+\.\d+$/);
  });

  it('give clients an address that they can use', async () => {
    for (const [line, address] of [
      ['10.0.0.1:1', '10.0.0.1:1001'],
      ['0.0.0.0:1 10.0.0.1:1 10.0.0.2:1', '10.0.0.1:1001'],
      ['10.0.0.1:1 --client 127.0.0.1:5', '127.0.0.1:5'],
      ['0.0.0.0:1 --client 0.0.0.0:5', '127.0.0.1:5'],
      ['[::]:1', '[::1]:1001'],
    ] as const) {
      expect((await settings(line)).settings.advertiseClient, line).to.equal(address);
    }
  });
});

describe('a wrong argument', () => {
  const table: readonly [line: string, told: string | RegExp][] = [
    ['', 'tell where to listen, such as 127.0.0.1:8000; --help shows examples'],
    ['8000', /^listen: '8000' is not host:port/],
    ['127.0.0.1:8000 127.0.0.1', /^replicas: '127.0.0.1' is not host:port/],
    ['127.0.0.1:8000 a=', /^replicas: '' is not host:port/],
    ['0.0.0.0:8000 10.1.1.1:8000', 'cannot tell which replica I am; add --name'],
    ['127.0.0.1:65000', 'listen: no port is left for clients above 65000; add --client'],
    ['127.0.0.1:1 --heartbet-ms 3', 'unknown option --heartbet-ms; --help lists all'],
    ['127.0.0.1:1 -p 3', 'unknown option -p; --help lists all'],
    ['127.0.0.1:1 --heartbeat-ms', '--heartbeat-ms needs a value'],
    ['127.0.0.1:1 --heartbeat-ms --name b', '--heartbeat-ms needs a value'],
    ['127.0.0.1:1 --print-config=yes', 'unknown option --print-config=yes; --help lists all'],
    ['127.0.0.1:1 -- --name', /^replicas: '--name' is not host:port/],
    ['127.0.0.1:1 --name a --name b', '--name is given more than once'],
    ['127.0.0.1:1 --config a --config b', '--config is given more than once'],
    ['127.0.0.1:1 --heartbeat-ms 2', "--heartbeat-ms: '2' is not a whole number from 5 to 10000"],
    ['127.0.0.1:1 --heartbeat-ms 50.5', /^--heartbeat-ms: '50.5' is not a whole number/],
    ['127.0.0.1:1 --priority -1', /^--priority: '-1' is not a whole number/],
    ['127.0.0.1:1 --lease-ms 149', '--lease-ms: 149 is less than 3 heartbeats, which are 150 ms'],
    ['127.0.0.1:1 --reads none', "--reads: 'none' is none of lease, quorum"],
    ['127.0.0.1:1 --log-level loud', "--log-level: 'loud' is none of error, warn, info, debug"],
    ['127.0.0.1:1 --fault-rate 1.1', "--fault-rate: '1.1' is not a chance from 0 to 1"],
    ['127.0.0.1:1 --value-bytes 1MB', /^--value-bytes: '1MB' is not a size from 1 to 16MiB, such as/],
    ['127.0.0.1:1 --value-bytes 8MiB --request-bytes 4MiB', /^--request-bytes: 4194304 is less than .* is 8389670$/],
    [
      '127.0.0.1:1 --output-bytes 1MiB --value-bytes 2MiB',
      /^--output-bytes: 1048576 is less than --value-bytes, .*2097152$/,
    ],
    ['127.0.0.1:1 --client 9000', /^--client: '9000' is not host:port/],
    ['127.0.0.1:1 --cluster a/b', /^--cluster: 'a\/b' is not a name/],
    ['127.0.0.1:1 --name a=b', /^--name: 'a=b' is not a name/],
    ['127.0.0.1:1 --data=', '--data: must not be empty'],
    ['127.0.0.1:1 --config /nowhere/at-all.json', 'configuration file /nowhere/at-all.json: there is no such file'],
  ];
  for (const [line, told] of table) {
    it(`is told in one line: ${line === '' ? '(nothing)' : line}`, async () => {
      const text = await complaint(line);
      if (typeof told === 'string') expect(text).to.equal(told);
      else expect(text).to.match(told);
      expect(text).to.not.contain('\n');
    });
  }

  const files: readonly [content: string, told: RegExp][] = [
    ['{', /configuration file .*: .*JSON/],
    ['[]', /configuration file .*: is not a JSON object/],
    ['{"lease": 3}', /configuration file .*: unknown option "lease"/],
    ['{"lease-ms": true}', /configuration file .*: "lease-ms" is neither text nor a number/],
    ['{"lease-ms": 3}', /^configuration file, "lease-ms": '3' is not a whole number/],
    ['{"replicas": "a"}', /configuration file .*: "replicas" is not a list/],
    ['{"replicas": [["a"]]}', /configuration file .*: "replicas" is neither text nor a number/],
  ];
  for (const [content, told] of files) {
    it(`in a file is told in one line: ${content}`, async () => {
      const directory = mkdtempSync(join(tmpdir(), 'synod-options-'));
      try {
        const path = join(directory, 'config.json');
        writeFileSync(path, content);
        expect(await complaint(`127.0.0.1:1 --config ${path}`)).to.match(told);
      } finally {
        rmSync(directory, { recursive: true });
      }
    });
  }
});
