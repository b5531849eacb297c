import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { RuntimeSpec } from '../runtime-spec.ts';
import { type Case, linux, map, mount, process, quiet, resources, spec, warned, without } from './spec-cases.ts';

const ALLOWED: [string, RuntimeSpec][] = [
  ['the uid before the last', process({ user: { uid: 2 ** 32 - 2, umask: 0o777 } })],
  ['a console without a terminal, of any size', process({ consoleSize: { height: 1e6, width: 1e6 } })],
  ['a variable with an empty value, or with = in it', process({ env: ['A=', 'B=c=d', 'C D=e'] })],
  [
    'empty texts for fields that are not set',
    spec({ hostname: '', domainname: '', linux: { ...linux({}).linux, rootfsPropagation: '', cgroupsPath: '' } }),
  ],
  ['a hostname of 64 bytes', spec({ hostname: 'x'.repeat(64) })],
  ['all mapped ids', linux({ uidMappings: [map(0, 0, 2 ** 32 - 1)] })],
  [
    'a joined user namespace without mappings',
    linux({
      namespaces: [...(without('user').namespaces ?? []), { type: 'user', path: '/x' }],
      uidMappings: [],
      gidMappings: [],
    }),
  ],
  ['idmap with the mapping of the user namespace', mount({ options: ['bind', 'idmap'], source: '/x' })],
  ['a remount without a type', mount({ type: undefined, options: ['remount', 'ro'] })],
  [
    'a device rule about everything',
    resources({ devices: [{ allow: false, type: 'a', access: 'rwm', major: -1, minor: -1 }] }),
  ],
  ['a FIFO without numbers', linux({ devices: [{ path: '/x', type: 'p' }] })],
  [
    'no limits by -1',
    resources({ memory: { limit: -1, swap: -1, reservation: -1 }, cpu: { quota: -1 }, pids: { limit: -1 } }),
  ],
  [
    'no limits by 0',
    resources({
      memory: { limit: 0, swap: 0 },
      cpu: { quota: 0, period: 0 },
      pids: { limit: 0 },
      blockIO: { weight: 0 },
    }),
  ],
  ['pids without a limit, as since 1.3', resources({ pids: {} })],
  ['endless swap', resources({ memory: { limit: 1000, swap: -1 } })],
  ['the domain name as a sysctl', linux({ sysctl: { 'kernel.domainname': 'x' } })],
  ['the default class of resctrl', linux({ intelRdt: { closID: '/' } })],
  ['MPOL_PREFERRED without nodes', linux({ memoryPolicy: { mode: 'MPOL_PREFERRED' } })],
  ['runc’s recursive propagation of the root', linux({ rootfsPropagation: 'rslave' })],
];

describe('allowed without a warning', () => {
  for (const [what, value] of ALLOWED) {
    test(what, () => {
      const quiet = { ...value, hooks: {}, linux: { ...value.linux, resources: { ...value.linux?.resources } } };
      if (value.linux?.resources?.memory?.kernel !== undefined) delete quiet.linux.resources.memory;
      assert.deepEqual(warned(quiet), []);
    });
  }
});

const WARNED: Case[] = [
  [
    'what is deprecated or ignored',
    spec(),
    'linux.resources.memory.kernel',
    'linux.resources.memory.kernelTCP',
    'hooks.prestart',
  ],
  [
    'a capability of the future',
    quiet(process({ capabilities: { bounding: ['CAP_FUTURE', 'CAP_FUTURE'] } })),
    'process.capabilities.bounding',
  ],
  [
    'an effective capability that is not permitted',
    quiet(process({ capabilities: { effective: ['CAP_KILL'] } })),
    'process.capabilities.effective',
  ],
  [
    'an ambient capability that is not inheritable',
    quiet(process({ capabilities: { permitted: ['CAP_KILL'], ambient: ['CAP_KILL'] } })),
    'process.capabilities.ambient',
  ],
  ['a relative destination', quiet(mount({ destination: 'tmp' })), 'mounts[0].destination'],
  ['options that contradict each other', quiet(mount({ options: ['ro', 'rw'] })), 'mounts[0].options'],
  ['options of a file system on a bind mount', quiet(mount({ options: ['bind', 'size=1m'] })), 'mounts[0].options'],
  [
    'mappings without idmap',
    quiet(mount({ options: ['bind'], uidMappings: [map(0, 1, 1)], gidMappings: [map(0, 1, 1)] })),
    'mounts[0].options',
  ],
  [
    'flags of a personality',
    quiet(linux({ personality: { domain: 'LINUX', flags: ['X'] }, resources: {} })),
    'linux.personality.flags',
  ],
  [
    'the same device twice',
    quiet(
      linux({ resources: {}, devices: ['/a', '/b'].map((path) => ({ path, type: 'c' as const, major: 1, minor: 3 })) }),
    ),
    'linux.devices[1]',
  ],
];

describe('allowed with a warning', () => {
  for (const [what, value, ...expected] of WARNED) test(what, () => assert.deepEqual(warned(value), expected));
});
