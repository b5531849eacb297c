import { mkdirSync } from 'node:fs';
import { address } from './containerd-engine.ts';
import { type CriAnswer, criClient } from './cri-client.ts';
import { cgroupParent, folder, type RuntimeName } from './surroundings.ts';

/** A pod of one runtime, as kubelet makes it: a sandbox, and containers in its namespaces. */
export class CriPod implements AsyncDisposable {
  readonly #client = criClient(address);
  readonly #config: object;
  readonly #containers: string[] = [];
  readonly #runtime: RuntimeName;
  #id = '';

  constructor(runtime: RuntimeName) {
    this.#runtime = runtime;
    const logs = `${folder}/logs-${runtime}`;
    mkdirSync(logs, { recursive: true });
    this.#config = {
      metadata: { name: 'pod', uid: `uid-${runtime}`, namespace: 'default' },
      hostname: 'the-pod',
      log_directory: logs,
      linux: {
        cgroup_parent: `${cgroupParent}/pod-${runtime}`,
        security_context: { namespace_options: { pid: 'CONTAINER' } },
      },
    };
  }

  async run(): Promise<CriAnswer['status']> {
    const request = { config: this.#config, runtime_handler: this.#runtime };
    this.#id = (await this.#client.call('RunPodSandbox', request)).pod_sandbox_id;
    return (await this.#client.call('PodSandboxStatus', { pod_sandbox_id: this.#id })).status;
  }

  /** Makes and starts a container; gives its id. */
  async start(name: string, command: readonly string[], resources: object = {}): Promise<string> {
    const { container_id } = await this.#client.call('CreateContainer', {
      pod_sandbox_id: this.#id,
      sandbox_config: this.#config,
      config: {
        metadata: { name },
        image: { image: 'docker.io/library/busybox:latest' },
        command,
        log_path: `${name}.log`,
        linux: { resources, security_context: { namespace_options: { pid: 'CONTAINER' } } },
      },
    });
    this.#containers.push(container_id);
    await this.call('StartContainer', container_id);
    return container_id;
  }

  logOf(name: string): string {
    return `${folder}/logs-${this.#runtime}/${name}.log`;
  }

  call(method: string, container: string, request: object = {}): Promise<CriAnswer> {
    return this.#client.call(method, { container_id: container, ...request });
  }

  /** The program's exit code and what it printed. */
  async exec(container: string, ...cmd: string[]): Promise<[number, string]> {
    const { exit_code, stdout } = await this.call('ExecSync', container, { cmd, timeout: 30 });
    return [exit_code, stdout.toString()];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      for (const container of this.#containers) await this.call('RemoveContainer', container);
      if (this.#id === '') return;
      for (const method of ['StopPodSandbox', 'RemovePodSandbox']) {
        await this.#client.call(method, { pod_sandbox_id: this.#id });
      }
    } finally {
      this.#client.close();
    }
  }
}
