import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeRoot } from '../../differential/make-root.ts';
import { FRONT, openBrains } from '../../front/brains.ts';
import { folderOf, forgotten, propertiesOf, settingsIn } from '../systemd-containers.ts';

export const RUNTIMES = { runc: '/usr/sbin/runc', keelson: FRONT } as const;

/**
 * An engine is first asked on runc, since what fails there is a wrong test. Where all files of the machine are run, which
 * takes minutes, that is left out: files that are named alone are in the list beside the checkout.
 */
export const TRIED: readonly (keyof typeof RUNTIMES)[] = readFileSync('../paths', 'utf8').trim()
  ? ['runc', 'keelson']
  : ['keelson'];

/** Where an engine keeps all it has, and a root file system for its containers. */
export class EnginePlaces implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'keelson-engines-'));
  readonly root = makeRoot(join(this.folder, 'busybox'));
  readonly #brains = openBrains();

  /** For an engine, whose runtime gets it too. */
  get env(): Readonly<Record<string, string>> {
    return this.#brains.env;
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#brains[Symbol.asyncDispose]();
    // no-mount-below: the engine has ended, and its containers before it
    rmSync(this.folder, { recursive: true });
  }
}

/** Of limits of 64 MiB and half a processor. */
export const LIMITED = { MemoryMax: String(2 ** 26), CPUQuotaPerSecUSec: '500ms' };

/** A container that runs: systemd knows its limits, the kernel too, and its processes are there. */
export class EngineScope {
  readonly #unit: string;
  readonly #systemctl: readonly string[] | undefined;
  readonly #folder: string;

  /** `systemctl`: the words that ask a systemd which is not the machine's. */
  constructor(unit: string, slice: string, systemctl?: readonly string[]) {
    this.#unit = unit;
    this.#systemctl = systemctl;
    this.#folder = folderOf(unit, systemctl);
    const { ActiveState, Slice, ControlGroup } = propertiesOf(unit, systemctl);
    assert.deepEqual({ ActiveState, Slice }, { ActiveState: 'active', Slice: slice });
    assert.ok(ControlGroup?.endsWith(`/${slice}/${unit}`), ControlGroup);
  }

  requireProperties(expected: Readonly<Record<string, string>>): void {
    const found = propertiesOf(this.#unit, this.#systemctl);
    assert.deepEqual(Object.fromEntries(Object.keys(expected).map((name) => [name, found[name]])), expected);
  }

  requireFiles(expected: Readonly<Record<string, string>>): void {
    const found = settingsIn(this.#folder);
    assert.deepEqual(Object.fromEntries(Object.keys(expected).map((name) => [name, found[name]])), expected);
  }

  get processes(): number {
    return readFileSync(join(this.#folder, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean).length;
  }

  async requireGone(): Promise<void> {
    assert.equal(await forgotten(this.#unit, this.#systemctl), true);
    assert.equal(existsSync(this.#folder), false);
  }
}
