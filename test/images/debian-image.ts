/** The lane of `npm run test:images`; scripts/test-images has made build/debian.tar. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Keelson } from '../integration/cli/keelson.ts';
import { DockerRegistry, TESTER } from '../integration/registry/docker-registry.ts';
import { startFront } from '../integration/registry/front.ts';
import { output } from '../integration/registry/run-program.ts';
import { imageOf, writeLayout } from '../integration/registry/test-image.ts';
import { DockerDaemon } from './docker-daemon.ts';

const archive = fileURLToPath(new URL('../../build/debian.tar', import.meta.url));
let folder = '';
let layout = '';
let registry: DockerRegistry;
let docker: DockerDaemon;
let keelson: Keelson;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'keelson-debian-'));
  process.env.DOCKER_CONFIG = noLogins();
  layout = join(folder, 'layout');
  await output('umoci', 'init', '--layout', layout);
  await output('umoci', 'new', '--image', `${layout}:debian`);
  await output('umoci', 'raw', 'add-layer', '--image', `${layout}:debian`, archive);
  await output(
    'umoci',
    'config',
    '--image',
    `${layout}:debian`,
    '--config.cmd',
    'cat',
    '--config.cmd',
    '/etc/debian_version',
  );
  registry = await DockerRegistry.start();
  docker = await DockerDaemon.start();
  keelson = new Keelson();
});
after(async () => {
  keelson[Symbol.dispose]();
  await docker[Symbol.asyncDispose]();
  await registry[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true }); // no-mount-below: archives and layouts alone
});

/** Podman wants the file to be there. */
function noLogins(): string {
  const config = join(folder, 'no-logins');
  mkdirSync(config, { recursive: true });
  writeFileSync(join(config, 'config.json'), '{}');
  return config;
}

const name = (path: string) => `${registry.host}/${path}`;
const skopeo = (...args: string[]) => output('skopeo', 'copy', '-q', '--insecure-policy', ...args);
const digestAt = async (reference: string) =>
  JSON.parse(await output('skopeo', 'inspect', '--tls-verify=false', `docker://${reference}`)).Digest as string;
/** What it prints when it runs here: the version of Debian. */
const ran = (reference: string) => keelson.output('run', '--rm', '--network', 'none', reference);

/** Podman with a store of its own. */
function podman(...args: string[]): Promise<string> {
  const at = (part: string) => join(folder, 'podman', part);
  return output('podman', '--root', at('root'), '--runroot', at('run'), '--storage-driver', 'vfs', ...args);
}

test('skopeo pushes, Keelson pulls, runs and pushes; docker, podman and skopeo pull the same', async () => {
  const first = name('debian/base:12');
  await skopeo('--dest-tls-verify=false', `oci:${layout}:debian`, `docker://${first}`);
  const digest = await digestAt(first);
  const pulled = await keelson.output('pull', first);
  assert.match(pulled, new RegExp(`^Digest: ${digest}$`, 'm'));
  assert.match(await ran(first), /^12\.\d+\n$/);
  const second = name('team/debian:12');
  await keelson.output('tag', first, second);
  const pushed = await keelson.output('push', second);
  assert.match(pushed, /: Mounted from debian\/base$/m);
  assert.match(pushed, new RegExp(`^12: digest: ${digest} size: \\d+$`, 'm'));
  assert.equal(await digestAt(second), digest);
  await docker.run('pull', '-q', second);
  const known = await docker.run('image', 'inspect', '-f', '{{json .RepoDigests}}', second);
  assert.deepEqual(JSON.parse(known), [`${name('team/debian')}@${digest}`]);
  await podman('pull', '-q', '--tls-verify=false', second);
  assert.equal((await podman('image', 'inspect', '-f', '{{.Digest}}', second)).trim(), digest);
});

test('docker and podman push, Keelson pulls and runs', async () => {
  const [byDocker, byPodman] = [name('docker/debian:1'), name('podman/debian:1')];
  await docker.run('tag', name('team/debian:12'), byDocker);
  const told = await docker.run('push', byDocker);
  const [, digest] = /^1: digest: (sha256:[0-9a-f]{64}) size: \d+$/m.exec(told) ?? [];
  assert.match(await keelson.output('pull', byDocker), new RegExp(`^Digest: ${digest}$`, 'm'));
  await podman('push', '-q', '--tls-verify=false', name('team/debian:12'), byPodman);
  assert.match(await keelson.output('pull', byPodman), new RegExp(`^Digest: ${await digestAt(byPodman)}$`, 'm'));
  for (const reference of [byDocker, byPodman]) assert.match(await ran(reference), /^12\.\d+\n$/);
});

