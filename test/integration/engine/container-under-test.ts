import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type ContainerConfig, type Engine, newContainer, openEngine } from '../../../src/sdk/index.ts';

/** An engine with a data root of its own, which goes with it. */
export async function temporaryEngine(): Promise<Engine & { root: string }> {
  const root = await mkdtemp(join(tmpdir(), 'keelson-test-'));
  const engine = await openEngine({ root });
  const close = engine[Symbol.asyncDispose].bind(engine);
  const dispose = async () => {
    for (const { id } of await engine.list({ all: true })) await engine.remove(id, { force: true });
    await close();
    await rm(root, { recursive: true });
  };
  return Object.assign(engine, { root, [Symbol.asyncDispose]: dispose });
}

/** What a container is when nothing is asked for but a command. */
export function configOf(command: string[], changes: Partial<ContainerConfig> = {}): ContainerConfig {
  return newContainer({
    image: 'busybox',
    command,
    autoRemove: true,
    network: { mode: 'none', dns: [], dnsSearch: [], dnsOptions: [], extraHosts: [], ports: [] },
    ...changes,
  });
}

/** Runs a container to its end. */
export async function runToEnd(
  engine: Engine,
  config: ContainerConfig,
  input?: string,
): Promise<{ stdout: string; stderr: string; exitCode: number; oomKilled: boolean }> {
  const stdin = input === undefined ? 'ignore' : 'pipe';
  const container = await engine.run({ config, detach: false, stdio: { stdin, stdout: 'pipe', stderr: 'pipe' } });
  container.stdin?.end(input);
  const [stdout, stderr, { exitCode, oomKilled }] = await Promise.all([
    container.stdout ? text(container.stdout) : '',
    container.stderr ? text(container.stderr) : '',
    container.exited,
  ]);
  return { stdout, stderr, exitCode, oomKilled };
}

/** What a shell script prints in a container. */
export async function shell(engine: Engine, script: string, changes: Partial<ContainerConfig> = {}): Promise<string> {
  const { stdout, stderr, exitCode } = await runToEnd(engine, configOf(['sh', '-c', script], changes));
  if (exitCode !== 0) throw new Error(`exit ${exitCode}: ${stderr}`);
  return stdout;
}
