import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { assertSeen } from './assert-seen.ts';
import { dockerProgram } from './docker-program.ts';
import { FlagFolder, newWorld } from './flag-world.ts';
import { hasAllCapabilities } from './has-all-capabilities.ts';
import { keelsonInProcess } from './keelson-in-process.ts';
import { runCase } from './run-case.ts';
import { RUN_CASES } from './run-cases.ts';

// scripts/prove-flags-on-docker runs the same table on the reference.
const onDocker = process.env.KEELSON_FLAGS_ON === 'docker';
const root = mkdtempSync(join(tmpdir(), 'keelson-flags-root-'));
const program = onDocker ? dockerProgram() : keelsonInProcess(root);
const folder = new FlagFolder();
after(() => {
  folder[Symbol.dispose]();
  rmSync(root, { recursive: true }); // no-mount-below: its containers' mounts went with their processes
});

describe(`flags of run${onDocker ? ' on Docker' : ''}`, () => {
  for (const one of RUN_CASES) {
    if (onDocker && (one.notInDocker !== undefined || (one.needsAllCapabilities && !hasAllCapabilities()))) continue;
    test(Object.keys(one.checks).join(', '), async (context) => {
      const world = await newWorld(folder);
      context.after(() => removeParents(world.name));
      const seen = await runCase(program, one, world);
      for (const [flag, check] of Object.entries(one.checks)) {
        await context.test(flag, () => assertSeen(seen.get(flag) ?? '', check, { world, onDocker }));
      }
    });
  }
});

/** A cgroup that a case names stays, as with Docker: others might be in it. */
function removeParents(name: string): void {
  for (const controller of readdirSync('/sys/fs/cgroup')) {
    try {
      rmdirSync(join('/sys/fs/cgroup', controller, name));
    } catch (error) {
      assert.ok(error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'));
    }
  }
}
