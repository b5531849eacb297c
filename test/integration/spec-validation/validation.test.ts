import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { examineRuntimeSpec } from '../../../src/spec/index.ts';
import { CASES } from './cases.ts';

const skip = process.getuid?.() === 0 ? false : 'needs root: runc creates a container for each case';

describe('config.json as judged by runc and by us', { skip }, () => {
  let folder = '';

  before(() => {
    folder = mkdtempSync('/tmp/keelson-spec-validation-');
    mkdirSync(join(folder, 'rootfs/bin'), { recursive: true });
    copyFileSync('/bin/busybox', join(folder, 'rootfs/bin/sh'));
  });

  // Nothing is mounted below: the containers' mounts died with their namespaces.
  after(() => rmSync(folder, { recursive: true }));

  function runcTakes(config: unknown): boolean {
    writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
    const id = `keelson-spec-validation-${process.pid}`;
    const root = ['--root', join(folder, 'state')];
    // No pipe: the container's init would hold it open after runc has gone.
    const created = spawnSync('runc', [...root, 'create', '--bundle', folder, id], { stdio: 'ignore' });
    if (created.error !== undefined) throw created.error;
    const deleted = spawnSync('runc', [...root, 'delete', '--force', id], { encoding: 'utf8' });
    assert.equal(deleted.status, 0, deleted.stderr);
    return created.status === 0;
  }

  for (const { what, config, runc, ours, why } of CASES) {
    const title = why === undefined ? `${what}: both ${runc === 'takes' ? 'take' : 'refuse'} it` : `${what}: ${why}`;
    test(title, () => {
      const { problems } = examineRuntimeSpec(structuredClone(config));
      assert.equal(problems[0]?.path ?? 'takes', ours, JSON.stringify(problems));
      assert.equal(runcTakes(config) ? 'takes' : 'refuses', runc);
    });
  }

  test('a difference is explained, and only a difference', () => {
    for (const { what, runc, ours, why } of CASES)
      assert.equal((runc === 'takes') === (ours === 'takes'), why === undefined, what);
  });
});
