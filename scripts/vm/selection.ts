import { globSync } from 'node:fs';
import { posix } from 'node:path';

const top = 'test/integration';

/** Folders and files whose tests run in the virtual machine; new files below them too. */
const chosen = [
  'agent/children.test.ts',
  'cgroups',
  'checkpoint',
  'cli/doctor.test.ts',
  'devices/real-kernel.test.ts',
  'engine/detached.test.ts',
  'engine/run.test.ts',
  'health/health.test.ts',
  'image-mount',
  'network/bridge.test.ts',
  'oci',
  'overlay',
  'runtime',
  // Its files are *.vm.ts: they need systemd as the owner of cgroups, so `npm test` on the host does not see them.
  'systemd',
  'userns',
];

/** What does not run there, each with its reason. The longest path of both lists decides about a file. */
const leftOutPaths: Readonly<Record<string, string>> = {
  agent: 'the agent itself is the same on every kernel; what its children are on this one is chosen',
  'checkpoint/refusals.test.ts': 'what is refused does not ask the kernel',
  cli: 'each command starts Node, which takes seconds in emulation; the engine below it is chosen',
  commit: 'reads files and writes archives, which is the same on every kernel',
  devices: 'the evaluator of rules does not ask the kernel; what does is chosen',
  differential: 'two hundred containers of runc; what differs on this kernel are cgroups, which are compared above',
  engine: 'volumes, clean-up and devices are the same on every kernel; starts, limits and exec are chosen',
  examples: 'they show calls that the chosen tests make',
  faults: 'kills and parallel starts by the hundred, too slow in emulation',
  'hostile-bundles': 'hundreds of containers, too slow in emulation; what is refused does not ask the kernel',
  security: 'races that need speed, and commands that start Node; what protects is the same on every kernel',
  flags: 'each case starts a container and a command; the limits that the flags set are chosen',
  front: 'a native program and Node, and emulated Node is slow; what it carries out is chosen in oci',
  health: 'the keeper is a program in Node for each test; what a probe does is chosen',
  hooks: 'programs beside a container, the same on every kernel',
  image: 'files alone, the same on every kernel; what differs is the overlay, which is chosen',
  launcher: 'builds bundles, which the host does',
  network: 'netlink and ports are the same on every kernel; a bridge with nftables and ports is chosen',
  'oci/exec-failures.test.ts': 'words for a failed execve, which are the same on every kernel',
  'oci/home.test.ts': 'account files, which are the same on every kernel',
  'oci/terminal.test.ts': 'starts Node for each terminal; that of a container is chosen in start-flags',
  'oci/usage.test.ts': 'help and wrong flags, before the kernel is asked',
  registry: 'registries, which do not depend on the kernel',
  seccomp: 'filters are compared with libseccomp for every call; the default one is in every container that runs',
  setup: 'the set-up of a checkout, which is on the host',
  'spec-validation': 'refusals before the kernel is asked',
};

export interface LeftOutTest {
  file: string;
  /** The name of the test or of its suite. */
  name: string;
  why: string;
}

const leftOutTests: readonly LeftOutTest[] = [
  ...[
    'the first layer is on top and all show',
    'paths with special characters',
    'paths longer than one option may be',
    'more layers than fit a page by their paths',
  ].map((name) => ({
    file: 'overlay/create-overlay.test.ts',
    name: `key-each: ${name}`,
    why: 'needs the overlay option lowerdir+ of Linux 6.5; what stands in for it before is chosen',
  })),
  ...['Node alone', 'a brain for each command'].flatMap((way) =>
    [
      'a container from create to delete',
      'a cgroup path that is relative, or none, counts from the cgroups of the caller',
      'whoever adopts a detached program gets its status, also when it ends at once',
      'run waits and gives the status of the program, and leaves nothing',
      'errors go to a log, as text or as JSON',
    ].map((name) => ({
      file: 'oci/against-runc.test.ts',
      name: `${name}, by ${way}`,
      why: 'starts Node for each of its commands; the same commands by a brain that stays are chosen',
    })),
  ),
  { file: 'agent/children.test.ts', name: 'a thousand children, one after the other, leave nothing', why: 'slow' },
  {
    file: 'agent/children.test.ts',
    name: 'a resident agent clones a hundred at once, each with a child of its own',
    why: 'slow',
  },
  {
    file: 'image-mount/image-mount.test.ts',
    name: 'is shown by one command and taken back by another',
    why: 'each command starts Node, which takes seconds in emulation',
  },
  { file: 'cgroups/lifecycle.test.ts', name: 'on its v1 hierarchies', why: 'about cgroup v1' },
  {
    file: 'cli/doctor.test.ts',
    name: 'leaves nothing behind',
    why: 'slow, and the probes are the same on every kernel',
  },
  {
    file: 'cgroups/mounts.test.ts',
    name: 'a mount for each hierarchy, under the names of the host',
    why: 'about cgroup v1',
  },
];

export interface Selection {
  /** Files to run, from the repository's root. */
  files: string[];
  leftOut: readonly LeftOutTest[];
  /** Files that no entry decides about, and entries that decide about nothing. */
  problems: string[];
}

/** Decides about every file of integration tests that there is. */
export function selectTests(files: readonly string[] = globSync(`${top}/**/*.{test,vm}.ts`).sort()): Selection {
  const decisions = [...chosen, ...Object.keys(leftOutPaths)];
  const decides = (entry: string, file: string) => file === `${top}/${entry}` || file.startsWith(`${top}/${entry}/`);
  const decisionOf = (file: string) =>
    decisions.filter((entry) => decides(entry, file)).sort((a, b) => b.length - a.length)[0];
  const used = new Set(files.map(decisionOf));
  const running = files.filter((file) => chosen.includes(decisionOf(file) ?? ''));
  return {
    files: running,
    leftOut: leftOutTests,
    problems: [
      ...files
        .filter((file) => decisionOf(file) === undefined)
        .map((file) => `scripts/vm/selection.ts does not say whether ${posix.normalize(file)} runs there`),
      ...decisions.filter((entry) => !used.has(entry)).map((entry) => `scripts/vm/selection.ts: no test is '${entry}'`),
      ...leftOutTests
        .filter(({ file }) => !running.includes(`${top}/${file}`))
        .map(({ file, name }) => `scripts/vm/selection.ts leaves out '${name}' of ${file}, which does not run at all`),
    ],
  };
}
