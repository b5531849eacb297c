/**
 * Makes what is published out of what is built: the package, and one for each platform with the agent for it, as
 * tarballs in build/packages. Only here the package gets its optional dependencies: a checkout builds its own agent and
 * must not ask a registry for one.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PLATFORMS = ['x64', 'arm64'] as const;

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const target = 'build/packages';
const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
const { version, license, engines } = manifest;

rmSync(target, { recursive: true, force: true });
for (const platform of PLATFORMS) buildAgent(platform);
buildMain();
for (const folder of globSync(`${target}/*/`)) {
  execFileSync('npm', ['pack', '--silent', '--pack-destination', target, `./${folder}`], { stdio: 'inherit' });
}

function buildAgent(platform: string): void {
  const name = `agent-linux-${platform}`;
  const folder = join(target, name);
  mkdirSync(folder, { recursive: true });
  const program = join(process.cwd(), folder, 'keelson-agent');
  execFileSync('sh', ['scripts/build-agent', platform, program], { stdio: 'inherit' });
  chmodSync(program, 0o755);
  // The same program by another name is the front of the runtime, which finds the rest by folders of these names.
  for (const name of ['build', 'bin', 'dist']) mkdirSync(join(folder, name));
  cpSync(program, join(folder, 'build/keelson-runtime'));
  cpSync('scripts/agent-package/keelson-brain', join(folder, 'bin/keelson-brain'));
  // By this file it tells builds apart; what it starts in its place is of the same version.
  writeFileSync(join(folder, 'dist/keelson-brain.cjs'), `// of keelson ${version}\n`);
  cpSync('LICENSE', join(folder, 'LICENSE'));
  const text = `The program that makes system calls for [keelson](https://www.npmjs.com/package/keelson) on Linux ${platform}.\n`;
  writeFileSync(join(folder, 'README.md'), text);
  const description = `keelson's agent for Linux ${platform}`;
  const own = { name: `@keelson/${name}`, version, description, license, os: ['linux'], cpu: [platform] };
  write(folder, { ...own, preferUnplugged: true, files: ['keelson-agent', 'build', 'bin', 'dist'] });
}

function buildMain(): void {
  const folder = join(target, 'keelson');
  mkdirSync(folder);
  for (const path of [...globSync(manifest.files), 'README.md', 'CHANGELOG.md', 'LICENSE']) {
    cpSync(path, join(folder, path), { recursive: true });
  }
  const { name, description, type, bin, exports, files, dependencies } = manifest;
  const optionalDependencies = Object.fromEntries(
    PLATFORMS.map((platform) => [`@keelson/agent-linux-${platform}`, version]),
  );
  write(folder, {
    ...{ name, version, description, license, type, engines, os: ['linux'], bin, exports: forUsers(exports), files },
    ...{ dependencies, optionalDependencies },
  });
}

/** Without the sources, which are not in the package. */
function forUsers(exports: Record<string, Record<string, string>>): Record<string, Record<string, string>> {
  const entries = Object.entries(exports).map(([door, { 'keelson-source': _source, ...conditions }]) => [
    door,
    conditions,
  ]);
  return Object.fromEntries(entries);
}

function write(folder: string, document: object): void {
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(document, null, 2)}\n`);
}
