/** One command line about the container `{name}`, which prints three lines and ends with 5 when it gets SIGUSR1. */
export interface CommandStep {
  args: readonly string[];
  /** Flags that the step shows, by long name. */
  flags: readonly string[];
  /** Has streams of its own, so it needs a process of its own. */
  input?: string;
  expect: string | RegExp;
  /** As in run-cases. */
  needsAllCapabilities?: true;
  /** 0 when left out. */
  exitCode?: number;
  /** Where the Docker that it is proved on gives another exit code, with the reason. */
  docker?: { exitCode: number; because: string };
}

/** What the container of the steps runs. */
export const STEP_SCRIPT =
  'trap "exit 5" USR1; trap "exit 6" TERM; echo 1; echo 2; echo 3; while :; do sleep 0.05; done';

const STATE = ['inspect', '-f', '{{.State.Status}} {{.State.ExitCode}}', '{name}'];

/** In this order; each may use what those before left. */
export const COMMAND_STEPS: readonly CommandStep[] = [
  { args: ['logs', '--tail', '1', '{name}'], flags: ['tail'], expect: '3\n' },
  { args: ['logs', '-t', '-n', '1', '{name}'], flags: ['timestamps'], expect: /^\d{4}-\d\d-\d\dT[\d:.]+Z 3\n$/ },
  { args: ['logs', '--since', '2100-01-01T00:00:00Z', '{name}'], flags: ['since'], expect: '' },
  { args: ['logs', '--until', '2001-01-01T00:00:00Z', '{name}'], flags: ['until'], expect: '' },
  {
    args: ['ps', '--filter', 'label=step={name}', '--format', '{{.Names}} {{.State}} {{.Labels}}'],
    flags: ['filter', 'format'],
    expect: '{name} running step={name}\n',
  },
  {
    args: ['ps', '-q', '--no-trunc', '--filter', 'name={name}'],
    flags: ['quiet', 'no-trunc', 'filter'],
    expect: /^[0-9a-f]{64}\n$/,
  },
  { args: ['ps', '-l', '--format', '{{.Names}}'], flags: ['latest'], expect: '{name}\n' },
  { args: ['ps', '-n', '1', '--format', '{{.Names}}'], flags: ['last'], expect: '{name}\n' },
  {
    args: [
      ...['exec', '-i', '-e', 'GIVEN=1', '--env-file', '{folder}/env', '-u', '1000:1001', '-w', '/tmp', '{name}'],
      ...['sh', '-c', 'cat; echo $GIVEN $FROM_FILE $(id -u):$(id -g) $(pwd); exit 9'],
    ],
    flags: ['interactive', 'env', 'env-file', 'user', 'workdir'],
    input: 'given\n',
    expect: 'given\n1 of the file 1000:1001 /tmp\n',
    exitCode: 9,
  },
  {
    args: ['exec', '-t', '--privileged', '{name}', 'grep', 'CapEff', '/proc/self/status'],
    flags: ['tty', 'privileged'],
    input: '',
    // The terminal ends lines with both characters; all capabilities, or all but the few that this process lacks.
    expect: /^CapEff:\t000001f[\da-f]{9}\r+\n$/,
    needsAllCapabilities: true,
  },
  { args: ['exec', '-d', '{name}', 'sleep', '100'], flags: ['detach'], expect: '' },
  {
    args: ['exec', '{name}', 'nothing'],
    flags: [],
    // Docker before 28 prints why to stdout.
    expect: /^(OCI runtime exec failed: [^\n]+\n)?$/,
    exitCode: 127,
    docker: {
      exitCode: 126,
      because: 'before Docker 28 every exec that could not be started gave 126 (github.com/moby/moby/pull/48552)',
    },
  },
  {
    args: ['inspect', '--type', 'container', '-f', '{{.Name}}', '{name}'],
    flags: ['type', 'format'],
    expect: '/{name}\n',
  },
  { args: ['rm', '{name}'], flags: [], expect: '', exitCode: 1 },
  { args: ['kill', '-s', 'USR1', '{name}'], flags: ['signal'], expect: '{name}\n' },
  { args: ['wait', '{name}'], flags: [], expect: '5\n' },
  { args: STATE, flags: ['format'], expect: 'exited 5\n' },
  { args: ['logs', '-f', '{name}'], flags: ['follow'], expect: '1\n2\n3\n' },
  { args: ['ps', '-q', '--filter', 'name={name}'], flags: [], expect: '' },
  {
    args: ['ps', '-a', '--filter', 'name={name}', '--format', '{{.Status}}'],
    flags: ['all'],
    expect: /^Exited \(5\) /,
  },
  { args: ['kill', '{name}'], flags: [], expect: '', exitCode: 1 },
  { args: ['stop', '-t', '1', '{name}'], flags: ['timeout'], expect: '{name}\n' },
  { args: ['rm', '-f', '-v', '{name}'], flags: ['force', 'volumes'], expect: '{name}\n' },
  { args: ['inspect', '{name}'], flags: [], expect: /^\[\]\n$/, exitCode: 1 },
  { args: ['wait', '{name}'], flags: [], expect: '', exitCode: 1 },
  { args: ['stop', '{name}'], flags: [], expect: '', exitCode: 1 },
  { args: ['logs', '{name}'], flags: [], expect: '', exitCode: 1 },
];

/** Command lines that must fail, and the exit code. */
export const FAILURES: readonly (readonly [exitCode: number, ...args: string[]])[] = [
  [127, 'busybox', 'nothing'],
  [126, 'busybox', '/etc'],
  [125, '--no-such-flag', 'busybox', 'true'],
  [125, '--memory', '12x', 'busybox', 'true'],
  [125, '--memory', '1k', 'busybox', 'true'],
  [125, '--user', 'nobodyhasthisname', 'busybox', 'true'],
  [125, '--cap-add', 'NO_SUCH', 'busybox', 'true'],
  [125, '--ulimit', 'nofile=5:4', 'busybox', 'true'],
  [125, '--ulimit', 'nothing=5', 'busybox', 'true'],
  [125, '--publish', '99999:1', 'busybox', 'true'],
  [125, '--network', 'container:nobody', 'busybox', 'true'],
  [125, '--cpuset-cpus', '99999', 'busybox', 'true'],
  [125, '--sysctl', 'kernel.nothing=1', 'busybox', 'true'],
  [125, '--device', '/dev/nothing', 'busybox', 'true'],
  [125, '--env-file', '/nothing', 'busybox', 'true'],
  [125, '--add-host', 'nothing', 'busybox', 'true'],
  [125, '-v', 'relative/../x:relative', 'busybox', 'true'],
  [125, '--mount', 'type=bind,src=/nothing/here,dst=/x', 'busybox', 'true'],
  [125, '-w', 'relative', 'busybox', 'true'],
  [125, '--stop-signal', 'NOTHING', 'busybox', 'true'],
  [125, '--health-interval', '1us', 'busybox', 'true'],
  [125, '--health-retries', '-1', 'busybox', 'true'],
  [125, '--no-healthcheck', '--health-cmd', 'true', 'busybox', 'true'],
];

/** Where Docker gives another exit code, by the line's words. */
export const DOCKER_EXIT_CODES: Readonly<Record<string, { exitCode: number; because: string }>> = {
  '--device /dev/nothing busybox true': {
    exitCode: 127,
    because: 'it looks for "no such file" in the text of every error; no command was looked for here',
  },
};
