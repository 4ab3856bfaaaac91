// The texts are those of real machines; lines that say nothing new are left out.
import { describe, expect, it } from 'vitest';
import {
  cpuUsedRatio,
  diskUsedRatio,
  groupMemoryUsedRatio,
  memoryUsedRatio,
  parseCpuTimes,
  parseDiskBytes,
  parseNetworkBytes,
} from './host-usage.ts';

const stat = `cpu  1946217 200547 912707 3872147 37313 0 19978 3648 0 0
cpu0 948748 85176 440865 2005517 7649 0 5251 1803 0 0
cpu1 997469 115370 471841 1866630 29664 0 14727 1845 0 0
ctxt 366559948
btime 1795222045
procs_running 4
`;

const meminfo = `MemTotal:       24684084 kB
MemFree:        19146444 kB
MemAvailable:   22629432 kB
Buffers:           61040 kB
Cached:          2468228 kB
SwapCached:            0 kB
`;

const netDev = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo: 20495176142 10735155    0    0    0     0          0         0 20495176142 10735155    0    0    0     0       0          0
  ifb0:       0       0    0    0    0     0          0         0        0       0    0    0    0     0       0          0
  eth0: 17939737912  443055    0    0    0     0          0         0 29425333  269205    0    0    0     0       0          0
 veth1:1000 1 0 0 0 0 0 0 7 1 0 0 0 0 0 0
`;

const diskstats = `   7       0 loop0 9 0 8 0 0 0 0 0 0 0 0 0 0 0 0 0 0
 254       0 vda 5266625 1036628 262359258 5650666 5888734 8013230 504675104 5456653 0 1131772 11699586 4226422 23852 395671376 489395 801461 102871
 253       0 zram0 9 0 8 0 9 0 8 0 0 0 0 0 0 0 0 0 0
`;

const partitioned = `   8       0 sda 100 0 1000 0 100 0 2000 0 0 0 0
   8       1 sda1 60 0 600 0 60 0 1200 0 0 0 0
   8      14 sda14 40 0 400 0 40 0 800 0 0 0 0
 259       0 nvme0n1 10 0 30 0 10 0 40 0 0 0 0
 259       1 nvme0n1p1 10 0 30 0 10 0 40 0 0 0 0
 259       2 nvme0n10 10 0 5 0 10 0 6 0 0 0 0
 252       0 dm-0 10 0 30 0 10 0 40 0 0 0 0
`;

describe('the cores', () => {
  it('are busy with all but idling and waiting for disks', () => {
    expect(parseCpuTimes(stat)).toEqual({
      busy: 1_946_217 + 200_547 + 912_707 + 19_978 + 3_648,
      all: 1_946_217 + 200_547 + 912_707 + 3_872_147 + 37_313 + 19_978 + 3_648,
    });
  });

  it.each(['', 'no such text', 'cpu  \n', 'cpu 1 2 3\n'])('cannot be read from %j', (text) => {
    expect(parseCpuTimes(text)).toBeUndefined();
  });

  it.each([
    ['between two looks', { busy: 10, all: 100 }, { busy: 40, all: 160 }, 0.5],
    ['not at all in no time', { busy: 10, all: 100 }, { busy: 10, all: 100 }, 0],
    ['never less than not at all', { busy: 10, all: 100 }, { busy: 9, all: 110 }, 0],
    ['never more than all', { busy: 10, all: 100 }, { busy: 21, all: 110 }, 1],
    ['not at all where counts went back', { busy: 10, all: 100 }, { busy: 5, all: 50 }, 0],
  ])('are used %s', (_, before, after, used) => {
    expect(cpuUsedRatio(before, after)).toBe(used);
  });
});

describe('the memory', () => {
  it('is used as far as it could not be given to a new program', () => {
    expect(memoryUsedRatio(meminfo)).toBeCloseTo(1 - 22_629_432 / 24_684_084);
    expect(memoryUsedRatio('MemTotal: 1 kB\n')).toBeUndefined();
    expect(memoryUsedRatio('')).toBeUndefined();
  });

  it.each([
    [
      'of version 2',
      {
        ...{ limit: '1073741824\n', used: '536870912\n', droppable: 'inactive_file' },
        stat: 'anon 1\nactive_file 5\ninactive_file 268435456\n',
      },
      0.25,
    ],
    [
      'of version 1',
      {
        ...{ limit: '1073741824\n', used: '536870912\n', droppable: 'total_inactive_file' },
        stat: 'inactive_file 1\ntotal_inactive_file 0\n',
      },
      0.5,
    ],
    ['without one, version 2', { limit: 'max\n', used: '9\n', stat: '', droppable: 'x' }, 0],
    ['that is not there', { limit: '', used: '', stat: '', droppable: 'x' }, 0],
  ])('is measured against the limit of a group %s', (_, group, used) => {
    expect(groupMemoryUsedRatio(group)).toBeCloseTo(used);
  });

  it('is hardly used of the limit that version 1 has for none', () => {
    const group = {
      limit: '9223372036854771712\n',
      used: '8589934592\n',
      stat: '',
      droppable: 'x',
    };
    expect(groupMemoryUsedRatio(group)).toBeLessThan(1e-6);
  });
});

describe('the disk', () => {
  it('is used of what users may have', () => {
    expect(diskUsedRatio({ blocks: 1_000, bfree: 400, bavail: 200 })).toBe(0.75);
    expect(diskUsedRatio({ blocks: 1_000, bfree: 50, bavail: 0 })).toBe(1);
    expect(diskUsedRatio({ blocks: 0, bfree: 0, bavail: 0 })).toBe(0);
  });

  it('counts each byte once', () => {
    expect(parseDiskBytes(diskstats)).toEqual({
      diskReadBytes: 262_359_258 * 512,
      diskWrittenBytes: 504_675_104 * 512,
    });
    expect(parseDiskBytes(partitioned)).toEqual({
      diskReadBytes: 1_035 * 512,
      diskWrittenBytes: 2_046 * 512,
    });
    expect(parseDiskBytes('')).toEqual({ diskReadBytes: 0, diskWrittenBytes: 0 });
  });
});

describe('the network', () => {
  it('is what came and went, but for loopback', () => {
    expect(parseNetworkBytes(netDev)).toEqual({
      networkReceivedBytes: 17_939_738_912,
      networkSentBytes: 29_425_340,
    });
  });
});
