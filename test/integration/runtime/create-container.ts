/** Makes a container that waits at its gate, writes its pid, and ends: `create-container.ts PLAN-AS-JSON PID-FILE`. */
import { writeFileSync } from 'node:fs';
import { type LaunchPlan, launch, openRuntime } from '../../../src/runtime/index.ts';

const plan: LaunchPlan = JSON.parse(process.argv[2] ?? '');
await using host = await openRuntime();
const { pid, monitor } = await launch(host, plan);
monitor.release();
writeFileSync(process.argv[3] ?? '', String(pid));
