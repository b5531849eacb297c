import { appendFileSync, chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { documentedFile } from './documented.ts';
import { output, type ProgramOptions, type ProgramResult, runInTerminal, runProgram } from './run-program.ts';
import { cgroupParent, folder, makeImage, type RuntimeName, removeImage } from './surroundings.ts';

/** Podman's storage of one user, in our folder. There is no daemon. */
export class PodmanEngine {
  readonly #options: ProgramOptions;
  readonly #storage: readonly string[];
  readonly #cgroupFlags: readonly string[];

  private constructor(options: ProgramOptions, storage: readonly string[], cgroupFlags: readonly string[]) {
    this.#options = options;
    this.#storage = storage;
    this.#cgroupFlags = cgroupFlags;
  }

  static async ofRoot(): Promise<PodmanEngine> {
    const home = makeHome('podman', 0);
    const storage = ['--root', `${home}/root`, '--runroot', `${home}/run`, '--tmpdir', `${home}/tmp`];
    const engine = new PodmanEngine({ env: environment(home) }, storage, ['--cgroup-parent', cgroupParent]);
    await engine.#load();
    return engine;
  }

  /** Of an ordinary user, whom the lane's own /etc gets for it. */
  static async ofUser(): Promise<PodmanEngine> {
    const uid = 4321;
    const home = makeHome('rootless', uid);
    appendFileSync('/etc/passwd', `rootless:x:${uid}:${uid}::${home}:/bin/sh\n`);
    appendFileSync('/etc/group', `rootless:x:${uid}:\n`);
    for (const file of ['/etc/subuid', '/etc/subgid']) appendFileSync(file, 'rootless:500000:65536\n');
    // Debian's udev makes this node for everybody; a machine without udev has it for root alone.
    await output(['sh', '-euc', 'mount -t tmpfs none /dev/net; mknod -m 666 /dev/net/tun c 10 200']);
    const engine = new PodmanEngine({ env: environment(home), uid, folder: home }, [], []);
    await engine.#load();
    return engine;
  }

  async #load(): Promise<void> {
    const archive = await makeImage();
    await output(['podman', ...this.#storage, 'load', '-q', '-i', archive], this.#options);
    removeImage();
  }

  client(runtime: RuntimeName): Podman {
    return new Podman(['podman', ...this.#storage, '--runtime', runtime], this.#options, this.#cgroupFlags);
  }
}

function makeHome(name: string, uid: number): string {
  const home = `${folder}/${name}`;
  for (const path of [home, `${home}/xdg`]) {
    mkdirSync(path, { mode: 0o700 });
    chownSync(path, uid, uid);
  }
  chmodSync(folder, 0o755);
  writeFileSync(`${home}/containers.conf`, documentedFile('/etc/containers/containers.conf'));
  return home;
}

function environment(home: string): Record<string, string> {
  return { HOME: home, XDG_RUNTIME_DIR: `${home}/xdg`, CONTAINERS_CONF: `${home}/containers.conf` };
}

/** `podman` as a user of one runtime types it. */
export class Podman {
  readonly #words: readonly string[];
  readonly #options: ProgramOptions;
  readonly #cgroupFlags: readonly string[];

  constructor(words: readonly string[], options: ProgramOptions, cgroupFlags: readonly string[]) {
    this.#words = words;
    this.#options = options;
    this.#cgroupFlags = cgroupFlags;
  }

  /** A command as a user types it, `podman` included, whose container comes below the lane's cgroup. */
  command([, ...words]: readonly string[]): Promise<string> {
    const own = words.flatMap((word) => (word === 'run' ? [word, ...this.#cgroupFlags] : [word]));
    return output([...this.#words.slice(0, -2), ...own], this.#options);
  }

  do(...words: string[]): Promise<string> {
    return output([...this.#words, ...words], this.#options);
  }

  try(...words: string[]): Promise<ProgramResult> {
    return runProgram([...this.#words, ...words], this.#options);
  }

  tryWithInput(input: string, ...words: string[]): Promise<ProgramResult> {
    return runProgram([...this.#words, ...words], { ...this.#options, input });
  }

  tryInTerminal(...words: string[]): Promise<ProgramResult> {
    return runInTerminal([...this.#words, ...words], this.#options);
  }

  runWords(flags: readonly string[], program: readonly string[]): string[] {
    return ['run', ...this.#cgroupFlags, ...flags, 'docker.io/library/busybox', ...program];
  }

  podWords(name: string): string[] {
    const infra = ['--infra-image', 'docker.io/library/busybox', '--infra-command', 'sleep 1000'];
    return ['pod', 'create', ...this.#cgroupFlags, '--name', name, ...infra];
  }

  run(flags: readonly string[], program: readonly string[]): Promise<ProgramResult> {
    return this.try(...this.runWords(flags, program));
  }

  seen(flags: readonly string[], script: string): Promise<string> {
    return this.do(...this.runWords(['--rm', ...flags], ['sh', '-c', script]));
  }

  inspect(name: string, template: string): Promise<string> {
    return this.do('inspect', '-f', template, name);
  }

  async removeAll(): Promise<void> {
    await this.try('pod', 'rm', '-af', '-t', '0');
    await this.try('rm', '-af', '-t', '0');
  }
}