test('a push prints what docker prints, but for the names of layers', async () => {
  const shape = (text: string) =>
    text
      .replace(/sha256:[0-9a-f]{64}/g, 'DIGEST')
      .replace(/^[0-9a-f]{12}:/gm, 'LAYER:')
      .replace(/size: \d+/, 'size: N')
      .split('\n')
      .filter((line) => !/: (Preparing|Waiting)$/.test(line));
  const twice = name('twice/debian:1');
  await docker.run('tag', name('team/debian:12'), twice);
  await docker.run('push', twice);
  const theirs = shape(await docker.run('push', twice));
  await keelson.output('pull', twice);
  const ours = shape(await keelson.output('push', twice));
  // The configuration is a part of its own here.
  assert.deepEqual([...new Set(ours)], [...new Set(theirs)]);
});

/** What a container does to Debian. */
const WORK = `rm -r /etc/cron.daily /usr/share/common-licenses; mkdir /etc/cron.daily; echo new >/etc/cron.daily/job
  echo more >>/etc/profile; mv /etc/issue /etc/issue.old; ln /etc/profile /root/linked; ln -s a /root/symbolic; chmod 4711 /bin/true
  mkdir -p /opt/a/b; mkfifo /opt/a/pipe; chown 7:8 /opt/a/b; touch /tmp/x; rm /tmp/x; rm /etc/motd; mkdir /etc/motd`;
/** Every file of the image with what it holds and whose it is; overlayfs does not count the links of folders. */
const TELL = `find / -xdev -not -path '/proc*' -not -path '/sys*' -not -path '/dev*' -not -name .dockerenv \
  -not -path /etc/hosts -not -path /etc/hostname -not -path /etc/resolv.conf -not -path /etc/mtab -not -path /etc -not -path / \
  \\( -type d -printf '%p %y %m %U %G %T@\\n' -o -printf '%p %y %m %U %G %T@ %l %n\\n' \\) -type f -exec sha256sum {} + | sort`;

test('diff prints what docker prints, and docker runs what was committed here', async () => {
  const reference = name('team/debian:12');
  const run = ['run', '--network', 'none', '--name', 'changed', reference, 'sh', '-euc', WORK];
  await docker.run(...run);
  await keelson.output(...run);
  const sorted = (text: string) => text.trim().split('\n').sort();
  const ours = sorted(await keelson.output('diff', 'changed'));
  assert.ok(
    ours.includes('D /etc/cron.daily/apt-compat') || ours.some((line) => line.startsWith('D /etc/cron.daily/')),
  );
  assert.deepEqual(ours, sorted(await docker.run('diff', 'changed')));
  const committed = name('team/changed:1');
  await keelson.output('commit', 'changed', committed);
  await keelson.output('push', '-q', committed);
  await docker.run('pull', '-q', committed);
  const tell = ['run', '--rm', '--network', 'none', committed, 'sh', '-c', TELL];
  const [there, here] = [new Set(sorted(await docker.run(...tell))), new Set(sorted(await keelson.output(...tell)))];
  assert.ok(here.size > 5000, `${here.size} files`);
  assert.deepEqual(
    [...here].filter((line) => !there.has(line)),
    [],
  );
  assert.deepEqual(
    [...there].filter((line) => !here.has(line)),
    [],
  );
});

/** The digest of an image's configuration, and of its layers without compression. */
interface Identity {
  id: string;
  layers: string[];
}

const ofDocker = async (reference: string): Promise<Identity> => {
  const [image] = JSON.parse(await docker.run('image', 'inspect', reference));
  return { id: image.Id, layers: image.RootFS.Layers };
};
const ofPodman = async (reference: string): Promise<Identity> => {
  const [image] = JSON.parse(await podman('image', 'inspect', reference));
  return { id: `sha256:${image.Id}`, layers: image.RootFS.Layers };
};
const ofKeelson = async (reference: string, where = keelson): Promise<Identity> => {
  const [image] = JSON.parse(await where.output('image', 'inspect', reference));
  return { id: image.Id, layers: image.RootFS.Layers };
};
const VERSION = /^12\.\d+\n$/;

