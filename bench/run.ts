/**
 * `npm run bench`: starts of one container, ours and others', alternating in one run. Nothing is asserted: the table is to
 * be read. See docs/performance.md.
 *
 * --runs N    of each row (default 20)          --only NAME   rows whose name holds NAME; may be repeated
 * --json FILE the table and every sample        --parallel N  how many at once in the second table (default 100; 0: none)
 */
import { writeFileSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { CGROUP, makeBundle } from './bundle.ts';
import { removeCgroups } from './cgroup-folders.ts';
import { installIn } from './installed.ts';
import { openLibrary } from './library.ts';
import { measureIdleMemory } from './memory.ts';
import { ociRows } from './oci-rows.ts';
import { preparePeers } from './peers.ts';
import type { Row } from './rows.ts';
import { engineRow, libraryRow, peerRow } from './rows.ts';
import { startSpawner } from './start-spawner.ts';
import { summarise } from './statistics.ts';

const WARM_UP = 2;

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '20' },
    only: { type: 'string', multiple: true, default: [] },
    json: { type: 'string' },
    parallel: { type: 'string', default: '100' },
  },
});

interface Measured {
  row: Row;
  samples: number[];
  /** Why the row has none. */
  failure?: string;
}

const wanted = (name: string) => values.only.length === 0 || values.only.some((only) => name.includes(only));

/** One of each row after the other, so that what else the machine does falls on all of them. */
async function measure(rows: readonly Row[], runs: number): Promise<Measured[]> {
  const measured = rows.map((row): Measured => ({ row, samples: [] }));
  for (let i = -WARM_UP; i < runs; i++) {
    for (const m of measured) {
      if (m.failure !== undefined) continue;
      try {
        const milliseconds = await m.row.once(`r${i + WARM_UP}-${measured.indexOf(m)}`);
        if (i >= 0) m.samples.push(milliseconds);
      } catch (error) {
        m.failure = error instanceof Error ? error.message : String(error);
      }
    }
  }
  return measured;
}

function print(measured: readonly Measured[]): void {
  const base = measured.find(({ row }) => row.name === 'library')?.samples ?? [];
  const library = base.length > 0 ? summarise(base).median : undefined;
  console.log('| start of `true` | median ms | p95 ms | to the library | |\n|---|---|---|---|---|');
  for (const { row, samples, failure } of measured) {
    if (failure !== undefined) console.log(`| ${row.name} | – | – | – | not measured: ${failure.split('\n')[0]} |`);
    else {
      const { median, p95 } = summarise(samples);
      const ratio = library === undefined ? '–' : `${(median / library).toFixed(2)}×`;
      console.log(`| ${row.name} | ${median.toFixed(2)} | ${p95.toFixed(2)} | ${ratio} | ${row.about} |`);
    }
  }
}

async function measureTogether(measured: readonly Measured[], count: number) {
  const results: { name: string; milliseconds: number; failed: number }[] = [];
  for (const { row, failure } of measured) {
    if (!row.together || failure !== undefined) continue;
    const ids = Array.from({ length: count }, (_, i) => `p${i}-${measured.findIndex((m) => m.row === row)}`);
    results.push({ name: row.name, ...(await row.together(ids)) });
  }
  console.log(`\n| ${count} at once | ms until the last is done | failed |\n|---|---|---|`);
  for (const { name, milliseconds, failed } of results)
    console.log(`| ${name} | ${milliseconds.toFixed(0)} | ${failed} |`);
  return results;
}

async function main(): Promise<void> {
  if (process.getuid?.() !== 0) throw new Error('the benchmark needs root: runc, crun and cgroups do');
  await using cleanup = new AsyncDisposableStack();
  cleanup.defer(() => removeCgroups(CGROUP));
  const bundle = cleanup.use(await makeBundle());
  const installed = installIn(bundle.folder);
  const peers = await preparePeers(bundle, installed);
  const spawner = cleanup.use(startSpawner());
  const other = cleanup.use(startSpawner({ withoutUnified: true }));
  const data = join(bundle.folder, 'data');
  const rows: Row[] = [
    libraryRow(cleanup.use(await openLibrary(bundle))),
    cleanup.use(await engineRow(data, 'none')),
    cleanup.use(await engineRow(data, 'bridge')),
    ...peers.map((peer) => peerRow(peer, peer.withoutUnified ? other : spawner)),
    ...ociRows(bundle, installed, { host: spawner, withoutUnified: other }).map((row) => cleanup.use(row)),
  ].filter(({ name }) => wanted(name));
  console.log(
    `Linux ${release()}, ${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}, ${values.runs} runs\n`,
  );
  const measured = await measure(rows, Number(values.runs));
  print(measured);
  const count = Number(values.parallel);
  const parallel = count > 0 ? await measureTogether(measured, count) : [];
  const memory = wanted('memory') ? measureIdleMemory(bundle) : undefined;
  if (memory) {
    const { kibibytes, processes } = memory;
    console.log(
      `\nAn idle detached container costs ${kibibytes.toFixed(0)} KiB (PSS) in ${processes} process(es) of ours.`,
    );
  }
  if (values.json === undefined) return;
  const table = measured.map(({ row, samples, failure }) => ({
    name: row.name,
    ...(failure === undefined ? { ...summarise(samples), samples } : { failure }),
  }));
  const machine = { kernel: release(), cpu: cpus()[0]?.model, cpus: cpus().length, node: process.version };
  writeFileSync(values.json, `${JSON.stringify({ machine, table, parallel, memory }, null, 2)}\n`);
}

await main();
