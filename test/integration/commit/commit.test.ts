import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeTar } from '../../../src/image/tar/tar-writer.ts';
import type { ContainerState, Engine } from '../../../src/sdk/index.ts';
import { OCI_CONFIG, OCI_LAYER_GZIP, OCI_MANIFEST } from '../../../src/spec/index.ts';
import { configOf, runToEnd, temporaryEngine } from '../engine/container-under-test.ts';
import { TemporaryFolder } from '../image/temporary-store.ts';
import { describeTree } from '../image/unpacked-tree.ts';
import { DockerRegistry } from '../registry/docker-registry.ts';
import { imageOf, writeLayout } from '../registry/test-image.ts';

const isRoot = process.getuid?.() === 0;
const needsRoot = { skip: !isRoot && 'needs root' };

/** `host PROGRAM …` runs a program of the host, which is mounted at /host. */
const HOST = `
  loader=$(ls /host/lib/*-linux-gnu/ld-linux-*.so.* | head -n1)
  libraries=$(echo /host/lib/*-linux-gnu /host/usr/lib/*-linux-gnu | tr ' ' ':')
  host() { program=$1; shift; "$loader" --library-path "$libraries" "/host$program" "$@"; }`;
const HOST_MOUNT = { type: 'bind' as const, source: '/', target: '/host', readOnly: true, nonRecursive: true };

/** What the container does to its image: everything that a layer can say. */
const WORK = `${HOST}
  echo new >/etc/added; echo more >>/etc/changed; rm /etc/gone
  rm -r /dir; mkdir /dir; echo fresh >/dir/kept-name; mkdir /dir/sub; echo y >/dir/sub/y
  rm -r /whole; rm /file; mkdir /file; echo in >/file/in; rm -r /folder; echo flat >/folder
  mkdir -p /made/deep; echo one >/made/one; ln /made/one /made/deep/two; ln -s ../nowhere /made/link; mkfifo /made/pipe
  cp /bin/busybox /made/tool; chmod 6755 /made/tool; chown 12:34 /made/one; chmod 1777 /made
  echo c >/made/capable; host /sbin/setcap cap_net_raw+ep /made/capable
  printf z >"$(printf '/made/\\377\\376')"; chown -h 5:6 /made/link; head -c 700000 /dev/urandom >/made/large
  mv /etc/renamed /etc/other; ln /etc/linked /made/linked; chmod 600 /etc/mode; mknod /made/null c 1 3
  touch -d @99 /made/deep/old; chown 7 /owned; rm /whole-file
  echo r >>/untouched/deep/q; touch /tmp/t; rm /tmp/t`;

let world: TemporaryFolder;
let registry: DockerRegistry;
let base: string;

before(async () => {
  if (!isRoot) return;
  world = new TemporaryFolder();
  registry = await DockerRegistry.start();
  base = `${registry.host}/team/base:1`;
  await using maker = await temporaryEngine();
  await maker.images.import(Readable.from([makeBase(join(world.path, 'base'))]), {
    name: base,
    changes: ['CMD ["sh"]', 'ENV A=b', 'LABEL from=base', 'HEALTHCHECK --interval=5s CMD true'],
  });
  await maker.images.push({ reference: base });
});

after(async () => {
  await registry?.[Symbol.asyncDispose]();
  world?.[Symbol.dispose]();
});

function makeBase(folder: string): Buffer {
  const script = `mkdir -p bin etc dir/sub whole folder tmp dev proc sys owned untouched/deep; cp /bin/busybox bin
    for name in sh true ls rm mkdir echo ln mkfifo cp chmod chown printf head mv mknod touch cat tr find sort sha256sum xargs; do
      ln -s busybox bin/$name; done
    for name in changed gone renamed linked mode hosts hostname resolv.conf; do echo $name >etc/$name; done
    echo old >dir/old; echo kept >dir/kept-name; echo x >dir/sub/x; echo w >whole/w; echo f >file; echo g >folder/g
    echo w >whole-file; echo q >untouched/deep/q; ln etc/linked etc/linked-too`;
  mkdirSync(folder);
  execFileSync('sh', ['-euc', script], { cwd: folder });
  return execFileSync('tar', ['-C', folder, '--format=posix', '-c', '.'], { maxBuffer: 1 << 26 });
}

