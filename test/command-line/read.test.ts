// The command lines of bench, chaos, simulate and mutants: what is understood, and what is refused in which words.
import { expect } from 'chai';
import { messageOf } from '#src/base/errors.js';
import { UsageError } from '#src/node/host/usage-error.js';
import { benchProgram, readBenchOptions } from '../bench/options.js';
import { chaosProgram, readChaosOptions } from '../chaos/options.js';
import { mutantsProgram, readMutantOptions } from '../sim/mutants/options.js';
import { readSimulateOptions, simulateProgram } from '../sim/options.js';
import { choice, list, share, text, whole } from './forms.js';
import { helpText } from './help.js';
import { flag, type Options, optional, orAlone, several, usually } from './option.js';
import type { Program } from './program.js';
import { exitCodeOf, readCommandLine } from './read.js';

const NOW = 1_700_000_000_000.5;
const CPUS = 2;

const small = {
  name: 'small',
  usage: '$0 [options]',
  options: {
    size: usually('How large', whole(1, 9), 3),
    part: optional('Which share', share),
    places: several('Where', text),
    colours: optional('Which', list(choice(['red', 'blue']))),
    times: orAlone('How often', whole(1), 10),
    loud: flag('Tell more'),
  },
  examples: [['$0 --loud', 'for a try']],
  goesWith: { part: 'size' },
  replaces: { times: ['loud'] },
  passesOn: true,
} as const satisfies Program<Options>;

const words = (line: string): string[] => (line === '' ? [] : line.split(' '));

async function refusal(reading: Promise<unknown>): Promise<string> {
  try {
    return `understood: ${JSON.stringify(await reading)}`;
  } catch (error) {
    expect(error).to.be.instanceOf(UsageError);
    return messageOf(error);
  }
}

describe('a command line', () => {
  const nothing = { size: 3, part: undefined, places: [], colours: undefined, times: undefined, loud: false };
  const understood: readonly [typed: string, values: object, passedOn?: readonly string[]][] = [
    ['', {}],
    ['--size 4 --loud', { size: 4, loud: true }],
    ['--size=4 --part .5', { size: 4, part: 0.5 }],
    ['--size 1e0 --part 0', { size: 1, part: 0 }],
    ['--places a b --loud --places=c', { places: ['a', 'b', 'c'], loud: true }],
    ['--colours blue,red', { colours: ['blue', 'red'] }],
    ['--times', { times: 10 }],
    ['--times --size 1', { times: 10, size: 1 }],
    ['--times 7', { times: 7 }],
    ['--loud -- --size 4', { loud: true }, ['--size', '4']],
  ];
  for (const [typed, values, passedOn = []] of understood) {
    it(`is understood: ${typed}`, async () => {
      expect(await readCommandLine(words(typed), small)).to.deep.equal({ values: { ...nothing, ...values }, passedOn });
    });
  }

  const refused: readonly [typed: string, complaint: string][] = [
    ['--siz 4', 'unknown option --siz; did you mean --size?; --help lists all'],
    ['--frobnicate=4', 'unknown option --frobnicate; --help lists all'],
    ['--toString', 'unknown option --toString; --help lists all'],
    ['-s 4', 'unknown option -s; --help lists all'],
    ['--hlep', 'unknown option --hlep; did you mean --help?; --help lists all'],
    ['4', "'4' is one argument too many"],
    ['--size 4 5', "'5' is one argument too many"],
    ['--size', '--size needs a value'],
    ['--size --loud', '--size needs a value'],
    ['--places --loud', '--places needs a value'],
    ['--size 4 --size 4', '--size is given more than once'],
    ['--loud --loud', '--loud is given more than once'],
    ['--loud=false', '--loud takes no value'],
    ['--size=', "--size: '' is not a whole number from 1 to 9"],
    ['--size 10', "--size: '10' is not a whole number from 1 to 9"],
    ['--size -3', "--size: '-3' is not a whole number from 1 to 9"],
    ['--size 1.5', "--size: '1.5' is not a whole number from 1 to 9"],
    ['--size 0x1', "--size: '0x1' is not a whole number from 1 to 9"],
    ['--times 99999999999999999', "--times: '99999999999999999' is not a whole number from 1 on"],
    ['--size 1 --part 1.1', "--part: '1.1' is not a number from 0 to 1"],
    ['--places=', '--places: must not be empty'],
    ['--colours blue,rod', "--colours: 'rod' is none of red, blue; did you mean red?"],
    ['--part 1', '--part goes with --size'],
    ['--loud --times', '--loud has no effect beside --times'],
  ];
  for (const [typed, complaint] of refused) {
    it(`is refused: ${typed}`, async () => {
      expect(await refusal(readCommandLine(words(typed), small))).to.equal(complaint);
    });
  }

  it('passes nothing on unless the program does', async () => {
    const { passesOn: _, ...alone } = small;
    expect(await refusal(readCommandLine(['--'], alone))).to.equal("'--' is one argument too many");
  });

  it('ends with 2 where it is wrong, with 1 for anything else', () => {
    expect([new UsageError('x'), new Error('x')].map(exitCodeOf)).to.deep.equal([2, 1]);
  });
});

const programs: readonly Program<Options>[] = [benchProgram, chaosProgram, mutantsProgram(CPUS), simulateProgram(CPUS)];

