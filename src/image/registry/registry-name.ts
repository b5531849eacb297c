/** The registry that names without one mean. */
export const DEFAULT_REGISTRY = 'docker.io';
/** Where its API is; the name itself is that of a web page. */
const DEFAULT_REGISTRY_HOST = 'registry-1.docker.io';

/** Where an image is to be had. */
export interface RegistryName {
  /** `docker.io`, `registry.example:5000`. */
  registry: string;
  /** `library/alpine`, `team/app`. */
  repository: string;
}

/**
 * Splits a name as Docker does (splitDockerDomain of github.com/distribution/reference): the part before the first slash is
 * a host if it holds a dot, a colon or a capital letter, or is `localhost`.
 */
export function registryName(name: string): RegistryName {
  const slash = name.indexOf('/');
  const first = name.slice(0, slash);
  const isHost = slash > 0 && (/[.:A-Z]/.test(first) || first === 'localhost');
  const registry = !isHost || first === `index.${DEFAULT_REGISTRY}` ? DEFAULT_REGISTRY : first;
  const path = isHost ? name.slice(slash + 1) : name;
  const official = registry === DEFAULT_REGISTRY && !path.includes('/');
  return { registry, repository: official ? `library/${path}` : path };
}

/** The short form that names have here: `docker.io/library/alpine` is `alpine`. */
export function familiarName(name: string): string {
  const { registry, repository } = registryName(name);
  if (registry !== DEFAULT_REGISTRY) return name;
  return repository.startsWith('library/') && repository.split('/').length === 2 ? repository.slice(8) : repository;
}

/** The host and port to connect to. */
export function registryHost(registry: string): string {
  return registry === DEFAULT_REGISTRY ? DEFAULT_REGISTRY_HOST : registry;
}

/** Registries on this machine are spoken to without TLS if they have none, as Docker does. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/:\d+$/, '');
  return name === 'localhost' || name === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(name);
}