/** What the kernel's own overlay shows of some layers, as a folder. */
function copied(layers: readonly string[], to: string): string {
  mkdirSync(to);
  const script = `mkdir "$2/at"; mount -t overlay overlay -o "ro,lowerdir=$1" "$2/at"; mkdir "$2/copy"
    tar -C "$2/at" --xattrs --xattrs-include='*' --xattrs-exclude='trusted.overlay*' --format=posix -c . |
      tar -C "$2/copy" --xattrs --xattrs-include='*' -xp`;
  execFileSync('unshare', ['-m', 'sh', '-euc', script, 'sh', layers.join(':'), to], { stdio: 'pipe' });
  return join(to, 'copy');
}

/** Everything of a tree that an archive records, capabilities too. */
function described(root: string): string[] {
  return [...describeTree(root), execFileSync('getcap', ['-r', '.'], { cwd: root }).toString().trim()];
}

async function worked(engine: Engine, name = 'worker'): Promise<ContainerState> {
  const changed = { image: base, name, autoRemove: false, mounts: [HOST_MOUNT], env: ['B=c'] };
  const config = configOf(['sh', '-euc', WORK], changed);
  const { exitCode, stderr } = await runToEnd(engine, config);
  assert.equal(exitCode, 0, stderr);
  return await engine.inspect(name);
}

/** As Docker 20.10 prints it of the same work on the same image (/made/capable, large and \xff\xfe were not tried there). */
const DIFF = `A /etc/added,A /etc/other,A /file/in,A /made,A /made/capable,A /made/deep,A /made/deep/old,A /made/deep/two,
  A /made/large,A /made/link,A /made/linked,A /made/null,A /made/one,A /made/pipe,A /made/tool,A /made/\xff\xfe,
  A /dir/sub/y,C /dir,C /dir/kept-name,C /dir/sub,C /etc,C /etc/changed,C /etc/mode,C /file,C /folder,C /owned,
  C /untouched,C /untouched/deep,C /untouched/deep/q,D /dir/old,D /dir/sub/x,D /etc/gone,D /etc/renamed,D /whole,D /whole-file`;
const LETTERS = { added: 'A', modified: 'C', deleted: 'D' };

async function diffOf(engine: Engine, name: string): Promise<string[]> {
  const lines: string[] = [];
  for await (const { kind, path } of engine.changes(name)) lines.push(`${LETTERS[kind]} ${path}`);
  return lines.filter((line) => line !== 'A /host');
}

const layersOf = ({ layers }: ContainerState) => [layers.upper ?? '', ...layers.lower];

async function runs(engine: Engine, image: string): Promise<string> {
  const script = 'find / -xdev -type f ! -path "/proc/*" | sort | xargs sha256sum; echo $A $B $C';
  const { stdout, stderr, exitCode } = await runToEnd(
    engine,
    configOf(['sh', '-c', script], { image, hostname: 'same' }),
  );
  assert.equal(exitCode, 0, stderr);
  return stdout;
}