describe('the test programs', () => {
  for (const program of programs) {
    it(`${program.name}: its help shows every option once, and its rules are about options that there are`, async () => {
      const [help = ''] = (await helpText(program)).split('Examples:');
      const names = Object.keys(program.options);
      expect([...help.matchAll(/^ {2}--([\w-]+)/gm)].map(([, name]) => name)).to.have.members([...names, 'help']);
      const { goesWith = {}, replaces = {} } = program;
      const spoken = [...Object.entries(goesWith), ...Object.entries(replaces)].flat(2);
      expect(names).to.include.members(spoken);
    });
  }

  const readers: Readonly<Record<string, (argv: readonly string[]) => Promise<unknown>>> = {
    bench: readBenchOptions,
    chaos: readChaosOptions,
    mutants: (argv) => readMutantOptions(argv, CPUS),
    simulate: (argv) => readSimulateOptions(argv, NOW, CPUS),
  };

  const refused: readonly [typed: string, complaint: string | RegExp][] = [
    ['simulate --faults foo', "--faults: 'foo' is no number; give 3,17 or none"],
    ['simulate --faults 3,', "--faults: '' is no number; give 3,17 or none"],
    ['simulate --runs 0', "--runs: '0' is not a whole number from 1 on"],
    ['simulate --minutes 0', "--minutes: '0' is not a number above 0"],
    ['simulate --seed', '--seed needs a value'],
    ['simulate --seed 1.5', "--seed: '1.5' is not a whole number from 0 on"],
    ['simulate --seed 1 --seed 2', '--seed is given more than once'],
    ['simulate --explain', '--explain goes with --seed'],
    ['simulate --steps', '--steps goes with --seed'],
    ['simulate --seed 1 --runs 5', '--runs has no effect beside --seed'],
    ['simulate --minutes 1 --runs 5', '--runs has no effect beside --minutes'],
    ['simulate --workers 0', "--workers: '0' is not a whole number from 1 on"],
    ['simulate --replicas 8', "--replicas: '8' is not a whole number from 1 to 7"],
    ['simulate --clients 0', "--clients: '0' is not a whole number from 1 on"],
    ['mutants --max-seeds 0', "--max-seeds: '0' is not a whole number from 1 on"],
    ['mutants --only bod', "--only: there is no mutant 'bod'; --list tells all"],
    [
      'mutants --only lease-from-reciept',
      "--only: there is no mutant 'lease-from-reciept'; did you mean lease-from-receipt?; --list tells all",
    ],
    ['mutants --seed 7', '--seed goes with --only'],
    ['mutants --seed 7 --only lease-from-receipt,torn-tail-refused', '--seed goes with one mutant: --only NAME'],
    ['mutants --write --only lease-from-receipt', '--write goes with all mutants, not with --only'],
    ['mutants --list --write', '--write has no effect beside --list'],
    ['chaos --faults kil', /^--faults: 'kil' is none of .*; did you mean kill\?$/],
    ['chaos --replicas 4', "--replicas: '4' is none of 3, 5"],
    ['chaos --clients 0', "--clients: '0' is not a whole number from 1 on"],
    ['chaos --minutes soon', "--minutes: 'soon' is not a number above 0"],
    ['bench --clients 0', "--clients: '0' is not a whole number from 1 on"],
    ['bench --clients 1 --puts 2', "--puts: '2' is not a number from 0 to 1"],
    ['bench --depth 4', '--depth goes with --clients'],
    ['bench --replicas 0', "--replicas: '0' is not a whole number from 1 to 9"],
    ['bench --pauses 0', "--pauses: '0' is not a whole number from 1 on"],
    ['bench --at here', "--at: 'here' is not host:port"],
    ['bench --at localhost:9000 --restart', '--restart has no effect beside --at'],
    ['bench --at localhost:9000 -- --reads quorum', '--reads has no effect beside --at'],
    ['bench --out there', '--out is where a --report goes'],
  ];
  for (const [typed, complaint] of refused) {
    it(`refuse ${typed}`, async () => {
      const [name = '', ...argv] = words(typed);
      const told = await refusal(readers[name]?.(argv) ?? Promise.resolve());
      if (typeof complaint === 'string') expect(told).to.equal(complaint);
      else expect(told).to.match(complaint);
    });
  }

  it('simulate plays again what it printed', async () => {
    const typed = '--seed 5 --profile network --replicas 3 --until 1500 --faults 3,17 --clients 1 --explain';
    expect(await readSimulateOptions(words(typed), NOW, CPUS)).to.deep.include({
      seed: 5,
      wishes: { profile: 'network', replicas: 3, until: 1_500, faults: [3, 17], clients: 1 },
      explain: 'story',
    });
    expect(await readSimulateOptions(words('--seed 5 --faults none'), NOW, CPUS)).to.deep.include({
      wishes: { faults: [] },
    });
    expect(await readSimulateOptions([], NOW, CPUS)).to.deep.include({
      from: 1_700_000_000_000,
      runs: 200,
      minutes: 0,
    });
  });

  it('chaos plays every kind of fault with every size', async () => {
    const runs = await readChaosOptions(words('--minutes .5 --faults kill,stop --replicas 3,5 --each --seed 4'));
    expect(
      runs?.map(({ replicas, faults, durationMs, seed }) => ({ replicas, faults, durationMs, seed })),
    ).to.deep.equal(
      [3, 5].flatMap((replicas) =>
        ['kill', 'stop'].map((kind) => ({ replicas, faults: [kind], durationMs: 30_000, seed: 4 })),
      ),
    );
  });

  it('bench tells its daemons what is behind --', async () => {
    expect(await readBenchOptions(words('--vs etcd --vs redis etcd --restart -- --reads quorum'))).to.deep.include({
      vs: ['etcd', 'redis'],
      restart: 1_000_000,
      pauses: 0,
      passedOn: ['--reads', 'quorum'],
    });
  });
});
