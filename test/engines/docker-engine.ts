import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { Daemon } from './daemon.ts';
import { documentedFile } from './documented.ts';
import { eventually } from './eventually.ts';
import { output, type ProgramResult, runInTerminal, runProgram } from './run-program.ts';
import { cgroupParent, folder, makeImage, type RuntimeName, removeImage } from './surroundings.ts';

/** dockerd with all that it keeps in our folder; `docker` speaks to it. */
export class DockerEngine {
  readonly #home: string;
  readonly #env: Readonly<Record<string, string>>;
  #daemon: Daemon | undefined;

  /** `name`: of its folder; one that differs when there are several. */
  constructor(name: string) {
    this.#home = `${folder}/${name}`;
    this.#env = { DOCKER_HOST: `unix://${this.#home}/socket`, DOCKER_CONFIG: `${this.#home}/config` };
  }

  /** `before`: words before the daemon's own, such as a program that starts it in a namespace. */
  async start({ before = [], flags = [] }: { before?: readonly string[]; flags?: readonly string[] } = {}) {
    mkdirSync(`${this.#home}/config`, { recursive: true });
    this.#configure('runc');
    const own = [
      ...['--config-file', `${this.#home}/daemon.json`, '--data-root', `${this.#home}/data`],
      ...[
        '--exec-root',
        `${this.#home}/exec`,
        '--pidfile',
        `${this.#home}/pid`,
        '--host',
        `unix://${this.#home}/socket`,
      ],
      ...['--cgroup-parent', cgroupParent],
    ];
    const isUp = ['docker', 'version'];
    this.#daemon = new Daemon([...before, 'dockerd', ...own, ...flags], {
      log: `${this.#home}/log`,
      isUp,
      env: this.#env,
    });
    await this.#daemon.start();
    await output(['docker', 'load', '-q', '-i', await makeImage()], { env: this.#env });
    removeImage();
  }

  async stop(): Promise<void> {
    await this.#daemon?.stop();
  }

  /** `meanwhile`: done while it is away. */
  async restart(meanwhile?: () => Promise<void>): Promise<void> {
    await this.#daemon?.stop();
    await meanwhile?.();
    await this.#daemon?.start();
  }

  /** dockerd, and its containerd with it, is killed and started again. */
  async crash(): Promise<void> {
    await this.#daemon?.crash();
  }

  /** As docs/user/engines.md tells: a file, and a signal that makes dockerd read it. */
  async setDefaultRuntime(runtime: RuntimeName): Promise<void> {
    this.#configure(runtime);
    process.kill(Number(readFileSync(`${this.#home}/pid`, 'utf8')), 'SIGHUP');
    const current = () => output(['docker', 'info', '-f', '{{.DefaultRuntime}}'], { env: this.#env });
    await eventually(current, (name) => name === runtime);
  }

  #configure(runtime: RuntimeName): void {
    const config = { ...JSON.parse(documentedFile('/etc/docker/daemon.json')), 'default-runtime': runtime };
    writeFileSync(`${this.#home}/daemon.json`, JSON.stringify(config));
  }

  client(runtime: RuntimeName): Docker {
    return new Docker(this, runtime, this.#env);
  }
}

/** `docker` as a user of one runtime types it. */
export class Docker {
  readonly engine: DockerEngine;
  readonly runtime: RuntimeName;
  readonly #env: Readonly<Record<string, string>>;

  constructor(engine: DockerEngine, runtime: RuntimeName, env: Readonly<Record<string, string>>) {
    this.engine = engine;
    this.runtime = runtime;
    this.#env = env;
  }

  /** A command that must succeed. */
  do(...words: string[]): Promise<string> {
    return output(['docker', ...words], { env: this.#env });
  }

  try(...words: string[]): Promise<ProgramResult> {
    return runProgram(['docker', ...words], { env: this.#env });
  }

  tryWithInput(input: string, ...words: string[]): Promise<ProgramResult> {
    return runProgram(['docker', ...words], { env: this.#env, input });
  }

  tryInTerminal(...words: string[]): Promise<ProgramResult> {
    return runInTerminal(['docker', ...words], { env: this.#env });
  }

  /** `docker run` with flags up to the image; the image is ours. */
  runWords(flags: readonly string[], program: readonly string[]): string[] {
    return ['run', '--runtime', this.runtime, ...flags, 'busybox', ...program];
  }

  run(flags: readonly string[], program: readonly string[]): Promise<ProgramResult> {
    return this.try(...this.runWords(flags, program));
  }

  /** What a script printed in a container that has gone. */
  async seen(flags: readonly string[], script: string): Promise<string> {
    return this.do(...this.runWords(['--rm', ...flags], ['sh', '-c', script]));
  }

  inspect(name: string, template: string): Promise<string> {
    return this.do('inspect', '-f', template, name);
  }
}
