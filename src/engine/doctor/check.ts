import type { HostCheck } from '../../spec/index.ts';

/** What a check has found: nothing wrong, or what is and how to get it. */
export type Finding = Pick<HostCheck, 'status' | 'found' | 'remedy'>;

export function ok(found: string): Finding {
  return { status: 'ok', found };
}

/** Something does not work without it, but containers do. */
export function warn(found: string, remedy: string): Finding {
  return { status: 'warn', found, remedy };
}

/** No container can be made without it. */
export function fail(found: string, remedy: string): Finding {
  return { status: 'fail', found, remedy };
}

/** The finding for an answer of the kernel: `yes`, or what it refused with. */
export function answered(answer: string, refused: (why: string) => Finding): Finding {
  if (answer.startsWith('AGENT')) return warn('not tried', 'the agent must start first');
  return answer === 'yes' ? ok('works') : refused(answer);
}

/** How a package is installed; the names are Debian's, which others mostly share. */
export function install(name: string): string {
  return `apt-get install ${name} (Debian and Ubuntu)`;
}
