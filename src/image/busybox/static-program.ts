import { readFileSync, statSync } from 'node:fs';
import { KeelsonError } from '../../base/index.ts';
import { diskError } from '../disk-error.ts';

const LARGEST = 64 << 20;
const PT_INTERP = 3;
const INSTALL = 'install the Debian package busybox-static: apt-get install busybox-static';

/**
 * Reads the host's BusyBox and sees to it that it runs without any other file.
 * @throws KeelsonError `BUSYBOX_MISSING`, `BUSYBOX_NOT_STATIC`
 */
export function readStaticProgram(path: string): Buffer {
  const status = statSync(path, { throwIfNoEntry: false });
  if (!status) throw busyboxError('unavailable', 'BUSYBOX_MISSING', `there is no ${path} to make the image busybox of`);
  // A FIFO in its place would never end.
  if (!status.isFile() || status.size > LARGEST)
    throw busyboxError('invalid', 'BUSYBOX_NOT_STATIC', `${path} is no program`);
  const program = readProgram(path);
  if (needsInterpreter(program)) {
    throw busyboxError('invalid', 'BUSYBOX_NOT_STATIC', `${path} needs shared libraries, which the image would lack`);
  }
  return program;
}

function readProgram(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw diskError('read', path, cause);
  }
}

/** Has a 64-bit little-endian ELF file a program header of the type PT_INTERP (elf(5))? True for what is no such file. */
export function needsInterpreter(program: Buffer): boolean {
  const isElf = program.length >= 64 && program.toString('latin1', 0, 6) === '\x7fELF\x02\x01';
  if (!isElf) return true;
  const start = Number(program.readBigUInt64LE(32));
  const size = program.readUInt16LE(54);
  const count = program.readUInt16LE(56);
  for (let i = 0; i < count; i++) {
    const at = start + i * size;
    if (at + 4 > program.length || program.readUInt32LE(at) === PT_INTERP) return true;
  }
  return false;
}

function busyboxError(kind: 'unavailable' | 'invalid', code: string, message: string): KeelsonError {
  return new KeelsonError(kind, message, { code, hint: INSTALL });
}
