import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { Keelson } from './keelson.ts';

const keelson = new Keelson();
const isolated = ['run', '--rm', '--network', 'none'];
after(async () => {
  const left = await keelson.output('ps', '-aq');
  if (left !== '') await keelson.run(['rm', '-f', ...left.trim().split('\n')]);
  keelson[Symbol.dispose]();
  assert.equal(left, '', 'every container of the tests has gone');
});

describe('keelson run', () => {
  test('output, errors and exit code of the command', async () => {
    const ended = await keelson.run([...isolated, 'busybox', 'sh', '-c', 'echo out; echo err >&2; exit 7']);
    assert.deepEqual(ended, { exitCode: 7, stdout: 'out\n', stderr: 'err\n' });
  });

  test('-i connects the standard input, and without it there is none', async () => {
    assert.equal((await keelson.run([...isolated, '-i', 'busybox', 'cat'], 'from outside')).stdout, 'from outside');
    assert.equal((await keelson.run([...isolated, 'busybox', 'cat'], 'from outside')).stdout, '');
  });

  const failures: [args: string[], exitCode: number, message: RegExp][] = [
    [['busybox', 'nothing'], 127, /^keelson: no command "nothing" in the container\nhint: .+\n$/],
    [['busybox', '/etc'], 126, /^keelson: \/etc in the container is not an executable file\nhint: .+\n$/],
    [['--rootfs', '/nothing/here', 'sh'], 125, /^keelson: .*\/nothing\/here.*\n/],
    [['--user', 'nobodyhasthisname', 'busybox', 'true'], 125, /^keelson: .*nobodyhasthisname.*\n/],
    [['--pull', 'never', 'nosuchimage', 'true'], 125, /^keelson: there is no image 'nosuchimage' here\nhint: .+\n$/],
    [['--cap-add', 'NO_SUCH', 'busybox', 'true'], 125, /^keelson: .*NO_SUCH.*\n/],
    [['--memory', '12x', 'busybox', 'true'], 125, /^keelson: invalid value '12x' for --memory: expected a size/],
  ];
  for (const [args, exitCode, message] of failures) {
    test(`${args.join(' ')} gives ${exitCode}`, async () => {
      const ended = await keelson.run([...isolated, ...args]);
      assert.match(ended.stderr, message);
      assert.deepEqual([ended.exitCode, ended.stdout], [exitCode, '']);
      assert.doesNotMatch(ended.stderr, /\n {4}at /);
    });
  }

  test('exec -d returns while its command runs, and exec of what is not there gives 127', async () => {
    const id = (await keelson.output('run', '-d', '--network', 'none', 'busybox', 'sleep', '1000')).trim();
    assert.deepEqual(await keelson.run(['exec', '-d', id, 'sleep', '999']), { exitCode: 0, stdout: '', stderr: '' });
    assert.match(await keelson.output('exec', id, 'ps'), / sleep 999\n/);
    const { exitCode, stderr } = await keelson.run(['exec', id, 'nothing']);
    assert.match(stderr, /^keelson: no command "nothing" in the container\nhint: .+\n$/);
    assert.equal(exitCode, 127);
    await keelson.output('rm', '-f', id);
  });

  test('killed by a signal: 128 and its number', async () => {
    assert.equal((await keelson.run([...isolated, 'busybox', 'sh', '-c', 'kill -9 $$; sleep 1'])).exitCode, 0);
    assert.equal((await keelson.run([...isolated, '--init', 'busybox', 'sh', '-c', 'kill -9 $$'])).exitCode, 137);
  });

  test('a signal to the command line reaches the container', async () => {
    const script = 'trap "echo got TERM; exit 5" TERM; echo ready; while :; do sleep 0.1; done';
    const child = keelson.start([...isolated, 'busybox', 'sh', '-c', script]);
    const [ready] = await once(child.stdout, 'data');
    assert.equal(String(ready), 'ready\n');
    child.kill('SIGTERM');
    const [told] = await once(child.stdout, 'data');
    assert.equal(String(told), 'got TERM\n');
    assert.equal(await child.exited, 5);
  });

  test('environment, folder, user and labels', async () => {
    const script = 'echo $A $(pwd) $(id -u):$(id -g)';
    const args = ['-e', 'A=1', '-w', '/tmp', '-u', '1000:1001', 'busybox', 'sh', '-c', script];
    assert.equal(await keelson.output(...isolated, ...args), '1 /tmp 1000:1001\n');
  });

  test('a dry run says what would be done, and does nothing', async () => {
    const lines = (await keelson.output(...isolated, '--dry-run', '--explain=json', 'busybox', 'true'))
      .trimEnd()
      .split('\n');
    const { summary } = JSON.parse(lines.pop() ?? '');
    assert.equal(summary.calls, lines.length);
    assert.ok(lines.length > 50);
    for (const line of lines) assert.equal(typeof JSON.parse(line).step.call, 'string');
    assert.ok(lines.some((line) => line.includes('execve')));
  });

  test('--explain keeps to stderr', async () => {
    const { stdout, stderr, exitCode } = await keelson.run([
      ...isolated,
      '--explain',
      '--memory',
      '64m',
      'busybox',
      'echo',
      'hi',
    ]);
    assert.deepEqual([stdout, exitCode], ['hi\n', 0]);
    for (const part of [
      'Processes and namespaces',
      'clone3(',
      'Root file system',
      'pivot_root(',
      '67108864',
      'System call filter',
    ]) {
      assert.ok(stderr.includes(part), part);
    }
  });
});

