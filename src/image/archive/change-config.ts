import { invalid } from '../../base/index.ts';
import type { ExecutionConfig, ImageChanges, ImageConfig } from '../../spec/index.ts';
import { readHealthcheck } from './read-healthcheck.ts';

type Change = (config: ExecutionConfig, rest: string) => ExecutionConfig;

/** The instructions that `docker commit --change` takes. */
const INSTRUCTIONS: Readonly<Record<string, Change>> = {
  CMD: (config, rest) => ({ ...config, Cmd: commandOf(config, rest) }),
  ENTRYPOINT: (config, rest) => ({ ...config, Entrypoint: commandOf(config, rest) }),
  ENV: (config, rest) => {
    const pairs = pairsOf('ENV', rest);
    const names = new Set(pairs.map(([name]) => name));
    const others = (config.Env ?? []).filter((entry) => !names.has(entry.split('=', 1)[0] ?? ''));
    return { ...config, Env: [...others, ...pairs.map(([name, value]) => `${name}=${value}`)] };
  },
  EXPOSE: (config, rest) => {
    const ports = wordsOf(rest).map((port) => (port.includes('/') ? port : `${port}/tcp`));
    const wrong = ports.find((port) => !/^\d+(-\d+)?\/(tcp|udp|sctp)$/.test(port));
    if (wrong !== undefined) throw changeError(`EXPOSE ${rest}`, `${wrong} is no port`);
    return { ...config, ExposedPorts: { ...config.ExposedPorts, ...Object.fromEntries(ports.map((p) => [p, {}])) } };
  },
  HEALTHCHECK: (config, rest) => {
    try {
      return { ...config, Healthcheck: readHealthcheck(rest, listOf) };
    } catch (error) {
      throw changeError(`HEALTHCHECK ${rest}`, error instanceof Error ? error.message : String(error));
    }
  },
  LABEL: (config, rest) => ({ ...config, Labels: { ...config.Labels, ...Object.fromEntries(pairsOf('LABEL', rest)) } }),
  ONBUILD: (config, rest) => ({ ...config, OnBuild: [...(config.OnBuild ?? []), rest] }),
  STOPSIGNAL: (config, rest) => ({ ...config, StopSignal: rest }),
  USER: (config, rest) => ({ ...config, User: rest }),
  VOLUME: (config, rest) => {
    const paths = listOf(rest) ?? wordsOf(rest);
    return { ...config, Volumes: { ...config.Volumes, ...Object.fromEntries(paths.map((path) => [path, {}])) } };
  },
  WORKDIR: (config, rest) => {
    const before = config.WorkingDir || '/';
    return { ...config, WorkingDir: rest.startsWith('/') ? rest : `${before.replace(/\/$/, '')}/${rest}` };
  },
};

/**
 * An image's configuration with changes as a Dockerfile writes them.
 * @throws KeelsonError `CHANGE_INVALID`
 */
export function changeConfig(image: ImageConfig, { changes = [], author }: ImageChanges): ImageConfig {
  let { config = {} } = image;
  for (const change of changes) {
    const [, name = '', rest = ''] = /^\s*(\w+)\s+(.*?)\s*$/s.exec(change) ?? [];
    const instruction = INSTRUCTIONS[name.toUpperCase()];
    if (!instruction) throw changeError(change, 'it is none of the instructions that can be used here');
    config = instruction(config, rest);
  }
  return { ...image, ...(author !== undefined && { author }), config };
}

function changeError(change: string, problem: string): Error {
  const known = Object.keys(INSTRUCTIONS).join(', ');
  return invalid('CHANGE_INVALID', `--change ${JSON.stringify(change)}: ${problem}`, `there are ${known}`);
}

/** `["a", "b"]`; undefined when it is no such list. */
function listOf(text: string): string[] | undefined {
  if (!text.startsWith('[')) return undefined;
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) && list.every((word) => typeof word === 'string') ? list : undefined;
  } catch {
    return undefined;
  }
}

/** A text is for the image's shell. */
function commandOf({ Shell = ['/bin/sh', '-c'] }: ExecutionConfig, text: string): string[] {
  return listOf(text) ?? [...Shell, text];
}

function wordsOf(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}

/** `A=b C="d e"`, or the old `A b`. */
function pairsOf(name: string, text: string): [string, string][] {
  const words = text.match(/(?:[^\s"']|"(?:\\.|[^"])*"|'[^']*')+/g) ?? [];
  if (words[0] !== undefined && !words[0].includes('=')) {
    const [, key = '', value = ''] = /^(\S+)\s+(.*)$/s.exec(text) ?? [];
    if (key === '') throw changeError(`${name} ${text}`, 'it has no value');
    return [[key, value]];
  }
  return words.map((word) => {
    const at = word.indexOf('=');
    if (at < 1) throw changeError(`${name} ${text}`, `${word} is no NAME=VALUE`);
    return [word.slice(0, at), unquoted(word.slice(at + 1))];
  });
}

function unquoted(text: string): string {
  return text.replace(/"((?:\\.|[^"])*)"|'([^']*)'/g, (_, double?: string, single?: string) =>
    double === undefined ? (single ?? '') : double.replace(/\\(.)/g, '$1'),
  );
}
