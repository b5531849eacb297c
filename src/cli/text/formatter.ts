import { type GoValue, toJson } from '../template/go-value.ts';
import { compileTemplate } from '../template/render-template.ts';

/** What `--format` asks for: `json`, or a Go template. */
export function formatter(format: string): (value: GoValue) => string {
  return format === 'json' ? (value) => toJson(value) : compileTemplate(format);
}
