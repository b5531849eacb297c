/** containerd with `ctr run --runc-systemd-cgroup`, and with `SystemdCgroup = true` for what kubelet calls. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { criClient } from '../../../engines/cri-client.ts';
import { Daemon } from '../../../engines/daemon.ts';
import { eventually } from '../../../engines/eventually.ts';
import { output, runProgram } from '../../../engines/run-program.ts';
import { EnginePlaces, EngineScope, LIMITED, RUNTIMES, TRIED } from './engine-places.ts';

const IMAGE = 'docker.io/library/busybox:latest';
const places = new EnginePlaces();
const socket = places.path('socket');
const env = { ...places.env, CONTAINERD_ADDRESS: socket };
const state = ['--root', places.path('root'), '--state', places.path('state')];
const containerd = new Daemon(['containerd', '--config', places.path('config.toml'), ...state], {
  log: places.path('log'),
  isUp: ['ctr', 'version'],
  env,
});
const ctr = (...words: string[]) => output(['ctr', ...words], { env });
const names = ['runc', 'keelson'] as const;

before(async () => {
  const runtimes = names.flatMap((name) => [
    `[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.${name}]`,
    'runtime_type = "io.containerd.runc.v2"',
    `[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.${name}.options]`,
    `BinaryName = "${RUNTIMES[name]}"`,
    'SystemdCgroup = true',
  ]);
  const lines = ['version = 2', '[grpc]', `address = "${socket}"`, '[plugins."io.containerd.internal.v1.opt"]'];
  const cri = ['[plugins."io.containerd.grpc.v1.cri"]', `sandbox_image = "${IMAGE}"`];
  writeFileSync(
    places.path('config.toml'),
    [...lines, `path = "${places.path('opt')}"`, ...cri, ...runtimes, ''].join('\n'),
  );
  await containerd.start();
  const image = await makeImage();
  for (const namespace of ['default', 'k8s.io']) await ctr('--namespace', namespace, 'images', 'import', image);
});
after(async () => {
  await containerd.stop();
  await places[Symbol.asyncDispose]();
});

describe('containerd on units of systemd', { concurrency: 1 }, () => {
  for (const name of names) {
    test(`ctr by ${name}`, async () => {
      const own = [
        '--runc-binary',
        RUNTIMES[name],
        '--runc-systemd-cgroup',
        '--cgroup',
        `keelson-engine.slice:ctr:${name}`,
      ];
      const limits = ['--memory-limit', String(2 ** 26), '--cpu-quota', '50000', '--cpu-period', '100000'];
      const program = ['--rootfs', places.root, name, '/bin/busybox', 'sleep', '1000'];
      await ctr('run', '--detach', ...own, ...limits, ...program);
      const scope = new EngineScope(`ctr-${name}.scope`, 'keelson-engine.slice');
      scope.requireProperties(LIMITED);
      scope.requireFiles({ 'memory.max': String(2 ** 26), 'cpu.max': '50000 100000' });
      await ctr('tasks', 'exec', '--detach', '--exec-id', 'stays', name, '/bin/busybox', 'sleep', '1000');
      assert.equal(scope.processes, 2);
      const exec = ['ctr', 'tasks', 'exec', '--exec-id', 'ends', name, '/bin/sh', '-c', 'exit 5'];
      assert.equal((await runProgram(exec, { env })).status, 5);
      await ctr('tasks', 'kill', '--signal', 'KILL', '--all', name);
      await scope.requireGone();
      // Its status is that of the task.
      await runProgram(['ctr', 'tasks', 'delete', name], { env });
      await ctr('containers', 'delete', name);
    });
  }

  for (const name of TRIED) {
    test(`ctr saves a task of ${name} as an image, and restores it`, async () => {
      const [id, saved] = [`counts-${name}`, `docker.io/library/saved-${name}:latest`];
      const data = places.path(`data-${name}`);
      mkdirSync(data);
      const count = () => (existsSync(`${data}/n`) ? Number(readFileSync(`${data}/n`, 'utf8')) : 0);
      const past = (least: number) =>
        eventually(
          async () => count(),
          (now) => now > least,
        );
      const script =
        'i=0; while :; do i=$((i+1)); echo $i >/data/new; /bin/busybox mv /data/new /data/n; /bin/busybox sleep 0.1; done';
      const own = ['--runc-binary', RUNTIMES[name], '--runc-systemd-cgroup', '--cgroup', `:ctr:${id}`];
      const mount = ['--mount', `type=bind,src=${data},dst=/data,options=rbind:rw`];
      // The image has no folder for it.
      await ctr('run', '--detach', '--null-io', ...own, ...mount, IMAGE, id, '/bin/sh', '-c', script);
      await past(2);
      await ctr('containers', 'checkpoint', '--image', '--task', id, saved);
      await ctr('tasks', 'delete', '--force', id).catch(() => undefined);
      await ctr('containers', 'delete', id);
      const before = count();
      await ctr('containers', 'restore', '--live', id, saved);
      const then = await past(count());
      assert.ok(then < before + 200, `${before} and then ${then}`);
      const scope = new EngineScope(`ctr-${id}.scope`, 'system.slice');
      await ctr('tasks', 'delete', '--force', id).catch(() => undefined);
      await scope.requireGone();
      await ctr('containers', 'delete', id);
    });
  }

  test('pods', async () => {
    const client = criClient(socket);
    for (const name of TRIED) {
      const slice = `keelson-pod_${name}.slice`;
      const config = {
        metadata: { name, uid: name, namespace: 'default' },
        log_directory: places.path(`logs-${name}`),
        linux: {
          cgroup_parent: `/keelson.slice/${slice}`,
          security_context: { namespace_options: { network: 'NODE', pid: 'CONTAINER' } },
        },
      };
      mkdirSync(config.log_directory);
      const { pod_sandbox_id } = await client.call('RunPodSandbox', { config, runtime_handler: name });
      const { container_id } = await client.call('CreateContainer', {
        pod_sandbox_id,
        sandbox_config: config,
        config: {
          metadata: { name: 'main' },
          image: { image: IMAGE },
          log_path: 'main.log',
          linux: {
            resources: { cpu_period: 100_000, cpu_quota: 50_000, memory_limit_in_bytes: 2 ** 26 },
            security_context: { namespace_options: { network: 'NODE', pid: 'CONTAINER' } },
          },
        },
      });
      await client.call('StartContainer', { container_id });
      const sandbox = new EngineScope(`cri-containerd-${pod_sandbox_id}.scope`, slice);
      const scope = new EngineScope(`cri-containerd-${container_id}.scope`, slice);
      scope.requireProperties(LIMITED);
      scope.requireFiles({ 'memory.max': String(2 ** 26), 'cpu.max': '50000 100000' });
      const cmd = ['/bin/sh', '-c', 'exit 5'];
      assert.equal((await client.call('ExecSync', { container_id, cmd, timeout: 60 })).exit_code, 5);
      await client.call('UpdateContainerResources', { container_id, linux: { memory_limit_in_bytes: 2 ** 25 } });
      scope.requireProperties({ MemoryMax: String(2 ** 25) });
      scope.requireFiles({ 'memory.max': String(2 ** 25) });
      await client.call('StopContainer', { container_id, timeout: 0 });
      await scope.requireGone();
      await client.call('RemoveContainer', { container_id });
      for (const method of ['StopPodSandbox', 'RemovePodSandbox']) await client.call(method, { pod_sandbox_id });
      await sandbox.requireGone();
    }
    client.close();
  });
});

/** An image of the root file system whose program sleeps, as `docker save` writes it. Gives the path of the archive. */
async function makeImage(): Promise<string> {
  const folder = places.path('image');
  mkdirSync(folder);
  await output(['tar', '-C', places.root, '-cf', `${folder}/layer.tar`, '.']);
  const layer = createHash('sha256')
    .update(readFileSync(`${folder}/layer.tar`))
    .digest('hex');
  const config = {
    ...{ architecture: 'amd64', os: 'linux', config: { Cmd: ['/bin/busybox', 'sleep', '1000'] } },
    rootfs: { type: 'layers', diff_ids: [`sha256:${layer}`] },
  };
  writeFileSync(`${folder}/config.json`, JSON.stringify(config));
  const manifest = [{ Config: 'config.json', RepoTags: [IMAGE], Layers: ['layer.tar'] }];
  writeFileSync(`${folder}/manifest.json`, JSON.stringify(manifest));
  await output(['tar', '-C', folder, '-cf', places.path('image.tar'), 'manifest.json', 'config.json', 'layer.tar']);
  return places.path('image.tar');
}
