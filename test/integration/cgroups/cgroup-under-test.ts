import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import type { TestContext } from 'node:test';
import type { ExitEvent, Kernel } from '../../../src/kernel/index.ts';
import { CLONE_NEWCGROUP, SIGKILL, startAgent } from '../../../src/kernel/index.ts';
import { type Cgroup, folderOf, locateCgroup } from '../../../src/runtime/cgroups/cgroup.ts';
import type { CgroupLayout } from '../../../src/runtime/cgroups/cgroup-layout.ts';
import type { CgroupPlan } from '../../../src/runtime/cgroups/cgroup-plan.ts';
import { detectCgroups } from '../../../src/runtime/cgroups/detect-cgroups.ts';
import { examineHost } from '../../../src/runtime/cgroups/examine-host.ts';
import { closeDoors, enterCgroup, openDoors } from '../../../src/runtime/cgroups/join-cgroup.ts';
import { killCgroup } from '../../../src/runtime/cgroups/kill-cgroup.ts';
import { makeCgroup } from '../../../src/runtime/cgroups/make-cgroup.ts';
import { planCgroup } from '../../../src/runtime/cgroups/plan-cgroup.ts';
import { removeCgroup } from '../../../src/runtime/cgroups/remove-cgroup.ts';
import type { Resources } from '../../../src/spec/index.ts';

export const host = detectCgroups();

/** The host's hierarchies of one version alone, as if it had no others. */
export function onlyVersion(version: 1 | 2): CgroupLayout {
  const hierarchies = host.hierarchies.filter((hierarchy) => hierarchy.version === version);
  // The controllers of a v2 hierarchy would be enabled for the whole host: these tests leave them as they are.
  return {
    mode: version === 1 ? 'v1' : 'v2',
    hierarchies: hierarchies.map((h) => ({ ...h, ...(version === 2 ? { controllers: [] } : {}) })),
  };
}

export interface Started {
  pid: number;
  exited: Promise<ExitEvent>;
}

/** A cgroup that is gone when the test is over, whatever happened, with the folder above it. */
export class CgroupUnderTest {
  readonly kernel: Kernel;
  readonly cgroup: Cgroup;
  readonly layout: CgroupLayout;
  /** For what programs inside write. */
  readonly folder: string;
  #plan: CgroupPlan | undefined;

  private constructor(kernel: Kernel, layout: CgroupLayout) {
    this.kernel = kernel;
    this.layout = layout;
    this.cgroup = locateCgroup(layout, `/keelson-test-${process.pid}-${randomBytes(6).toString('hex')}/inside`);
    this.folder = mkdtempSync(join(tmpdir(), 'keelson-cgroup-'));
  }

  static open(t: TestContext, layout: CgroupLayout = host): CgroupUnderTest {
    const agent = startAgent({ channels: 8, stdio: ['ignore', 'ignore', 'ignore'] });
    const made = new CgroupUnderTest(agent.kernel, layout);
    t.after(async () => {
      await killCgroup(made.kernel, made.cgroup);
      await removeCgroup(made.cgroup);
      for (const { path } of made.cgroup.folders) removeIfThere(posix.dirname(path));
      await agent.stop();
      rmSync(made.folder, { recursive: true });
    });
    return made;
  }

  plan(resources: Resources = {}): CgroupPlan {
    return planCgroup({ cgroup: this.cgroup, facts: examineHost(this.cgroup, resources), resources });
  }

  /** Makes the cgroup with its limits. */
  async make(resources: Resources = {}): Promise<void> {
    this.#plan = this.plan(resources);
    makeCgroup(this.kernel, this.#plan);
    await this.kernel.flush();
  }

  /** Runs a shell script inside. `$OUT` is a file for `output`. */
  async run(script: string, { namespace = false }: { namespace?: boolean } = {}): Promise<Started> {
    const { kernel } = this;
    const doors = openDoors(kernel, this.cgroup);
    const child = kernel.clone(0, doors.into === undefined ? {} : { cgroup: doors.into });
    closeDoors(kernel, doors);
    const { exited } = kernel.watch(child.pidfd);
    const parent = kernel.flush();
    enterCgroup(child.kernel, doors);
    if (namespace) child.kernel.unshare(CLONE_NEWCGROUP);
    child.kernel.execve('/bin/sh', ['sh', '-c', script], ['PATH=/usr/sbin:/usr/bin:/sbin:/bin', `OUT=${this.#output}`]);
    await Promise.all([parent, child.kernel.flush()]);
    return { pid: await child.pid, exited };
  }

  /** Runs a script to its end; its exit status, or 128 + the signal. */
  async runToEnd(script: string, options?: { namespace?: boolean }): Promise<number> {
    const { status, signal = 0 } = await (await this.run(script, options)).exited;
    return status ?? 128 + signal;
  }

  get #output(): string {
    return join(this.folder, 'out');
  }

  /** What the scripts wrote so far. */
  output(): string {
    return existsSync(this.#output) ? readFileSync(this.#output, 'utf8') : '';
  }

  /** What a control file says. */
  read(controller: string, file: string): string {
    return readFileSync(join(this.path(controller), file), 'utf8').trim();
  }

  path(controller: string): string {
    const folder = folderOf(this.cgroup, controller);
    if (folder === undefined) throw new TypeError(`no ${controller} here`);
    return folder.path;
  }

  unifiedPath(): string {
    const folder = this.cgroup.folders.find(({ version }) => version === 2);
    if (folder === undefined) throw new TypeError('no v2 here');
    return folder.path;
  }

  async kill(): Promise<void> {
    await killCgroup(this.kernel, this.cgroup, SIGKILL);
  }
}

function removeIfThere(path: string): void {
  try {
    rmdirSync(path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
}

/** Waits until a condition holds, for at most half a minute, which an emulated machine may need. */
export async function eventually(what: string, holds: () => boolean): Promise<void> {
  const end = Date.now() + 30_000;
  while (!holds()) {
    if (Date.now() > end) throw new Error(`still not so: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
