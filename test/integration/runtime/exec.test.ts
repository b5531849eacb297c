import assert from 'node:assert/strict';
import { readlinkSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import {
  execIn,
  type Launched,
  launch,
  openRuntime,
  type RuntimeHost,
  setUpCgroup,
} from '../../../src/runtime/index.ts';
import type { Process, RuntimeSpec } from '../../../src/spec/index.ts';
import { runs, until } from '../agent/processes.ts';
import { specOf } from '../differential/bundles.ts';
import { openBusybox } from './run-busybox.ts';

const busybox = openBusybox('exec');
const id = `exec-${process.pid}`;
const change = (spec: RuntimeSpec): RuntimeSpec => ({
  ...spec,
  linux: {
    namespaces: [...(spec.linux?.namespaces ?? []), { type: 'time' }, { type: 'cgroup' }],
    timeOffsets: { boottime: { secs: 10_000_000 } },
    resources: { cpu: { cpus: '0-1', mems: '0' } },
  },
});
const spec = specOf({ name: id, script: 'exec busybox sleep 1000', change }, busybox.root);
const base = { id, spec, root: { kind: 'folder', path: busybox.root } } as const;
let host: RuntimeHost;
let container: Launched;

before(async () => {
  host = await openRuntime();
  container = await launch(host, { ...base, stdio: { stdin: 'none', stdout: 'none', stderr: 'none' } });
});
after(async () => {
  process.kill(container.pid, 'SIGKILL');
  container.monitor.release();
  await until(() => !runs(container.pid), 'the container has ended');
  await setUpCgroup({ id, spec }).remove();
  await host[Symbol.asyncDispose]();
});

async function exec(script: string, more: Partial<Process> = {}): Promise<string> {
  const own: Process = { cwd: '/', args: ['/bin/busybox', 'sh', '-c', script], env: ['PATH=/bin'], ...more };
  const stdio = { stdin: 'none', stdout: 'stream', stderr: 'none' } as const;
  const launched = await execIn(host, container.pid, { ...base, spec: { ...spec, process: own }, stdio });
  const output = launched.stdout ? await text(launched.stdout) : '';
  await launched.exited;
  launched.monitor.release();
  return output.trim();
}

describe('a process that is added', { concurrency: 1 }, () => {
  test('sees the clocks of the container', async () => {
    const seconds = await exec('busybox cut -d. -f1 /proc/uptime');
    assert.ok(Number(seconds) > 10_000_000, seconds);
  });

  test('is in the cgroups of the container, and sees them as it does', async () => {
    const namespaces = ['cgroup', 'mnt', 'pid', 'net', 'ipc', 'uts', 'time'];
    const seen = await exec(`cd /proc/self/ns; for n in ${namespaces.join(' ')}; do busybox readlink $n; done`);
    assert.deepEqual(
      seen.split('\n'),
      namespaces.map((name) => readlinkSync(`/proc/${container.pid}/ns/${name}`)),
    );
    const [own, first] = [await exec('busybox cat /proc/self/cgroup'), await exec('busybox cat /proc/1/cgroup')];
    assert.equal(own, first);
    assert.match(own, /^(\d+:[^:]*:\/\n?)+$/);
  });

  test('runs on the CPUs of execCPUAffinity', async () => {
    const allowed = "busybox awk '/Cpus_allowed_list/ { print $2 }' /proc/self/status";
    const all = await exec(allowed);
    assert.notEqual(all, '0');
    assert.equal(await exec(allowed, { execCPUAffinity: { final: '0' } }), '0');
    // What is set before the cgroup is entered stays where that has no cpuset of its own (cpuset(7)).
    assert.match(await exec(allowed, { execCPUAffinity: { initial: '0', final: '0-1' } }), /^0[,-]1$/);
  });
});
