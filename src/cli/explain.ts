import type { StepRecord } from '../spec/index.ts';

/** What each stage is for, for who sees it the first time. */
const INTRODUCTIONS: Readonly<Record<string, string>> = {
  'Processes and namespaces': 'A namespace gives a process its own view of one thing of the system. clone3 makes a child in new ones.',
  'Limits (cgroups)': 'A cgroup is a folder that counts and limits what the processes in it use.',
  Network: 'A new network namespace has one interface, lo, which is switched off.',
  'Root file system': 'An overlay shows the image with a writable layer on top; pivot_root then makes it the root.',
  Mounts: 'The kernel shows itself through file systems of its own; the container gets fresh ones.',
  Devices: 'A program expects a few device nodes. No others are there.',
  Identity: 'The container has a name of its own.',
  'Hidden paths': 'Parts of /proc and /sys know no namespace and show or change the host, so they are covered.',
  'Kernel settings': 'Settings that belong to the new namespaces alone.',
  'Terminal and streams': 'What the container reads and writes goes through pipes or a terminal to the outside.',
  'User and groups': 'Names are looked up in the files of the image, and numbers are what the kernel knows.',
  Privileges: 'Root is forty privileges. All but a few are given up, for good.',
  'System call filter': 'A small program in the kernel decides for every system call whether it is allowed.',
  Start: 'The last call turns the child into the program that was asked for.',
  Monitor: 'A small process outside waits for the end and keeps the exit status.',
};

/** Collects steps and prints them at the end of a start: both processes work at once, the reader wants one at a time. */
export function explainer(
  format: 'text' | 'json',
  out: NodeJS.WritableStream,
): { add(step: StepRecord): void; end(): void } {
  const steps: StepRecord[] = [];
  return {
    add: (step) => void steps.push(step),
    end: () => void out.write(format === 'json' ? `${steps.map((s) => JSON.stringify(s)).join('\n')}\n` : explainText(steps)),
  };
}

/** Steps under the headings in which they were made, one line a call. */
export function explainText(steps: readonly StepRecord[]): string {
  const byHeading = Map.groupBy(steps, (step) => step.heading);
  const sections = [...byHeading].map(([heading, made]) => {
    const byTitle = Map.groupBy(made, (step) => `${step.title}${step.because ? `  (${step.because})` : ''} [${step.process}]`);
    const lines = [...byTitle].map(([title, calls]) => `  ${title}\n${calls.map(showStep).join('')}`);
    return `${heading}${INTRODUCTIONS[heading] ? `\n${INTRODUCTIONS[heading]}` : ''}\n${lines.join('')}`;
  });
  const total = steps.reduce((sum, step) => sum + (step.duration ?? 0), 0);
  const time = total > 0 ? `, ${(total / 1e6).toFixed(2)} ms in the kernel` : '';
  return `${sections.join('\n')}\n${steps.length} system calls${time}\n`;
}

function showStep(step: StepRecord): string {
  const value = step.value === undefined ? '' : ` = ${step.value}`;
  const time = step.duration === undefined ? '' : `  ${(step.duration / 1000).toFixed(1)} µs`;
  return `      ${step.call}${value}${time}\n`;
}
