import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What the guest is made of: Debian's packages, with all that they depend on. */
const PACKAGES = [
  // The system. The kernel of clouds has all modules that containers need, and a quarter of the others.
  'linux-image-cloud-amd64 base-files base-passwd bash dash coreutils util-linux mount kmod grep sed gawk findutils tar',
  'gzip procps hostname login passwd bsdutils e2fsprogs busybox-static systemd systemd-sysv dbus libc-bin',
  // What Keelson runs, and what its tests compare with and build from.
  'nftables uidmap gcc libc6-dev libseccomp-dev strace runc crun criu iptables bubblewrap iproute2 libcap2-bin iputils-ping',
  // Engines that have systemd make the cgroups of their containers; gpg and netavark in place of larger packages.
  'containerd docker.io apparmor podman gpg netavark',
  // An ordinary user's own systemd, with a bus.
  'libpam-systemd dbus-user-session',
]
  .join(' ')
  .split(' ');

/** Debian packages as files in a folder, whatever is installed on this machine. */
export class GuestPackages {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(join(folder, 'partial'), { recursive: true });
    mkdirSync(join(folder, 'none/partial'), { recursive: true });
    // An empty list of what is installed: apt then names every dependency.
    writeFileSync(join(folder, 'status'), '');
  }

  /** Names of the files, with their versions, as the package lists of this machine have them now. */
  names(): string[] {
    // What is in the folder already is not printed.
    const lines = this.#apt('--print-uris', 'none').matchAll(/^'\S+' (\S+\.deb) /gm);
    return [...lines].map(([, name = '']) => name).sort();
  }

  /** Gets what is not there yet; paths of all files. Reads newer lists when the archive has gone on. */
  download(): string[] {
    try {
      this.#apt('--download-only');
    } catch {
      execFileSync('apt-get', ['-qq', 'update'], { stdio: ['ignore', 'ignore', 'inherit'] });
      this.#apt('--download-only');
    }
    return this.names().map((name) => join(this.#folder, name));
  }

  #apt(what: string, archives = ''): string {
    const options = [
      `Dir::State::status=${this.#folder}/status`,
      `Dir::Cache::archives=${join(this.#folder, archives)}`,
      'Debug::NoLocking=1',
      'APT::Sandbox::User=root',
      'APT::Install-Recommends=0',
    ].flatMap((option) => ['-o', option]);
    return execFileSync('apt-get', [...options, '-qqy', what, 'install', ...PACKAGES], {
      encoding: 'utf8',
      maxBuffer: 2 ** 24,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }
}
