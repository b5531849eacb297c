import { parseAmount, parseKeyed, parseNested } from '../keyed-values.ts';
import { readCgroupFile } from '../read-cgroup-file.ts';

/** The control files of one folder, in the forms they come in. A file that is not there reads as nothing. */
export class FileReader {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  text(file: string): string {
    return readCgroupFile(`${this.folder}/${file}`) ?? '';
  }

  /** One number; `max` is Infinity. */
  amount(file: string): number | undefined {
    return parseAmount(this.text(file));
  }

  /** `key value` lines. */
  keyed(file: string): Record<string, number> {
    return parseKeyed(this.text(file));
  }

  /** `8:0 key=value …` lines. */
  nested(file: string): [string, Record<string, number>][] {
    return parseNested(this.text(file));
  }
}
