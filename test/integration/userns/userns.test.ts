import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { LeakCheck } from '../../leak-check.ts';
import { configOf, runToEnd, shell, temporaryEngine } from '../engine/container-under-test.ts';

const auto = { namespaces: { user: { mode: 'auto' as const } } };

let engine: Awaited<ReturnType<typeof temporaryEngine>>;
before(async () => {
  engine = await temporaryEngine();
});
after(() => engine[Symbol.asyncDispose]());

/** Starts a container that lives until it is removed. */
function sleeper() {
  const config = configOf(['sh', '-c', 'echo x > /written; chown 7:8 /written; sleep 1000'], {
    ...auto,
    autoRemove: false,
  });
  return engine.run({ config, detach: true, stdio: { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' } });
}

/** First host id of a process's user namespace. */
function firstId(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/uid_map`, 'utf8').trim().split(/\s+/)[1]);
}

describe('a user namespace', () => {
  test('root inside is nobody in particular outside, and the image belongs to root inside', async () => {
    const out = await shell(engine, 'id -u; cat /proc/self/uid_map; stat -c "%u:%g" / /bin/busybox /bin', auto);
    assert.match(out, /^0\n\s+0\s+\d{6,}\s+65536\n0:0\n0:0\n0:0\n$/);
  });

  test('what it writes belongs to its own ids on the host; two never share any', async () => {
    const check = new LeakCheck(engine.root);
    const one = await sleeper();
    const two = await sleeper();
    check.note();
    const [first, second] = [firstId(one.pid), firstId(two.pid)];
    assert.ok(Math.abs(first - second) >= 65536);
    assert.match(readFileSync(`/proc/${one.pid}/status`, 'utf8'), new RegExp(`Uid:\t${first}\t${first}`));
    const { layers } = await engine.inspect(one.id);
    while (statSync(join(layers.upper ?? '', 'written'), { throwIfNoEntry: false })?.uid !== first + 7)
      await new Promise((done) => setTimeout(done, 10));
    assert.equal(statSync(join(layers.upper ?? '', 'written')).gid, first + 8);
    for (const { id } of [one, two]) await engine.remove(id, { force: true });
    await check.assertClean();
  });

  test('another process enters it, also as a user', async () => {
    const { id } = await sleeper();
    for (const [user, expected] of [
      ['0', '0\n65536\n'],
      ['nobody', '65534\n65536\n'],
    ] as const) {
      const command = ['sh', '-c', "id -u; awk '{print $3}' /proc/self/uid_map; echo seen > /dev/stderr"];
      const exec = { command, env: [], tty: false, user };
      const entered = await engine.exec(
        id,
        { ...exec, interactive: false, privileged: false },
        { stdio: { stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' } },
      );
      const [out, errors] = await Promise.all([
        entered.stdout ? text(entered.stdout) : '',
        entered.stderr ? text(entered.stderr) : '',
      ]);
      assert.deepEqual([out, errors], [expected, 'seen\n']);
    }
    await engine.remove(id, { force: true });
  });

  test('a terminal, an ordinary user and a low limit', async () => {
    const config = configOf(['sh', '-c', 'tty; id -u; ulimit -n'], {
      ...auto,
      tty: true,
      user: 'nobody',
      ulimits: [{ name: 'nofile', soft: 20, hard: 30 }],
    });
    const { stdout } = await runToEnd(engine, config);
    assert.equal(stdout.replaceAll('\r', ''), '/dev/pts/0\n65534\n20\n');
  });

  test('privileges inside mean nothing outside', async () => {
    const privileges = { ...configOf([]).privileges, privileged: true };
    const out = await shell(
      engine,
      'mknod /b b 1 0 2>/dev/null || echo no device; echo 1 > /proc/sys/kernel/panic 2>/dev/null || echo no setting; mkdir /m; mount -t tmpfs none /m && echo own mount',
      { ...auto, privileges },
    );
    assert.equal(out, 'no device\nno setting\nown mount\n');
  });

  test('a bridge network', async () => {
    const network = { ...configOf([]).network, mode: 'bridge' as const };
    const out = await shell(engine, 'ping -c 1 -W 5 $(ip route | awk "/default/{print \\$3}"); cat /etc/hosts', {
      ...auto,
      network,
    });
    assert.match(out, /1 packets received[\s\S]*localhost/);
  });

  test("the host's network, whose sysfs it cannot mount", async () => {
    const network = { ...configOf([]).network, mode: 'host' as const };
    assert.match(await shell(engine, 'ls /sys/class/net', { ...auto, network }), /lo/);
  });

  test('a folder that only root of the host can reach is bound, with the ids of the host', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'keelson-userns-'));
    mkdirSync(join(folder, 'inner'));
    writeFileSync(join(folder, 'inner', 'file'), 'bound');
    const mounts = [{ type: 'bind' as const, source: join(folder, 'inner'), target: '/data', readOnly: false }];
    assert.equal(await shell(engine, 'cat /data/file; stat -c :%u /data/file', { ...auto, mounts }), 'bound:65534\n');
    rmSync(folder, { recursive: true });
  });

  test('maps by hand, too small for the group of terminals', async () => {
    const map = [{ containerID: 0, hostID: 1_900_000_000, size: 3 }];
    const namespaces = { user: { mode: 'maps' as const, uidMaps: map, gidMaps: map } };
    assert.equal(await shell(engine, "awk '{print $1,$2,$3}' /proc/self/gid_map", { namespaces }), '0 1900000000 3\n');
  });

  test('root keeps no id', async () => {
    await assert.rejects(shell(engine, 'true', { namespaces: { user: { mode: 'keep-id' } } }), {
      code: 'KEEP_ID_OF_ROOT',
    });
  });
});