test('docker load, podman load and skopeo take what was saved here: the same image, and it runs', async () => {
  const reference = name('team/changed:1');
  const mine = await ofKeelson(reference);
  assert.equal(mine.layers.length, 2);
  const saved = join(folder, 'saved.tar');
  await keelson.output('save', '-o', saved, reference);
  await docker.run('rmi', '-f', reference);
  assert.match(await docker.run('load', '-i', saved), new RegExp(`Loaded image: ${reference}`));
  assert.deepEqual(await ofDocker(reference), mine);
  const isChanged = ['sh', '-c', 'cat /etc/debian_version; test -e /etc/issue.old'];
  assert.match(await docker.run('run', '--rm', '--network', 'none', reference, ...isChanged), VERSION);
  await podman('load', '-q', '-i', saved);
  assert.deepEqual(await ofPodman(reference), mine);
  for (const form of ['docker-archive', 'oci-archive']) {
    const copy = join(folder, `copy-${form}`);
    await skopeo(`${form}:${saved}`, `dir:${copy}`);
    const { config } = JSON.parse(readFileSync(join(copy, 'manifest.json'), 'utf8'));
    assert.equal(config.digest, mine.id, form);
  }
});

test('what docker, podman and skopeo save is loaded here: the same image, and it runs', async () => {
  const reference = name('team/changed:1');
  const [byDocker, byPodman, bySkopeo] = ['docker', 'podman', 'skopeo'].map((tool) => join(folder, `by-${tool}.tar`));
  assert.ok(byDocker && byPodman && bySkopeo);
  const theirs = await ofDocker(reference);
  await docker.run('save', '-o', byDocker, reference);
  await podman('save', '-q', '-o', byPodman, reference);
  await skopeo('--src-tls-verify=false', `docker://${reference}`, `docker-archive:${bySkopeo}:${reference}`);
  for (const saved of [byDocker, byPodman, bySkopeo]) {
    using other = new Keelson();
    assert.match(await other.output('load', '-i', saved), new RegExp(`^Loaded image: ${reference}$`, 'm'));
    assert.deepEqual(await ofKeelson(reference, other), theirs, saved);
    assert.match(
      await other.output('run', '--rm', '--network', 'none', reference, 'cat', '/etc/debian_version'),
      VERSION,
    );
  }
  // And once more through here: nothing of it changes.
  using between = new Keelson();
  await between.output('load', '-i', byDocker);
  const again = join(folder, 'again.tar');
  await between.output('save', '-o', again, reference);
  await docker.run('rmi', '-f', reference);
  await docker.run('load', '-i', again);
  assert.deepEqual(await ofDocker(reference), theirs);
});

test('several names and images in one archive', async () => {
  const [first, second] = [name('team/debian:12'), name('team/changed:1')];
  const alias = name('team/alias:2');
  await keelson.output('tag', first, alias);
  const saved = join(folder, 'several.tar');
  await keelson.output('save', '-o', saved, first, alias, second);
  for (const reference of [first, alias, second]) await docker.run('rmi', '-f', reference).catch(() => undefined);
  await docker.run('load', '-i', saved);
  for (const reference of [first, alias, second])
    assert.deepEqual(await ofDocker(reference), await ofKeelson(reference));
  const theirs = join(folder, 'several-of-docker.tar');
  await docker.run('save', '-o', theirs, first, alias, second);
  using other = new Keelson();
  await other.output('load', '-i', theirs);
  for (const reference of [first, alias, second]) {
    assert.deepEqual(await ofKeelson(reference, other), await ofKeelson(reference));
  }
});

test('--change HEALTHCHECK is what docker makes of it, and stays so on the way', async () => {
  const empty = join(folder, 'empty.tar');
  await output('tar', '-cf', empty, '-T', '/dev/null');
  const checks = [
    'NONE',
    'CMD curl -f http://localhost/ || exit 1',
    '--interval=1m30s --timeout=500ms --start-period=2s --retries=3 CMD ["/bin/check", "a b"]',
  ];
  for (const [i, check] of checks.entries()) {
    const [ours, theirs] = [name(`health/ours:${i}`), name(`health/theirs:${i}`)];
    const change = ['--change', `HEALTHCHECK ${check}`, empty];
    await keelson.output('import', ...change, ours);
    await docker.run('import', ...change, theirs);
    const known = await docker.run('image', 'inspect', '-f', '{{json .Config.Healthcheck}}', theirs);
    const told = await keelson.output('image', 'inspect', '-f', '{{json .Config.Healthcheck}}', ours);
    assert.deepEqual(JSON.parse(told), JSON.parse(known), check);
    await docker.run('push', theirs);
    await keelson.output('pull', '-q', theirs);
    const pulled = await keelson.output('image', 'inspect', '-f', '{{json .Config.Healthcheck}}', theirs);
    assert.deepEqual(JSON.parse(pulled), JSON.parse(known));
  }
});

