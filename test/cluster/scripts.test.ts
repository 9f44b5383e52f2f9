// The scripts at the keyboard: what they say when they are asked for help, or given what they do not know, and options that
// npm kept.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { OPTION_NAMES } from '#src/node/host/option-table.js';
import { benchProgram } from '../bench/options.js';
import { chaosProgram } from '../chaos/options.js';
import type { Options } from '../command-line/option.js';
import type { Program } from '../command-line/program.js';
import { mutantsProgram } from '../sim/mutants/options.js';
import { simulateProgram } from '../sim/options.js';

const scripts = new URL('../../../scripts/', import.meta.url);

function run(name: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const path = fileURLToPath(new URL(`${name}.mjs`, scripts));
  const { status, stdout, stderr } = spawnSync(process.execPath, [path, ...args], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  return { status, stdout, stderr };
}

describe('scripts', function () {
  this.timeout(60_000);

  for (const name of ['follow', 'overwrite', 'kill-all', 'commands']) {
    it(`${name} --help shows how it is called`, () => {
      const { status, stdout, stderr } = run(name, ['--help']);
      expect({ status, stderr }).to.deep.equal({ status: 0, stderr: '' });
      expect(stdout.split('\n')[0]).to.include(`usage: node scripts/${name}.mjs`);
    });

    it(`${name} refuses what it does not know`, () => {
      const { status, stdout, stderr } = run(name, ['--frob']);
      expect({ status, stdout }).to.deep.equal({ status: 1, stdout: '' });
      expect(stderr).to.match(/^(usage: |\w+: Unknown option '--frob')/);
    });
  }

  /** What npm 11 puts into the environment, and what is to be written instead. */
  const kept: readonly [typed: string, env: Readonly<Record<string, string>>, told: string][] = [
    ['--fresh', { npm_config_fresh: 'true' }, '--fresh'],
    ['--no-restart', { npm_config_restart: '' }, '--no-restart'],
    ['--port 8640', { npm_config_port: 'true' }, '--port …'],
    [
      '--data=elsewhere --fresh',
      { npm_config_data: 'elsewhere', npm_config_fresh: 'true' },
      '--fresh --data=elsewhere',
    ],
    ...OPTION_NAMES.map((name): [string, Record<string, string>, string] => [
      `--${name}=1`,
      { [`npm_config_${name.replaceAll('-', '_')}`]: '1' },
      `--${name}=1`,
    ]),
  ];
  for (const [typed, env, told] of kept) {
    it(`npm start ${typed} starts nothing and says what to write`, () => {
      expect(run('start', ['--help'], { npm_lifecycle_event: 'start', ...env })).to.deep.equal({
        status: 2,
        stdout: '',
        stderr: `synod: npm kept ${told} for itself; write: npm start -- ${told}\n`,
      });
    });
  }

  /** npm has these itself: it tells nobody of the first, and the second has no effect without one that is told. */
  const ofNpm = ['only', 'depth'];
  const programs: readonly Program<Options>[] = [benchProgram, chaosProgram, mutantsProgram(1), simulateProgram(1)];
  for (const { name, options } of programs) {
    it(`npm run ${name} knows which of its options npm may keep`, () => {
      const names = Object.keys(options).filter((option) => !ofNpm.includes(option));
      const env = Object.fromEntries(names.map((option) => [`npm_config_${option.replaceAll('-', '_')}`, '1']));
      const { status, stdout, stderr } = run(name, [], { npm_lifecycle_event: name, ...env });
      expect({ status, stdout }).to.deep.equal({ status: 2, stdout: '' });
      const told = /^synod: npm kept (.*) for itself; write: npm run (\w+) -- \1\n$/.exec(stderr);
      expect(told?.[2]).to.equal(name);
      expect(told?.[1]?.split(' ')).to.have.members(names.map((option) => `--${option}=1`));
    });

    it(`npm run ${name} tells one line about what it does not know`, () => {
      expect(run(name, ['--frobnicate'])).to.deep.equal({
        status: 2,
        stdout: '',
        stderr: `${name}: unknown option --frobnicate; --help lists all\n`,
      });
    });
  }

  const alsoKept: readonly [script: string, event: string, env: Readonly<Record<string, string>>, told: string][] = [
    ['mutants', 'mutants', { npm_config_list: 'true' }, '--list for itself; write: npm run mutants -- --list'],
    ['simulate', 'simulate', { npm_config_seed: 'true' }, '--seed … for itself; write: npm run simulate -- --seed …'],
    ['bench', 'bench', { npm_config_pauses: 'true' }, '--pauses for itself; write: npm run bench -- --pauses'],
    ['test', 'test', { npm_config_grep: 'x' }, '--grep=x for itself; write: npm test -- --grep=x'],
    ['test', 'test:long', { npm_config_bail: 'true' }, '--bail for itself; write: npm run test:long -- --bail'],
    ['test', 'coverage', { npm_config_bail: 'true' }, '--bail for itself; write: npm run coverage -- --bail'],
  ];
  for (const [script, event, env, told] of alsoKept) {
    it(`${event}: nothing is started when npm kept ${told.split(' for ')[0]}`, () => {
      expect(run(script, [], { npm_lifecycle_event: event, ...env })).to.deep.equal({
        status: 2,
        stdout: '',
        stderr: `synod: npm kept ${told}\n`,
      });
    });
  }

  it('what npm was told about another script is no business of this one', () => {
    const { status, stdout } = run('mutants', ['--list'], { npm_lifecycle_event: 'other', npm_config_list: 'true' });
    expect(status).to.equal(0);
    expect(stdout).to.include('lease-from-receipt');
  });

  const noTests: readonly [name: string, complaint: string][] = [
    ['test/base/x', 'there is no test/base/x'],
    ['./test/base/x.test.ts', 'there is no ./test/base/x.test.ts'],
    ['assertions', 'there is no assertions; --grep assertions runs the tests that are called so'],
    ['src/base', 'there are no tests in src/base'],
    ['test/house/rule.ts', 'there are no tests in test/house/rule.ts'],
  ];
  for (const [name, complaint] of noTests) {
    it(`npm test -- ${name} runs nothing`, () => {
      expect(run('test', ['test/base/assert.test.ts', name])).to.deep.equal({
        status: 2,
        stdout: '0 passed, 1 failed\n',
        stderr: `synod: ${complaint}\n`,
      });
    });
  }

  const someTests: readonly [args: readonly string[], last: RegExp][] = [
    [['test/base/assert.test.ts', '--grep', 'must'], /\n2 passed, 0 failed\n$/],
    [['--grep', 'must', './test/base/'], /\n2 passed, 0 failed\n$/],
    [['--bail', fileURLToPath(new URL('../test/base', scripts)), '-g', 'must'], /\n2 passed, 0 failed\n$/],
    [['dist/test/base/assert.test.js', '-g', 'must'], /\n2 passed, 0 failed\n$/],
    [['test/base/assert*.test.ts', '-g', 'must'], /\n2 passed, 0 failed\n$/],
    [['test/base/assert.test.ts', '--grep', 'nothing is called so'], /\n0 passed, 1 failed\n$/],
    [['--help'], /--grep .*(?<!failed)\n$/s],
    [['--version'], /^\d+\.\d+\.\d+\n$/],
  ];
  for (const [args, last] of someTests) {
    it(`npm test -- ${args.join(' ')}`, () => {
      const { stdout, status } = run('test', args);
      expect(stdout).to.match(last);
      expect(status).to.equal(stdout.endsWith('0 passed, 1 failed\n') ? 1 : 0);
    });
  }

  it('npm start takes options behind --, whatever npm has of its own', () => {
    const env = { npm_lifecycle_event: 'start', npm_config_loglevel: 'warn', npm_config_yes: 'true' };
    const { status, stdout } = run('start', ['--help'], env);
    expect(status).to.equal(0);
    expect(stdout).to.include('--fresh');
  });
});
