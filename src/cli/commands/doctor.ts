import { defineCommand } from '../command.ts';
import { doctorText } from '../doctor/doctor-text.ts';
import { toggle } from '../flags/make-flag.ts';
import { colors } from '../text/colors.ts';
import { textWidth } from '../text/wrap.ts';

export const command = defineCommand({
  name: 'doctor',
  operands: { usage: '', min: 0, max: 0 },
  description:
    'Everything is tried for real, and nothing of that remains. The exit code is 1 when containers cannot be made.',
  examples: [
    ['doctor', 'What works, what is missing, and how to get it'],
    ['doctor --json | jq \'.checks[] | select(.status != "ok")\'', 'For programs'],
  ],
  flags: { json: toggle('As JSON') },
  async run({ values }, context) {
    const report = await context.examineHost();
    const look = { paint: colors(context.stdout, context.env), width: textWidth(context.stdout) };
    context.stdout.write(values.json ? `${JSON.stringify(report, undefined, 2)}\n` : doctorText(report, look));
    return report.checks.some(({ status }) => status === 'fail') ? 1 : 0;
  },
});