describe('keelson run -t', () => {
  /** Runs a shell's line with a terminal, made by script(1). */
  async function onTerminal(line: string): Promise<{ output: string; exitCode: number }> {
    const child = keelson.start(['-qec', line, '/dev/null'], ['script']);
    child.stdin.end();
    let output = '';
    child.stdout.on('data', (data) => {
      output += data;
    });
    return { exitCode: await child.exited, output };
  }
  const run = `${keelson.command.join(' ')} ${isolated.join(' ')}`;

  test('the container has a terminal of the size of ours', async () => {
    const { output, exitCode } = await onTerminal(
      `stty rows 33 cols 101; ${run} -t busybox sh -c 'tty; stty size; exit 4'`,
    );
    // Both terminals turn a line feed into two characters, as with Docker: only -i makes ours raw.
    assert.deepEqual([output, exitCode], ['/dev/pts/0\r\r\n33 101\r\r\n', 4]);
  });

  test('with -i ours changes nothing of what the container prints', async () => {
    const { output } = await onTerminal(`${run} -it busybox sh -c 'sleep 1; echo lines; stty -opost; echo down'`);
    assert.equal(output, 'lines\r\ndown\n');
  });

  test('ours is as it was before, after the end and after an error', async () => {
    for (const command of ['true', 'nothing']) {
      const { output } = await onTerminal(`stty -g; ${run} -it busybox ${command} 2>/dev/null; stty -g`);
      const [before, afterwards] = output.trim().split(/\r+\n/);
      assert.match(before ?? '', /^[0-9a-f:]+$/);
      assert.equal(afterwards, before);
    }
  });

  test('without a terminal of ours -it is refused', async () => {
    const { exitCode, stderr } = await keelson.run([...isolated, '-it', 'busybox', 'true']);
    assert.deepEqual([exitCode, stderr], [125, 'keelson: the standard input is no terminal\nhint: leave out -t\n']);
  });
});

describe('containers in the background', () => {
  test('from run to rm', async () => {
    const idFile = join(keelson.root, 'id');
    const script = 'echo started; trap "exit 3" TERM; while :; do sleep 0.1; done';
    const args = ['--name', 'web', '--cidfile', idFile, '-l', 'tier=front', 'busybox', 'sh', '-c', script];
    const id = (await keelson.output('run', '-d', '--network', 'none', ...args)).trim();
    assert.match(id, /^[0-9a-f]{64}$/);
    assert.equal(readFileSync(idFile, 'utf8'), id);

    const row = JSON.parse(await keelson.output('ps', '--format', 'json'));
    assert.deepEqual([row.ID, row.Names, row.State, row.Labels], [id.slice(0, 12), 'web', 'running', 'tier=front']);
    assert.match(
      await keelson.output('ps'),
      /^CONTAINER ID {3}IMAGE {5}COMMAND .*\n[0-9a-f]{12} {3}busybox {3}"sh -c echo started;…" /,
    );

    const pid = Number(await keelson.output('inspect', '-f', '{{.State.Pid}}', 'web'));
    assert.match(readFileSync(`/proc/${pid}/cmdline`, 'utf8'), /^sh\0-c\0/);
    assert.equal(
      (await keelson.run(['exec', '-e', 'A=1', '-w', '/tmp', 'web', 'sh', '-c', 'echo $A; pwd; exit 6'])).exitCode,
      6,
    );
    assert.equal((await keelson.run(['exec', 'web', 'nothing'])).exitCode, 127);
    assert.equal((await keelson.run(['exec', '-i', 'web', 'cat'], 'piped')).stdout, 'piped');

    const taken = await keelson.run(['run', '-d', '--network', 'none', '--name', 'web', 'busybox', 'true']);
    assert.equal(taken.exitCode, 125);
    assert.match(taken.stderr, /^keelson: .*\bweb\b.*\nhint: /);

    const running = await keelson.run(['rm', 'web']);
    assert.deepEqual([running.exitCode, running.stdout], [1, '']);
    assert.equal(await keelson.output('stop', '-t', '5', 'web'), 'web\n');
    assert.equal(await keelson.output('wait', 'web'), '3\n');
    assert.match(await keelson.output('ps', '-a', '--format', '{{.Status}}'), /^Exited \(3\) /);
    assert.equal(await keelson.output('logs', 'web'), 'started\n');
    assert.match(await keelson.output('logs', '-t', id.slice(0, 8)), /^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{9}Z started\n$/);
    assert.equal(await keelson.output('rm', 'web'), 'web\n');
    assert.equal((await keelson.run(['inspect', 'web'])).exitCode, 1);
  });

  test('kill sends what it is told', async () => {
    const script = 'trap "echo usr; exit 2" USR1; while :; do sleep 0.1; done';
    await keelson.output('run', '-d', '--network', 'none', '--name', 'job', 'busybox', 'sh', '-c', script);
    const logs = keelson.run(['logs', '-f', 'job']);
    await keelson.output('exec', 'job', 'sleep', '0.3');
    assert.equal(await keelson.output('kill', '-s', 'usr1', 'job'), 'job\n');
    assert.equal(await keelson.output('wait', 'job'), '2\n');
    assert.equal((await logs).stdout, 'usr\n');
    assert.equal(await keelson.output('rm', '-f', 'job'), 'job\n');
  });
});
