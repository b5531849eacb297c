/** A program in the foreground on the caller's terminal: what is typed early, and the size, beside runc. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { FRONT, openBrains } from '../front/brains.ts';
import { FrontBundle } from '../front/front-under-test.ts';

const bundle = new FrontBundle();
const brains = openBrains();
after(async () => {
  await brains[Symbol.asyncDispose]();
  bundle[Symbol.dispose]();
});

/**
 * Types a line as soon as the terminal is raw, and tells whether the program had not begun by then; types another one after
 * the terminal has changed its size.
 */
const SCRIPT = `
import fcntl, json, os, pty, select, struct, sys, termios, time
pid, master = pty.fork()
if pid == 0:
    while os.get_terminal_size(0).columns != 111: time.sleep(0.01)
    os.execvp(sys.argv[1], sys.argv[1:])
def size(rows, columns): fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))
size(33, 111)
def output(until):
    text = b''
    while not until(text):
        try:
            if select.select([master], [], [], 0.01)[0]: text += os.read(master, 4096)
        except OSError: break
    return text.decode().replace('\\r', '')
while termios.tcgetattr(master)[3] & termios.ICANON: time.sleep(0.01)
early = not os.path.exists('begun')
os.write(master, b'first\\r')
middle = output(lambda text: b'33 111' in text)
size(44, 122)
end = time.monotonic() + 0.3
middle += output(lambda text: time.monotonic() > end)
os.write(master, b'second\\r')
late = output(lambda text: False)
os.waitpid(pid, 0)
print(json.dumps({'early': early, 'middle': middle, 'late': late}))
`;

const source = new URL('../../../src/bin/keelson-runtime.ts', import.meta.url).pathname;
// Not runc: what is typed before its terminal is raw can be lost there, and the program waits for it for ever.
const ways: Readonly<Record<string, readonly string[]>> = {
  'the front': [FRONT],
  'Node alone': [process.execPath, '--disable-warning=ExperimentalWarning', source],
};

for (const [name, program] of Object.entries(ways)) {
  test(`what is typed before the program begins is the program's, and so is the size, by ${name}`, () => {
    const begun = join(bundle.folder, 'begun');
    bundle.command(['sh', '-c', 'read x; stty size; read y; stty size; echo got $x $y'], true);
    const path = join(bundle.folder, 'config.json');
    const spec = JSON.parse(readFileSync(path, 'utf8'));
    // The program has not begun for so long.
    const hook = { path: '/bin/sh', args: ['sh', '-c', `sleep 0.5; >${begun}`], env: ['PATH=/bin'] };
    writeFileSync(path, JSON.stringify({ ...spec, hooks: { createRuntime: [hook] } }));
    spawnSync('rm', ['-f', begun]);
    const words = [...program, ...bundle.words('run', bundle.id)];
    const { stdout, stderr } = spawnSync('python3', ['-c', SCRIPT, ...words], {
      cwd: bundle.folder,
      env: { ...process.env, ...brains.env },
      encoding: 'utf8',
      timeout: 30_000,
    });
    assert.equal(stderr, '');
    const { early, middle, late } = JSON.parse(stdout);
    assert.equal(early, true);
    // Echoed once, by the container's own terminal.
    assert.equal(middle, 'first\n33 111\n');
    assert.equal(late, 'second\n44 122\ngot first second\n');
  });
}
