import { KeelsonError } from '../../base/index.ts';
import type { Kernel } from '../../kernel/index.ts';

const LARGEST_LIST = 1 << 16;

/**
 * Asks BusyBox which commands it has.
 * @param kernel a process that can clone one child
 * @returns paths as `busybox --install` lays them: `bin/sh`, `usr/bin/wc`
 */
export async function listApplets(kernel: Kernel, path: string): Promise<string[]> {
  kernel.step('Image', `list the commands of ${path}`);
  const [output, input] = kernel.pipe2(0);
  const child = kernel.clone(0, { name: 'busybox' });
  kernel.close(input);
  await kernel.flush();
  child.kernel.dup3(input, 1, 0);
  child.kernel.execve(path, ['busybox', '--list-full'], []);
  await child.kernel.flush();
  let text = '';
  for (let part = await kernel.read(output, 4096); part.length > 0; part = await kernel.read(output, 4096)) {
    text += part.toString('latin1');
    if (text.length > LARGEST_LIST) throw listError(path, 'a list without end');
  }
  const { status } = await kernel.wait4(child.pid);
  await kernel.close(output);
  if (status !== 0) throw listError(path, `status ${status}`);
  return parseApplets(text, path);
}

function parseApplets(text: string, path: string): string[] {
  const applets = text.split('\n').filter((line) => line !== '');
  const wrong = applets.find(
    (applet) => !/^[\w.+[-]+(?:\/[\w.+[-]+)*$/.test(applet) || applet.split('/').includes('..'),
  );
  if (wrong !== undefined || !applets.includes('bin/sh')) throw listError(path, JSON.stringify(wrong ?? 'no bin/sh'));
  return [...new Set(applets)].filter((applet) => applet !== 'bin/busybox').sort();
}

function listError(path: string, answer: string): KeelsonError {
  return new KeelsonError('invalid', `${path} --list-full answered ${answer}`, {
    code: 'BUSYBOX_ANSWER',
    hint: 'is it BusyBox? Install the Debian package busybox-static',
  });
}
