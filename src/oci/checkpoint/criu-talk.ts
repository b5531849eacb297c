import { KeelsonError } from '../../base/index.ts';
import type { CriuProcess } from '../../runtime/index.ts';
import { criuFailure } from './criu-log.ts';
import {
  type CriuAnswer,
  type CriuRequest,
  criuAnswer,
  criuRequest,
  REQUEST_TYPES,
  type RequestType,
} from './criu-messages.ts';

/** What criu tells of while it works; it goes on when it has been dealt with. */
export interface Notice {
  /** `post-restore`, `setup-namespaces`… */
  script: string;
  pid: number;
}

export interface Talk {
  criu: CriuProcess;
  /** Where criu says what it does. */
  log: string;
  /** Takes the message away itself when that brings a descriptor. */
  notified?: (notice: Notice) => Promise<void>;
}

/** The oldest that has all that is asked here; runc needs as much for namespaces that are given by path. */
const OLDEST = 31_500;

/**
 * Asks criu for one thing and waits until it is done.
 * @throws KeelsonError internal `CRIU_FAILED`, with the last errors of its log
 */
export async function askCriu({ criu, log, notified }: Talk, request: CriuRequest): Promise<CriuAnswer> {
  await criu.send(criuRequest.encode(request));
  for (;;) {
    const bytes = await criu.receive();
    if (bytes.length === 0) throw criuFailure(`${nameOf(request.type)} was not answered`, log);
    const answer = criuAnswer.decode(bytes);
    if (answer.success !== true) {
      throw criuFailure(`type ${nameOf(answer.type)} errno ${answer.cr_errno ?? 0}`, log, answer.cr_errmsg);
    }
    const { script, pid = 0 } = answer.notify ?? {};
    if (script !== 'orphan-pts-master') await criu.drop();
    if (answer.type !== REQUEST_TYPES.NOTIFY) return answer;
    await notified?.({ script: script ?? '', pid });
    await criu.send(criuRequest.encode({ type: REQUEST_TYPES.NOTIFY, notify_success: true }));
  }
}

/** @throws KeelsonError unsupported `CRIU_VERSION` */
export async function requireVersion(talk: Talk): Promise<void> {
  const { version } = await askCriu(talk, { type: REQUEST_TYPES.VERSION, keep_open: true });
  const { major_number: major = 0, minor_number: minor = 0, sublevel = 0 } = version ?? {};
  if (major * 10_000 + minor * 100 + sublevel >= OLDEST) return;
  throw new KeelsonError('unsupported', `criu ${major}.${minor}.${sublevel} is too old: 3.15 is needed`, {
    code: 'CRIU_VERSION',
    hint: 'install a newer criu, or name another one with --criu',
  });
}

function nameOf(type: number | undefined): string {
  const names = Object.keys(REQUEST_TYPES) as RequestType[];
  return names.find((name) => REQUEST_TYPES[name] === type) ?? String(type);
}