/** Defaults of overlayfs that some distributions switch on. Here they hold for the whole host, so no other test runs beside. */
const DEFAULTS = ['redirect_dir', 'metacopy'].map((option) => `/sys/module/overlay/parameters/${option}`);

test("what was changed is a layer whatever the kernel's defaults for overlays are", async () => {
  const before = DEFAULTS.map((path) => readFileSync(path, 'utf8').trim());
  const reference = name('team/debian:12');
  try {
    for (const path of DEFAULTS) writeFileSync(path, 'Y');
    // With them on, the folder would be renamed as it is, and the owner changed without a copy of the content.
    const work = 'mv /usr/share/doc /usr/share/documents; chown 7:8 /etc/debian_version';
    await keelson.output('run', '--network', 'none', '--name', 'defaults', reference, 'sh', '-euc', work);
    await keelson.output('commit', 'defaults', name('team/defaults:1'));
  } finally {
    for (const [i, path] of DEFAULTS.entries()) writeFileSync(path, before[i] ?? 'N');
  }
  const tell =
    'ls -d /usr/share/doc /usr/share/documents 2>/dev/null; stat -c %u:%g /etc/debian_version; cat /etc/debian_version';
  const there = ['run', '--rm', '--network', 'none', name('team/defaults:1'), 'sh', '-c', tell];
  assert.match(await keelson.output(...there), /^\/usr\/share\/documents\n7:8\n12\.\d+\n$/);
  await keelson.output('rm', 'defaults');
});

test('layers in zstd', async () => {
  const made = join(folder, 'zstd');
  const image = imageOf([readFileSync(archive)], { form: 'zstd', command: ['cat', '/etc/debian_version'] });
  writeLayout(made, { image });
  const reference = name('zstd/debian:1');
  // Else skopeo takes the layer in gzip, which the registry has.
  await skopeo('--preserve-digests', '--dest-tls-verify=false', `oci:${made}:image`, `docker://${reference}`);
  await keelson.output('pull', '-q', reference);
  assert.match(await ran(reference), /^12\.\d+\n$/);
  const again = name('zstd-again/debian:1');
  await keelson.output('tag', reference, again);
  await keelson.output('push', '-q', again);
  assert.equal(await digestAt(again), image.manifest.digest);
  await podman('pull', '-q', '--tls-verify=false', again);
});

test('a connection that is cut again and again brings the image all the same', async () => {
  using other = new Keelson();
  await using front = await startFront(registry.host);
  const [layer] = JSON.parse(readFileSync(await manifestPath(), 'utf8')).layers;
  let left = layer.size;
  for (let cut = 1; left > 0; cut++) {
    const size = 1_000_000 + ((cut * 7_919_993) % 9_000_000);
    front.cutAnswers.push(size);
    left -= size;
  }
  const cuts = front.cutAnswers.length;
  const reference = `${front.host}/debian/base:12`;
  // The configuration is the first that is cut, behind its end.
  await other.output('pull', '-q', reference);
  assert.ok(cuts > 3 && front.cutAnswers.length < cuts - 2, `${front.cutAnswers.length} of ${cuts} cuts are left`);
  const blob = join(other.root, 'blobs', layer.digest.replace(':', '/'));
  assert.equal(statSync(blob).size, layer.size);
});

async function manifestPath(): Promise<string> {
  const path = join(folder, 'raw');
  await output(
    'sh',
    '-c',
    'skopeo inspect --raw --tls-verify=false "$0" >"$1"',
    `docker://${name('debian/base:12')}`,
    path,
  );
  return path;
}

test('a login of docker works here, and ours there', async () => {
  await using closed = await DockerRegistry.start({ logins: TESTER });
  const reference = `${closed.host}/closed/debian:1`;
  await keelson.output('tag', name('debian/base:12'), reference);
  await docker.run('login', '-u', 'tester', '-p', 'secret', closed.host);
  process.env.DOCKER_CONFIG = docker.config;
  try {
    await keelson.output('push', '-q', reference);
    assert.match(await keelson.output('logout', closed.host), /^Removing login credentials for /);
    await assert.rejects(docker.run('pull', reference), /no basic auth credentials/);
    const login = await keelson.run(['login', '-u', 'tester', '--password-stdin', closed.host], 'secret\n');
    assert.equal(login.stdout, 'Login Succeeded\n', login.stderr);
    await docker.run('pull', '-q', reference);
  } finally {
    process.env.DOCKER_CONFIG = noLogins();
  }
});
