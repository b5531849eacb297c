import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';

/** A registry of npm packages that serves the tarballs of a folder, and knows nothing else. */
export interface LocalRegistry extends AsyncDisposable {
  url: string;
}

export async function serveTarballs(folder: string): Promise<LocalRegistry> {
  const tarballs = readdirSync(folder).filter((name) => name.endsWith('.tgz'));
  const manifests = new Map(tarballs.map((name) => [name, manifestOf(join(folder, name))]));
  const server = createServer((request, response) => {
    const wanted = decodeURIComponent(request.url ?? '').slice(1);
    const [name, manifest] = [...manifests].find(([, { name }]) => name === wanted) ?? [];
    if (manifests.has(wanted)) response.end(readFileSync(join(folder, wanted)));
    else if (name === undefined || manifest === undefined) response.writeHead(404).end('{}');
    else response.end(JSON.stringify(describe(manifest, { folder, name, host: request.headers.host ?? '' })));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return {
    url: `http://127.0.0.1:${port}/`,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
    },
  };
}

interface Manifest {
  name: string;
  version: string;
}

function manifestOf(tarball: string): Manifest {
  return JSON.parse(
    // Where `npm pack` puts it; folders below may have others.
    execFileSync('tar', ['-xzOf', tarball, 'package/package.json'], { encoding: 'utf8' }),
  );
}

/** What the registry tells of a package (github.com/npm/registry, package metadata). */
function describe(manifest: Manifest, { folder, name, host }: { folder: string; name: string; host: string }): object {
  const integrity = `sha512-${createHash('sha512')
    .update(readFileSync(join(folder, name)))
    .digest('base64')}`;
  const dist = { tarball: `http://${host}/${name}`, integrity };
  return {
    name: manifest.name,
    'dist-tags': { latest: manifest.version },
    versions: { [manifest.version]: { ...manifest, dist } },
  };
}
