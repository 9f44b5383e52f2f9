// A quick report must not get into the documentation, and a report must not tell of the directories of whoever made it.
import { expect } from 'chai';
import { type Given, parts, reportOptions } from './options.js';

const given: Given = { report: undefined, only: parts, out: undefined, data: '/disk' };

describe('the options of a report', () => {
  const refused: readonly [name: string, given: Partial<Given>, message: string][] = [
    ['a quick one for the documentation', { report: 'quick' }, '--report quick needs --out DIR'],
    ['another pace', { report: 'slow', out: '/out' }, "'slow' is not quick"],
    ['a directory for nothing', { out: '/out' }, '--out is where a --report goes'],
    ['parts of nothing', { only: ['table'] }, '--only is for parts of a --report'],
  ];
  for (const [name, more, message] of refused) {
    it(`refuse ${name}`, () => {
      expect(() => reportOptions({ ...given, ...more }, [], [])).to.throw(message);
    });
  }

  it('refuse what a report does not go by', () => {
    const asked = { ...given, report: '' };
    for (const argv of [
      ['--report', '--clients', '64'],
      ['--vs=etcd', '--report'],
    ]) {
      expect(() => reportOptions(asked, argv, [])).to.throw(/^--(clients|vs) has no place in a --report/);
    }
    expect(reportOptions(asked, ['--report', '--', '--lease-ms', '600'], ['--lease-ms', '600'])?.plan).to.equal('full');
  });

  it('are none when none is asked for', () => {
    expect(reportOptions(given, ['--vs', 'etcd'], [])).to.equal(undefined);
  });

  it('tell what was typed, but for directories', () => {
    const argv = ['--report', 'quick', '--data', '/disk', '--out', '/disk/out'];
    const options = reportOptions({ ...given, report: 'quick', out: '/disk/out' }, argv, []);
    expect(options?.plan).to.equal('quick');
    expect(options?.commandLine).to.equal('npm run bench -- --report quick --data DATA --out OUT');
  });

  it('tell no directory that is typed behind an equals sign', () => {
    const options = reportOptions({ ...given, report: '' }, ['--report', '--data=/disk'], []);
    expect(options?.commandLine).to.equal('npm run bench -- --report --data=DATA');
  });

  it('are the full report where nothing more is said', () => {
    expect(reportOptions({ ...given, report: '' }, [], [])?.plan).to.equal('full');
  });
});
