import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { openBusybox, withLinux } from './run-busybox.ts';

const busybox = openBusybox('net-devices');
/** New ones for each test: the kernel removes those of a container that has ended when it has time. */
let device = '';
let other = '';
let count = 0;

const ip = (...args: string[]) => execFileSync('ip', args, { encoding: 'utf8' });

function addPair(): void {
  device = `kd${process.pid}a${count++}`;
  other = `kd${process.pid}b${count++}`;
  ip('link', 'add', device, 'type', 'veth', 'peer', 'name', other);
}

beforeEach(() => {
  addPair();
  ip('link', 'set', device, 'address', '02:11:22:33:44:55', 'mtu', '1420');
  ip('address', 'add', '192.0.2.5/24', 'dev', device);
  ip('address', 'add', '192.0.2.6/32', 'dev', device, 'scope', 'link');
  ip('address', 'add', '2001:db8::5/64', 'dev', device, 'nodad');
  ip('address', 'add', '192.0.2.7/32', 'dev', device, 'valid_lft', '1000', 'preferred_lft', '1000');
});
afterEach(() => {
  for (const name of [device, other]) spawnSync('ip', ['link', 'delete', name]);
});

/** `ip -o address` of busybox, without what differs. */
const SHOW = 'ip -o address show | awk \'$2 != "lo" { print $2, $4 }\' | sort; ';

describe('devices of the host that move into a container', { concurrency: 1 }, () => {
  test('keep MAC, MTU and lasting global addresses, and are up', async () => {
    const { exitCode, stdout } = await busybox.run(
      `${SHOW} cat /sys/class/net/${device}/address /sys/class/net/${device}/mtu; ip link show ${device} | grep -c '[<,]UP[,>]'`,
      withLinux({ netDevices: { [device]: {} } }),
    );
    const lines = stdout.trim().split('\n');
    assert.equal(exitCode, 0);
    // The address of the link itself is made anew by the kernel when it goes up.
    assert.deepEqual(
      lines.filter((line) => !line.includes('fe80:')),
      [`${device} 192.0.2.5/24`, `${device} 2001:db8::5/64`, '02:11:22:33:44:55', '1420', '1'],
    );
  });

  test('get a new name, or the next free one, also when they were up', async () => {
    ip('link', 'set', device, 'up');
    const renamed = await busybox.run(SHOW, withLinux({ netDevices: { [device]: { name: 'eth0' } } }));
    assert.match(renamed.stdout, /^eth0 192\.0\.2\.5\/24$/m);
    addPair();
    const both = { [device]: { name: 'net%d' }, [other]: { name: 'net%d' } };
    const { stdout } = await busybox.run('ls /sys/class/net', withLinux({ netDevices: both }));
    assert.deepEqual(stdout.split('\n'), ['lo', 'net0', 'net1', '']);
  });

  test('go to a network namespace that is joined, and to one of a user namespace', async () => {
    const name = `kd-${process.pid}`;
    ip('netns', 'add', name);
    try {
      await busybox.run('true', (spec) => ({
        ...spec,
        linux: {
          namespaces: [
            ...(spec.linux?.namespaces ?? []).filter(({ type }) => type !== 'network'),
            { type: 'network', path: `/run/netns/${name}` },
          ],
          netDevices: { [device]: { name: 'eth7' } },
        },
      }));
      assert.match(ip('-n', name, '-o', 'address', 'show', 'eth7'), /192\.0\.2\.5\/24/);
    } finally {
      ip('netns', 'delete', name);
    }
    addPair();
    const ids = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
    const { stdout } = await busybox.run('cat /sys/class/net/eth0/flags', (spec) => ({
      ...spec,
      linux: {
        namespaces: [...(spec.linux?.namespaces ?? []), { type: 'user' }],
        uidMappings: ids,
        gidMappings: ids,
        netDevices: { [device]: { name: 'eth0' } },
      },
    }));
    assert.equal(Number(stdout) & 1, 1);
  });

  test('that are not there, or whose name is taken: an error, and the host has what it had', async () => {
    await assert.rejects(busybox.run('true', withLinux({ netDevices: { missing0: {} } })), {
      code: 'NET_DEVICE_MISSING',
      message: 'there is no network device missing0 on the host',
    });
    ip('link', 'set', device, 'up');
    await assert.rejects(busybox.run('true', withLinux({ netDevices: { [other]: {}, [device]: { name: 'lo' } } })), {
      code: 'NET_DEVICE_NAME',
      message: 'the container has a network device lo already',
    });
    assert.match(ip('link', 'show', device), /[<,]UP[,>]/);
    assert.doesNotMatch(ip('link', 'show', other), /[<,]UP[,>]/);
    assert.match(ip('-o', 'address', 'show', device), /192\.0\.2\.5\/24/);
  });
});
