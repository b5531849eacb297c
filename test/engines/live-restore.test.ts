/** dockerd with `live-restore`: containers live on while it is away, also through its runtime's eyes. */
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Docker, DockerEngine } from './docker-engine.ts';
import { eventually } from './eventually.ts';
import { onEachRuntime, type Scenario } from './scenario.ts';

const engine = new DockerEngine('live-restore');
before(() => engine.start({ flags: ['--live-restore', '--bridge', 'none'] }));
after(() => engine.stop());

const COUNT = 'i=0; while :; do echo $i; i=$((i+1)); sleep 0.1; done';
const status = (docker: Docker, name: string) =>
  docker.inspect(name, '{{.State.Status}} {{.State.Pid}} {{.State.ExitCode}}');

async function livesOn(docker: Docker, restart: () => Promise<void>): Promise<void> {
  await docker.do(...docker.runWords(['-d', '--name', 'lives', '-m', '64m'], ['sh', '-c', COUNT]));
  await eventually(
    () => docker.do('logs', 'lives'),
    (text) => text.includes('3'),
  );
  const before = await status(docker, 'lives');
  assert.match(before, /^running /);
  await restart();
  assert.equal(await status(docker, 'lives'), before);
  assert.equal(await docker.do('exec', 'lives', 'cat', '/proc/1/comm'), 'sh');
  await docker.do('pause', 'lives');
  await docker.do('unpause', 'lives');
  await docker.do('update', '-m', '32m', '--memory-swap', '64m', 'lives');
  const count = async () => (await docker.do('logs', 'lives')).split('\n').map(Number);
  const seen = (await count()).length;
  await eventually(count, (numbers) => numbers.length > seen + 5);
  // Without a hole where nobody was there to read.
  for (const [index, number] of (await count()).entries()) assert.equal(number, index);
  await docker.do('stop', '-t', '0', 'lives');
  assert.equal(await status(docker, 'lives'), 'exited 0 137');
  await docker.do('start', 'lives');
  assert.equal(await docker.do('exec', 'lives', 'echo', 'again'), 'again');
  await docker.do('rm', '-f', 'lives');
}

const scenarios: readonly Scenario<Docker>[] = [
  { name: 'dockerd is stopped and started', run: (docker) => livesOn(docker, () => docker.engine.restart()) },
  { name: 'dockerd is killed and started', run: (docker) => livesOn(docker, () => docker.engine.crash()) },
  {
    name: 'a container that ends while dockerd is away',
    async run(docker) {
      await docker.do(...docker.runWords(['-d', '--name', 'ends'], ['sh', '-c', 'sleep 2; exit 3']));
      await docker.engine.restart(() => sleep(3000));
      await eventually(
        () => status(docker, 'ends'),
        (text) => text === 'exited 0 3',
      );
      await docker.do('rm', 'ends');
    },
  },
];

onEachRuntime(scenarios, {
  isRoot: true,
  engineOn: (runtime) => engine.client(runtime),
  // Itself and its containerd, started anew, and the network namespace that it opens once.
  expected: /\/exec\/netns\/default |^process \d+ (dockerd|containerd) --config/,
  cleanUp: async (docker) => {
    await docker.try('rm', '-fv', 'lives', 'ends');
  },
});
