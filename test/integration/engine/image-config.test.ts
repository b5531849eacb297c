import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { configOf, runToEnd, shell, temporaryEngine } from './container-under-test.ts';

const isRoot = process.getuid?.() === 0;

const CHANGES = [
  'ENV GREETING=hello',
  'ENV PATH=/bin:/usr/bin:/own',
  'WORKDIR /tmp',
  'USER 33:34',
  'ENTRYPOINT ["/bin/sh", "-c"]',
  'CMD ["echo $GREETING; pwd; id -u; id -g; echo $PATH"]',
  'STOPSIGNAL USR1',
  'LABEL tier="front end"',
  'VOLUME /data',
  'EXPOSE 80 53/udp',
];

test('what an image says of its containers is done', { skip: !isRoot && 'needs root' }, async () => {
  await using engine = await temporaryEngine();
  await (
    await engine.run({
      config: configOf(['true']),
      detach: false,
      stdio: { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' },
    })
  ).exited;
  const [folder = ''] = (await engine.images.inspect('busybox')).folders;
  const archive = execFileSync('tar', ['-C', folder, '-c', '.'], { maxBuffer: 1 << 26 });
  await engine.images.import(Readable.from([archive]), { name: 'set:1', changes: CHANGES });
  const set = { image: 'set:1' };

  const { stdout } = await runToEnd(engine, configOf([], set));
  assert.equal(stdout, 'hello\n/tmp\n33\n34\n/bin:/usr/bin:/own\n');
  // What is asked for counts more.
  const other = { ...set, entrypoint: [], env: ['GREETING=bye'], user: '0', workdir: '/' };
  assert.equal(await shell(engine, 'echo $GREETING $(pwd) $(id -u)', other), 'bye / 0\n');
  assert.match(await shell(engine, 'grep " /data " /proc/self/mounts', { ...set, entrypoint: [] }), /\/data/);

  const asked = 'trap "exit 7" USR1; trap "exit 8" TERM; echo ready; while :; do sleep 0.05; done';
  const stdio = { stdin: 'ignore', stdout: 'pipe', stderr: 'ignore' } as const;
  for (const [stopSignal, code] of [
    [undefined, 7],
    ['TERM', 8],
  ] as const) {
    const config = configOf([asked], { ...set, stopSignal, autoRemove: false });
    const container = await engine.run({ config, detach: false, stdio });
    await new Promise<void>((resolve) => container.stdout?.once('data', () => resolve()));
    assert.equal((await engine.stop(container.id)).exitCode, code);
  }

  const { config } = (await engine.images.inspect('set:1')).config;
  assert.deepEqual(config?.Labels, { tier: 'front end' });
  assert.deepEqual(Object.keys(config?.ExposedPorts ?? {}), ['80/tcp', '53/udp']);
});
