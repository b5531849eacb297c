import { mkdirSync, writeFileSync } from 'node:fs';
import { Daemon } from './daemon.ts';
import { documentedFile } from './documented.ts';
import { output, type ProgramResult, runInTerminal, runProgram } from './run-program.ts';
import { cgroupParent, folder, makeImage, type RuntimeName, removeImage, runtimes } from './surroundings.ts';

const IMAGE = 'docker.io/library/busybox:latest';
const home = `${folder}/containerd`;
export const address = `${home}/socket`;
const env = { CONTAINERD_ADDRESS: address };

const POD_NETWORK = {
  cniVersion: '0.4.0',
  name: 'pods',
  plugins: [
    {
      type: 'bridge',
      bridge: 'pods0',
      isGateway: true,
      ipam: { type: 'host-local', dataDir: `${home}/addresses`, ranges: [[{ subnet: '10.77.0.0/16' }]] },
    },
  ],
};

/** containerd with all that it keeps in our folder. */
export async function startContainerd(): Promise<Daemon> {
  mkdirSync(home);
  const config = [
    documentedFile('/etc/containerd/config.toml'),
    `[grpc]\naddress = "${address}"`,
    `[plugins."io.containerd.internal.v1.opt"]\npath = "${home}/opt"`,
    '[plugins."io.containerd.grpc.v1.cri"]',
    'sandbox_image = "docker.io/library/pause:latest"',
    // What lets pods run on a machine with fewer privileges and controllers than a node has.
    'restrict_oom_score_adj = true',
    'tolerate_missing_hugetlb_controller = true',
    'disable_apparmor = true',
    '[plugins."io.containerd.grpc.v1.cri".cni]',
    `conf_dir = "${home}/cni"`,
    'bin_dir = "/usr/lib/cni"',
  ];
  mkdirSync(`${home}/cni`);
  writeFileSync(`${home}/cni/pods.conflist`, JSON.stringify(POD_NETWORK));
  writeFileSync(`${home}/config.toml`, `${config.join('\n')}\n`);
  const daemon = new Daemon(
    ['containerd', '--config', `${home}/config.toml`, '--root', `${home}/root`, '--state', `${home}/state`],
    {
      log: `${home}/log`,
      isUp: ['ctr', 'version'],
      env,
    },
  );
  await daemon.start();
  await output(['ctr', 'images', 'import', await makeImage()], { env });
  removeImage();
  for (const [name, ...command] of [
    ['busybox', 'sh'],
    ['pause', 'sleep', '1000'],
  ]) {
    await output(['ctr', '--namespace', 'k8s.io', 'images', 'import', await makeImage(name, command)], { env });
    removeImage();
  }
  return daemon;
}

/** `ctr` as a user of one runtime types it. */
export class Ctr {
  readonly #runtime: string;
  readonly name: RuntimeName;

  constructor(runtime: RuntimeName) {
    this.#runtime = runtimes[runtime];
    this.name = runtime;
  }

  /** Names are of one containerd, runtimes take turns. */
  id(name: string): string {
    return `${this.name}-${name}`;
  }

  /** A command as a user types it, whose container comes below the lane's cgroup. */
  command(words: readonly string[]): Promise<string> {
    const cgroup = ['--cgroup', `${cgroupParent}/documented`];
    return output(
      words.flatMap((word) => (word === 'run' ? [word, ...cgroup] : [word])),
      { env },
    );
  }

  runWords(name: string, flags: readonly string[], program: readonly string[]): string[] {
    const cgroup = `${cgroupParent}/${this.id(name)}`;
    const own = ['--runtime', 'io.containerd.runc.v2', '--runc-binary', this.#runtime, '--cgroup', cgroup];
    return ['ctr', 'run', ...own, ...flags, IMAGE, this.id(name), ...program];
  }

  run(name: string, flags: readonly string[], program: readonly string[]): Promise<ProgramResult> {
    return runProgram(this.runWords(name, flags, program), { env });
  }

  runInTerminal(name: string, flags: readonly string[], program: readonly string[]): Promise<ProgramResult> {
    return runInTerminal(this.runWords(name, ['-t', ...flags], program), { env });
  }

  task(...words: string[]): Promise<string> {
    return output(['ctr', 'tasks', ...words], { env });
  }

  taskResult(...words: string[]): Promise<ProgramResult> {
    return runProgram(['ctr', 'tasks', ...words], { env });
  }

  taskInTerminal(...words: string[]): Promise<ProgramResult> {
    return runInTerminal(['ctr', 'tasks', ...words], { env });
  }

  async status(name: string): Promise<string | undefined> {
    const lines = (await this.task('ls')).split('\n').map((line) => line.split(/\s+/));
    return lines.find(([id]) => id === this.id(name))?.[2];
  }

  async removeContainer(name: string): Promise<void> {
    await output(['ctr', 'containers', 'delete', this.id(name)], { env });
  }

  async removeAll(): Promise<void> {
    for (const id of (await output(['ctr', 'containers', 'ls', '-q'], { env })).split('\n').filter(Boolean)) {
      await runProgram(['ctr', 'tasks', 'delete', '--force', id], { env });
      await this.removeContainer(id.slice(this.id('').length));
    }
  }
}
