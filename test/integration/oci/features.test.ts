import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Flags } from '../../../src/oci/flags.ts';
import { RuntimeLog } from '../../../src/oci/runtime-log.ts';
import { features } from '../../../src/oci/verbs/features.ts';
import { openRuntime } from '../../../src/runtime/index.ts';
import { compileSeccomp } from '../../../src/runtime/seccomp/compile-seccomp.ts';
import type { LinuxSeccomp, SeccompAction, SeccompFlag, SeccompOperator } from '../../../src/spec/index.ts';
import { HOOK_KINDS, parseMountOptions } from '../../../src/spec/index.ts';

async function printed() {
  let text = '';
  const context = {
    env: {},
    folder: '/',
    pid: 1,
    uid: 0,
    gid: 0,
    print: (part: string) => {
      text += part;
    },
    printError: () => undefined,
    openRuntime: () => openRuntime(),
    readInput: async () => '',
    forwardSignals: () => () => undefined,
    rawTerminal: async () => undefined,
    runProgram: async () => '',
  };
  const options = {
    root: '/',
    systemdCgroup: false,
    rootless: false,
    debug: false,
    criu: 'criu',
    insideUserNamespace: false,
    cacheFolder: '/proc/none',
  };
  const log = new RuntimeLog(context, { file: undefined, json: false });
  await features.run({ context, options, flags: new Flags(new Map()), args: [], log });
  return JSON.parse(text);
}

test('what it says is what the code takes', async () => {
  const { hooks, mountOptions, linux, annotations } = await printed();
  assert.equal(annotations['org.opencontainers.runc.checkpoint.enabled'], 'true');
  assert.deepEqual(hooks, [...HOOK_KINDS]);
  // None of them is left over as data for the file system.
  assert.deepEqual(parseMountOptions(mountOptions).data, []);
  assert.deepEqual(parseMountOptions(['size=1', 'xattr']).data, ['size=1', 'xattr']);

  const { actions, operators, supportedFlags } = linux.seccomp;
  assert.ok(actions.includes('SCMP_ACT_NOTIFY') && operators.length === 7);
  for (const action of actions as SeccompAction[]) {
    for (const op of operators as SeccompOperator[]) {
      const args = [{ index: 0, value: 1, op }];
      const profile: LinuxSeccomp = { defaultAction: 'SCMP_ACT_ALLOW', syscalls: [{ names: ['mkdir'], action, args }] };
      assert.ok(compileSeccomp(profile, { arch: 'x64' }).filter.length > 0);
    }
  }
  const notify = { names: ['mkdir'], action: 'SCMP_ACT_NOTIFY' as const };
  const flagged: LinuxSeccomp = {
    defaultAction: 'SCMP_ACT_ALLOW',
    flags: supportedFlags as SeccompFlag[],
    syscalls: [notify],
  };
  assert.ok(compileSeccomp(flagged, { arch: 'x64' }).listener);
});
