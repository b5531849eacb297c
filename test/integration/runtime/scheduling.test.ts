import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Linux, Process, RuntimeSpec } from '../../../src/spec/index.ts';
import { library } from '../differential/drivers.ts';

let root: string;
before(() => {
  root = mkdtempSync(join(tmpdir(), 'keelson-scheduling-'));
  chmodSync(root, 0o755);
  for (const path of ['bin', 'proc']) mkdirSync(join(root, path));
  execFileSync('cp', ['/bin/busybox', join(root, 'bin')]);
});
after(() => rmSync(root, { recursive: true }));

let count = 0;
async function print(script: string, { process: p, linux }: { process?: Partial<Process>; linux?: Linux }) {
  const spec: RuntimeSpec = {
    ociVersion: '1.3.0',
    process: { cwd: '/', args: ['/bin/busybox', 'sh', '-c', script], env: ['PATH=/bin'], ...p },
    root: { path: root },
    mounts: [{ destination: '/proc', type: 'proc', source: 'proc' }],
    linux: { namespaces: [{ type: 'mount' }, { type: 'pid' }], ...linux },
  };
  const { stdout, stderr, exitCode } = await library.run(spec, `scheduling-${process.pid}-${count++}`);
  assert.equal(stderr, '');
  assert.equal(exitCode, 0);
  return stdout.trim();
}

/** Fields of /proc/PID/stat: 19 nice, 40 real-time priority, 41 policy (proc_pid_stat(5)). */
const TURN = "busybox awk '{ print $19, $40, $41 }' /proc/self/stat";
const MAPS = {
  uidMappings: [{ containerID: 0, hostID: 100000, size: 1000 }],
  gidMappings: [{ containerID: 0, hostID: 100000, size: 1000 }],
};

describe('what a process inherits from its specification', () => {
  test('the scheduler', async () => {
    const by = (scheduler: Process['scheduler']) => print(TURN, { process: { scheduler } });
    assert.equal(await by({ policy: 'SCHED_BATCH', nice: 5 }), '5 0 3');
    assert.equal(await by({ policy: 'SCHED_OTHER', nice: -3 }), '-3 0 0');
    assert.equal(await by({ policy: 'SCHED_IDLE' }), '0 0 5');
  });

  test('the scheduler and the disk priority, where init has no right to take them itself', async () => {
    const namespaces = [{ type: 'mount' as const }, { type: 'pid' as const }, { type: 'user' as const }];
    const process = {
      scheduler: { policy: 'SCHED_OTHER' as const, nice: -4 },
      ioPriority: { class: 'IOPRIO_CLASS_RT' as const, priority: 3 },
    };
    const shown = await print(`${TURN}; busybox ionice -p $$`, { process, linux: { namespaces, ...MAPS } });
    assert.equal(shown, '-4 0 0\nrealtime: prio 3');
  });

  test('the disk priority', async () => {
    const by = (ioPriority: Process['ioPriority']) => print('busybox ionice -p $$', { process: { ioPriority } });
    assert.equal(await by({ class: 'IOPRIO_CLASS_BE', priority: 6 }), 'best-effort: prio 6');
    assert.equal(await by({ class: 'IOPRIO_CLASS_IDLE' }), 'idle');
  });

  test('the personality', async () => {
    const of = (domain: 'LINUX' | 'LINUX32') =>
      print('busybox uname -m', { linux: linuxWith({ personality: { domain } }) });
    const [wide, narrow] = [await of('LINUX'), await of('LINUX32')];
    assert.notEqual(wide, narrow);
    assert.match(narrow, /^(i686|armv8l)$/);
  });

  test('the memory policy', async () => {
    const memoryPolicy = { mode: 'MPOL_BIND', nodes: '0', flags: ['MPOL_F_STATIC_NODES'] } as const;
    const shown = await print('busybox head -n 1 /proc/self/numa_maps', { linux: linuxWith({ memoryPolicy }) });
    assert.match(shown, /^[0-9a-f]+ bind=static:0 /);
  });

  test('Intel RDT is refused before anything is made where there is no resctrl', async () => {
    await assert.rejects(print('', { linux: linuxWith({ intelRdt: { closID: 'x' } }) }), {
      code: 'INTEL_RDT',
    });
  });
});

function linuxWith(linux: Linux): Linux {
  return { namespaces: [{ type: 'mount' }, { type: 'pid' }], ...linux };
}
