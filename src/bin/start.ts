/**
 * Runs a program of ours with what earlier runs of it left compiled: start.cjs FAILURE SCRIPT ARGUMENT…
 * FAILURE is the exit code for a Node that is too old, which must be able to parse this file.
 *
 * Node's own compile cache has what V8 compiles before a script runs: few of its functions. This one is taken at a program's
 * end and so has all that it called, which is most of what a short command would wait for.
 */
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
// own-code: a script beside this file, named by a launcher of ours; whoever can write it can write this one
import { constants, Script } from 'node:vm';

/** Bytes before V8's, which wants its own aligned: a {@link Header} as JSON, filled up with spaces. */
const HEADER_SIZE = 1024;

interface Header {
  /** Of the script's file; of Node's version, processor and flags V8 itself looks whether they are the same. */
  build: string;
  /** Of V8's bytes. */
  size: number;
  /** What the program did in the runs that it was taken from. */
  commands: string[];
}

const [, failure = '1'] = process.argv.splice(1, 2);
const [, file = ''] = process.argv;

if (Number(process.versions.node.split('.')[0]) < 24) {
  const program = basename(file, '.cjs');
  const found = `${process.version} (${process.execPath})`;
  writeSync(2, `${program}: Node 24 or newer is needed, this is ${found}; see https://nodejs.org\n`);
  process.exitCode = Number(failure);
} else {
  // It would else start Node's debugger; not every Node 24 can be told so by a flag.
  if (!process.execArgv.includes('--disable-sigusr1')) process.on('SIGUSR1', () => undefined);
  // As Node finds a program that is called by a symbolic link: what belongs to it is looked for beside it.
  run(realpathSync(file));
}

function run(path: string): void {
  process.argv[1] = path;
  const { size, mtimeMs, ino } = statSync(path);
  const build = [size, mtimeMs, ino].join(' ');
  // A file for each command of a command line, for whoever starts reads all of it.
  const word = /^[a-z_][a-z_-]{0,30}$/.exec(process.argv[2] ?? '')?.[0] ?? 'any';
  const folder = join(dirname(path), 'cache');
  const cache = join(folder, [basename(path, '.cjs'), word, process.version, process.arch].join('-'));
  const known = readCache(cache, build);
  const script = new Script(wrapped(readFileSync(path, 'utf8')), {
    filename: path,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    ...(known === undefined ? {} : { cachedData: known.data }),
  });
  const commands = new Set(script.cachedDataRejected === false ? known?.commands : []);
  let isNew = false;
  Object.assign(globalThis, {
    [Symbol.for('keelson.remember-code')](command: string): void {
      isNew ||= !commands.has(command);
      commands.add(command);
    },
  });
  process.on('exit', () => {
    // With flags of somebody else V8 would refuse what others wrote, and they what we do: in turns, at each start.
    if (!isNew || process.env.NODE_OPTIONS) return;
    writeCache(cache, { build, commands: [...commands], data: script.createCachedData() });
  });
  script.runInThisContext()({}, require, {}, path, dirname(path));
}

/** As Node wraps a script. */
function wrapped(source: string): string {
  return `(function (exports, require, module, __filename, __dirname) { ${source}\n})`;
}

function readCache(path: string, build: string): { data: Buffer; commands: string[] } | undefined {
  try {
    const bytes = readFileSync(path);
    const header: Header = JSON.parse(bytes.toString('latin1', 0, HEADER_SIZE));
    const data = bytes.subarray(HEADER_SIZE);
    return header.build === build && header.size === data.length ? { data, commands: header.commands } : undefined;
  } catch {
    return undefined;
  }
}

/** Whole or not at all, for V8 does not look whether a byte is wrong. Nobody's command fails for it. */
function writeCache(path: string, { data, ...rest }: Omit<Header, 'size'> & { data: Buffer }): void {
  const own = `${path}.${process.pid}`;
  const header = JSON.stringify({ ...rest, size: data.length } satisfies Header);
  if (header.length >= HEADER_SIZE) return;
  try {
    mkdirSync(dirname(path), { recursive: true });
    const fd = openSync(own, 'wx', 0o644);
    try {
      writeSync(fd, Buffer.concat([Buffer.from(`${header.padEnd(HEADER_SIZE - 1)}\n`), data]));
      fsyncSync(fd);
      renameSync(own, path);
    } finally {
      closeSync(fd);
      rmSync(own, { force: true });
    }
  } catch {
    // as it was
  }
}