test('pulled, changed, committed, pushed, pulled elsewhere and run: the same bytes', needsRoot, async () => {
  const name = `${registry.host}/team/new:1`;
  await using engine = await temporaryEngine();
  await engine.images.pull({ reference: base });
  const expected = described(copied(layersOf(await worked(engine)), join(world.path, 'first')));
  assert.match(expected.at(-1) ?? '', /made\/capable cap_net_raw=ep/);
  const id = await engine.commit('worker', { name, author: 'me', message: 'work', changes: ['ENV C=d'] });
  const { config, folders } = await engine.images.inspect(name);
  assert.deepEqual(described(copied(folders, join(world.path, 'second'))), expected);
  assert.deepEqual(
    [config.config?.Env, config.config?.Cmd?.[0], config.config?.Labels],
    [['A=b', 'B=c', 'C=d'], 'sh', { from: 'base' }],
  );
  assert.equal(config.author, 'me');
  assert.deepEqual(
    config.history?.map(({ comment }) => comment),
    ['Imported from -', 'work'],
  );
  await engine.images.push({ reference: name });

  await using elsewhere = await temporaryEngine();
  const pulled = await elsewhere.images.pull({ reference: name });
  assert.equal(pulled.id, id);
  await using loaded = await temporaryEngine();
  await loaded.images.load(elsewhere.images.save([name]));
  for (const other of [engine, elsewhere, loaded]) {
    const { Healthcheck } = (await other.images.inspect(name)).config.config ?? {};
    assert.deepEqual(Healthcheck, { Test: ['CMD-SHELL', 'true'], Interval: 5e9 });
  }
  const there = await elsewhere.images.inspect(name);
  assert.deepEqual(described(copied(there.folders, join(world.path, 'third'))), expected);
  assert.equal(await runs(elsewhere, name), await runs(engine, name));

  const quiet = { cwd: world.path, stdio: 'pipe' } as const;
  execFileSync('skopeo', ['copy', '-q', '--src-tls-verify=false', `docker://${name}`, 'oci:layout:new'], quiet);
  execFileSync('umoci', ['unpack', '--image', 'layout:new', 'bundle'], quiet);
  assert.deepEqual(described(join(world.path, 'bundle/rootfs')), expected);
});

test('export gives the tree that the container sees', needsRoot, async () => {
  await using engine = await temporaryEngine();
  await engine.images.pull({ reference: base });
  const expected = described(copied(layersOf(await worked(engine)), join(world.path, 'exported-from')));
  const archive = join(world.path, 'export.tar');
  const chunks: Buffer[] = [];
  for await (const chunk of engine.export('worker')) chunks.push(chunk);
  writeFileSync(archive, Buffer.concat(chunks));
  const folder = join(world.path, 'exported');
  mkdirSync(folder);
  execFileSync('tar', ['-C', folder, '--xattrs', '--xattrs-include=*', '-xpf', archive]);
  assert.deepEqual(described(folder), expected);
});

test('diff tells what Docker tells', needsRoot, async () => {
  await using engine = await temporaryEngine();
  await engine.images.pull({ reference: base });
  await worked(engine);
  const wanted = DIFF.split(/,\s*/).sort();
  assert.deepEqual((await diffOf(engine, 'worker')).sort(), wanted);
  // An image of it, run without a change, has none.
  await engine.commit('worker', { name: 'again:1' });
  await runToEnd(engine, configOf(['true'], { image: 'again:1', name: 'still', autoRemove: false, entrypoint: [] }));
  assert.deepEqual(await diffOf(engine, 'still'), []);
});

test(
  'a container that changed nothing makes an image without a new layer, and one over a folder a whole one',
  needsRoot,
  async () => {
    await using engine = await temporaryEngine();
    await engine.images.pull({ reference: base });
    await runToEnd(engine, configOf(['sh', '-c', 'exit'], { image: base, name: 'idle', autoRemove: false }));
    const id = await engine.commit('idle');
    const { config, names, layerSizes } = await engine.images.inspect(id);
    assert.deepEqual([names, layerSizes.length, config.history?.at(-1)?.empty_layer], [[], 1, true]);
    const changed = { image: undefined, rootfs: join(world.path, 'base'), name: 'over', autoRemove: false };
    await runToEnd(engine, configOf(['/bin/sh', '-c', 'echo x >/x; rm /file'], changed));
    await engine.commit('over', { name: 'over:1' });
    const script = 'cat /x /etc/changed; ls /file || echo none';
    const { stdout } = await runToEnd(engine, configOf(['sh', '-c', script], { image: 'over:1' }));
    assert.equal(stdout, 'x\nchanged\nnone\n');
  },
);

