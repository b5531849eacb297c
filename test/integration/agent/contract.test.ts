import type { Answer, Call, Kernel } from '../../../src/kernel/index.ts';
import { ENOENT, RecordingKernel, startAgent } from '../../../src/kernel/index.ts';
import type { Subject } from './kernel-contract.ts';
import { kernelContract } from './kernel-contract.ts';

const subjectOf = (kernel: Kernel, dispose: () => Promise<void>): Subject => ({
  kernel,
  [Symbol.asyncDispose]: dispose,
});

kernelContract('agent', () => {
  const agent = startAgent({ channels: 2 });
  return subjectOf(agent.kernel, () => agent.stop());
});

function answer(call: Call): Answer {
  return call.args.includes('/missing/file') ? -ENOENT : undefined;
}

kernelContract('recording', () => subjectOf(new RecordingKernel({ answer }), async () => undefined));
