/**
 * `npm run bench:images`: pulls of the same images from the same registry, ours and others', alternating in one run, and
 * what unpacking alone takes. Nothing is asserted: the table is to be read. See docs/performance.md.
 *
 * --runs N    of each row (default 5)     --only NAME   rows whose name holds NAME; may be repeated
 * --size MB   of each image (default 200)  --image NAME  debian-sized, ten-layers, debian-sized-zstd; may be repeated
 */
import { execFileSync } from 'node:child_process';
import { cpus, release } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Contender, docker, keelson, podman, skopeoUmoci } from './images/contenders.ts';
import { startDocker, startRegistry } from './images/servers.ts';
import { chooseFiles, makeImage, type TestImage } from './images/test-images.ts';
import { makeWorkFolder } from './images/work-folder.ts';
import { summarise } from './statistics.ts';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '5' },
    only: { type: 'string', multiple: true, default: [] },
    size: { type: 'string', default: '200' },
    image: { type: 'string', multiple: true, default: [] },
  },
});

const LAYERS = 10;

function split(files: readonly string[], count: number): string[][] {
  const size = Math.ceil(files.length / count);
  return Array.from({ length: count }, (_, i) => files.slice(i * size, (i + 1) * size));
}

interface Measured {
  contender: Contender;
  times: number[];
  peaks: number[];
  /** Pulls with everything there. */
  again: number[];
  failure?: string;
}

async function measure(contenders: readonly Contender[], reference: string, runs: number): Promise<Measured[]> {
  const measured = contenders.map((contender): Measured => ({ contender, times: [], peaks: [], again: [] }));
  for (let i = 0; i < runs; i++) {
    for (const m of measured) {
      if (m.failure !== undefined) continue;
      try {
        execFileSync('sync');
        const { milliseconds, peak } = await m.contender.pull(reference);
        m.times.push(milliseconds);
        m.peaks.push(peak);
        if (!m.contender.name.includes('umoci')) m.again.push((await m.contender.pull(reference)).milliseconds);
      } catch (error) {
        m.failure = error instanceof Error ? error.message : String(error);
      }
      m.contender.clear();
    }
  }
  return measured;
}

function print({ name, size, stored, entries }: TestImage, measured: readonly Measured[]): void {
  console.log(
    `\n${name}: ${(size / 1e6).toFixed(0)} MB in ${entries} entries, ${(stored / 1e6).toFixed(0)} MB stored\n`,
  );
  console.log(
    '| | median s | fastest s | to keelson | MB/s | memory MiB | again ms | |\n|---|---|---|---|---|---|---|---|',
  );
  const base = measured.find(({ contender }) => contender.name === 'keelson pull');
  const own = base && base.times.length > 0 ? summarise(base.times).median : Number.NaN;
  for (const { contender, times, peaks, again, failure } of measured) {
    if (failure !== undefined) {
      console.log(`| ${contender.name} | – | – | – | – | – | – | not measured: ${failure.split('\n')[0]} |`);
      continue;
    }
    const { median, fastest } = summarise(times);
    const second = again.length > 0 ? summarise(again).median.toFixed(0) : '–';
    const memory = (summarise(peaks).median / 1024).toFixed(0);
    const row = [
      (median / 1000).toFixed(2),
      (fastest / 1000).toFixed(2),
      `${(median / own).toFixed(2)}×`,
      (size / 1000 / median).toFixed(0),
      memory,
      second,
    ];
    console.log(`| ${contender.name} | ${row.join(' | ')} | ${contender.about} |`);
  }
}

async function main(): Promise<void> {
  if (process.getuid?.() !== 0) throw new Error('the benchmark needs root, as dockerd and mounts do');
  await using cleanup = new AsyncDisposableStack();
  const work = cleanup.use(makeWorkFolder());
  const registry = cleanup.use(await startRegistry(join(work.path, 'registry')));
  const wanted = (name: string) => values.only.length === 0 || values.only.some((only) => name.includes(only));
  const contenders = [keelson(work.disk), podman(work.disk), skopeoUmoci(work.disk)];
  if (wanted('docker pull')) {
    contenders.push(docker(cleanup.use(await startDocker(join(work.disk, 'docker'))).environment));
  }
  const files = chooseFiles(Number(values.size) * 1e6);
  const kinds = [
    { name: 'debian-sized', layers: [files], compression: 'gzip' as const },
    { name: 'ten-layers', layers: split(files, LAYERS), compression: 'gzip' as const },
    { name: 'debian-sized-zstd', layers: [files], compression: 'zstd' as const },
  ].filter(({ name }) => values.image.length === 0 || values.image.includes(name));
  console.log(
    `Linux ${release()}, ${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}, ${values.runs} runs`,
  );
  for (const kind of kinds) {
    const image = await makeImage(work.path, { ...kind, registry: registry.host });
    const rows = contenders.filter(({ name }) => wanted(name));
    print(image, await measure(rows, `${registry.host}/${image.name}:latest`, Number(values.runs)));
  }
}

await main();