test('a container that runs is held while it is read, and goes on', needsRoot, async () => {
  await using engine = await temporaryEngine();
  await engine.images.pull({ reference: base });
  // Without being held, the two files would not be of one moment.
  const count = 'head -c 3000000 /dev/zero >/m; while :; do echo >>/a; echo >>/z; done';
  const stdio = { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' } as const;
  const config = configOf(['sh', '-c', count], { image: base, name: 'counter', autoRemove: false });
  await engine.run({ config, detach: true, stdio });
  const value = async () => linesOf(engine);
  while (!(await value())) await sleep(10);
  await engine.commit('counter', { name: 'counted:1' });
  const after = await value();
  await sleep(100);
  assert.ok((await value()) > after, 'it goes on');
  const { folders } = await engine.images.inspect('counted:1');
  const [a = 0, z = 0] = ['a', 'z'].map((name) => statSync(join(folders[0] ?? '', name)).size);
  assert.ok(a >= 1 && a - z <= 1 && z <= a, `${a} and ${z}`);
  await assert.rejects(engine.commit('counter', { changes: ['FROM x'] }), { code: 'CHANGE_INVALID' });
  const last = await value();
  await sleep(100);
  assert.ok((await value()) > last, 'it goes on after a failure too');
});

test('a container goes on when whoever holds it is killed', { ...needsRoot, timeout: 30_000 }, async () => {
  await using engine = await temporaryEngine();
  const stdio = { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' } as const;
  const count = 'while :; do echo >>/a; sleep 0.01; done';
  await engine.run({ config: configOf(['sh', '-c', count], { name: 'counter' }), detach: true, stdio });
  const door = (room: string) => JSON.stringify(new URL(`../../../src/${room}`, import.meta.url).pathname);
  const program = `import { holdContainer } from ${door('engine/hold-container.ts')};
    import { openEngine } from ${door('sdk/index.ts')};
    const engine = await openEngine({ root: process.argv[1] });
    await holdContainer(await engine.inspect('counter'));
    process.stdout.write('held');
    setInterval(() => undefined, 1000);`;
  const holder = spawn(process.execPath, ['--input-type=module', '-e', program, engine.root], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(holder.stdout, 'data');
  const before = await linesOf(engine);
  await sleep(100);
  assert.equal(await linesOf(engine), before, 'it is held');
  holder.kill('SIGKILL');
  for (let tries = 0; (await linesOf(engine)) === before; tries++) {
    assert.ok(tries < 200, 'it goes on');
    await sleep(10);
  }
});

async function linesOf(engine: Engine): Promise<number> {
  const { layers } = await engine.inspect('counter');
  return statSync(join(layers.upper ?? '', 'a'), { throwIfNoEntry: false })?.size ?? 0;
}

test('in a user namespace files are whose they are for the container', needsRoot, async () => {
  await using engine = await temporaryEngine();
  await engine.images.pull({ reference: base });
  const maps = [{ containerID: 0, hostID: 200_000, size: 65_536 }];
  const namespaces = { user: { mode: 'maps' as const, uidMaps: maps, gidMaps: maps } };
  const changed = { image: base, name: 'mapped', autoRemove: false, namespaces, mounts: [HOST_MOUNT] };
  const script = `${HOST}
    echo >/x; chown 7:8 /x; echo >/y; chown 9 /file; host /sbin/setcap cap_net_raw+ep /y`;
  const { exitCode, stderr } = await runToEnd(engine, configOf(['sh', '-euc', script], changed));
  assert.equal(exitCode, 0, stderr);
  await engine.commit('mapped', { name: 'mapped:1' });
  const { folders } = await engine.images.inspect('mapped:1');
  const owners = ['', 'x', 'y', 'file'].map((name) => statSync(join(folders[0] ?? '', name)));
  assert.deepEqual(
    owners.map(({ uid, gid }) => [uid, gid]),
    [
      [0, 0],
      [7, 8],
      [0, 0],
      [9, 0],
    ],
  );
  // Without the root of this namespace, which is another one elsewhere.
  assert.equal(execFileSync('getcap', ['-n', 'y'], { cwd: folders[0] }).toString(), 'y cap_net_raw=ep\n');
  const { upper } = (await engine.inspect('mapped')).layers;
  assert.match(execFileSync('getcap', ['-n', 'y'], { cwd: upper }).toString(), /rootid=200000/);
});

test(
  'a container whose image was taken out of the store by another program can still be exported',
  needsRoot,
  async () => {
    await using engine = await temporaryEngine();
    await engine.images.pull({ reference: base });
    const config = configOf(['sh', '-c', 'echo kept >/kept'], { image: base, name: 'orphan', autoRemove: false });
    await runToEnd(engine, config);
    await assert.rejects(engine.images.remove(base, { force: true }), { code: 'IMAGE_IN_USE' });
    const index = join(engine.root, 'index.json');
    writeFileSync(index, JSON.stringify({ ...JSON.parse(readFileSync(index, 'utf8')), manifests: [] }));
    await assert.rejects(engine.commit('orphan', { name: 'new:1' }), { kind: 'not-found', code: 'IMAGE_GONE' });
    await engine.images.import(Readable.from(engine.export('orphan')), { name: 'saved:1' });
    const { folders } = await engine.images.inspect('saved:1');
    assert.equal(readFileSync(join(folders[0] ?? '', 'kept'), 'utf8'), 'kept\n');
  },
);

test('what is committed over an image in the form of Docker is in the form of OCI alone', needsRoot, async () => {
  await using engine = await temporaryEngine();
  const busybox = { type: 'file', name: 'busybox', content: readFileSync('/bin/busybox'), mode: 0o755 } as const;
  const image = imageOf([writeTar([busybox])], { form: 'docker', command: ['/busybox', 'mkdir', '/new'] });
  const name = `${registry.host}/docker/form:1`;
  writeLayout(engine.root, { [name]: image });
  await runToEnd(engine, configOf([], { image: name, name: 'docker-form', autoRemove: false }));
  await engine.commit('docker-form', { name });
  await engine.images.push({ reference: name });
  const raw = execFileSync('skopeo', ['inspect', '--raw', '--tls-verify=false', `docker://${name}`]).toString();
  const { mediaType, config, layers } = JSON.parse(raw);
  const types = [mediaType, config.mediaType, ...layers.map((layer: { mediaType: string }) => layer.mediaType)];
  assert.deepEqual(types, [OCI_MANIFEST, OCI_CONFIG, OCI_LAYER_GZIP, OCI_LAYER_GZIP]);
  // Which looks at each of them when it makes Docker's form of it.
  const copy = join(world.path, 'docker-form.tar');
  execFileSync('skopeo', ['copy', '-q', '--src-tls-verify=false', `docker://${name}`, `docker-archive:${copy}`]);
});

test('what cannot be is refused, and nothing is left', needsRoot, async () => {
  await using engine = await temporaryEngine();
  await engine.images.pull({ reference: base });
  const changed = { image: base, name: 'marker', autoRemove: false };
  await runToEnd(engine, configOf(['sh', '-c', 'touch /etc/.wh.changed'], changed));
  await assert.rejects(engine.commit('marker', { name: 'lost:1' }), { code: 'LAYER_NAME' });
  await assert.rejects(engine.commit('marker', { name: 'UPPER' }), { code: 'REFERENCE_INVALID' });
  await assert.rejects(engine.commit('nobody'), { code: 'CONTAINER_NOT_FOUND' });
  assert.deepEqual(
    (await engine.images.list()).map(({ name }) => name),
    [base],
  );
  assert.deepEqual(readdirSync(join(engine.root, 'tmp')), []);
});
