// What the kernel tells of disks must be found by the device's number, however large that is.
import { expect } from 'chai';
import { Meter, writesOf } from './usage.js';

const workedMicros = 200_000;
/** The kernel tells whole ones, of user and of system time. */
const tickSeconds = 0.03;

const diskStats = `   7       0 loop0 1 2 3 4 5 6 7 8 9 10 11
 254       0 vda 32854 7571 1725394 13737 3332166 117358 125426912 268607 0 184276
 254       1 vda1 1 2 3 4 77 6 7 8 9
 259     300 nvme9n1 1 2 3 4 88 6 7 8 9
`;

describe('the use of the machine', () => {
  const devices: readonly [name: string, major: number, minor: number, writes: number, bytes: number][] = [
    ['a whole disk', 254, 0, 3_332_166, 125_426_912 * 512],
    ['a partition', 254, 1, 77, 7 * 512],
    ['a minor number of more than eight bits', 259, 300, 88, 7 * 512],
    ['a disk that is not told of', 254, 2, 0, 0],
  ];
  for (const [name, major, minor, writes, bytes] of devices) {
    it(`finds the writes of ${name}`, () => {
      const device = ((minor & 0xfff00) << 12) | (major << 8) | (minor & 0xff);
      expect(writesOf(diskStats, device)).to.deep.equal({ writes, bytes });
    });
  }

  it('is that of the time since the meter was made', () => {
    const meter = new Meter({ pids: [process.pid], directory: '.' });
    const before = process.cpuUsage();
    let user = 0;
    while (user < workedMicros) user = process.cpuUsage(before).user;
    const { cpuSeconds } = meter.read();
    const { user: ofUser, system } = process.cpuUsage(before);
    expect(cpuSeconds).to.have.lengthOf(1);
    expect(cpuSeconds[0]).to.be.closeTo((ofUser + system) / 1e6, tickSeconds);
  });

  it('is nothing where nobody is watched, and 0 for who is gone', () => {
    expect(new Meter(undefined).read()).to.deep.equal({
      cpuSeconds: [],
      disk: { writes: 0, bytes: 0 },
    });
    const gone = new Meter({ pids: [2 ** 30], directory: '.' }).read();
    expect(gone.cpuSeconds).to.deep.equal([0]);
  });
});
