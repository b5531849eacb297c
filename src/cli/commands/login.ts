import { invalid, isKeelsonError } from '../../base/index.ts';
import type { Engine, KeptLogin, LoginRequest } from '../../spec/index.ts';
import { defineCommand } from '../command.ts';
import type { CliContext } from '../context.ts';
import { anyText, orUnset, single, toggle } from '../flags/make-flag.ts';
import { Prompter, readInput } from '../foreground/ask-user.ts';
import { untilInterrupted } from '../foreground/until-interrupted.ts';

export const command = defineCommand({
  name: 'login',
  operands: { usage: '[SERVER]', min: 0, max: 1 },
  description:
    'The login is tried, then kept where Docker keeps it and finds it: by the credential helper that ~/.docker/config.json ' +
    'names, or in that file. Without a server it is for docker.io.',
  examples: [
    ['login registry.example:5000', 'Asks for name and password'],
    ['login -u ci --password-stdin registry.example < token', 'In a script'],
  ],
  flags: {
    username: single('NAME', 'Who logs in', { short: 'u', parse: orUnset(anyText) }),
    password: single('PASSWORD', 'Others on this machine can read it: take --password-stdin', {
      short: 'p',
      parse: orUnset(anyText),
    }),
    'password-stdin': toggle('Read password or token from the standard input'),
  },
  run: ({ values, words: [server] }, context) =>
    untilInterrupted(context, async (signal) => {
      const given = await givenLogin(values, context);
      await using engine = await context.openEngine();
      const kept =
        given.username === undefined && given.password === undefined
          ? await tryKept(engine, { server, signal }, context)
          : undefined;
      const login = kept ?? (await engine.images.login({ server, signal, ...(await askForRest(given, context)) }));
      if (login && !kept) warn(login, context);
      context.stdout.write('Login Succeeded\n');
      return 0;
    }),
});

/** A login that is kept may have been changed at the registry: then there is one to ask for, if there is somebody. */
async function tryKept(engine: Engine, request: LoginRequest, { stdin }: CliContext): Promise<KeptLogin | undefined> {
  try {
    return await engine.images.login(request);
  } catch (error) {
    if (!isKeelsonError(error, 'denied') || stdin.isTTY !== true) throw error;
    return undefined;
  }
}

interface Login {
  username: string | undefined;
  password: string | undefined;
}

async function givenLogin(
  values: { username: string | undefined; password: string | undefined; 'password-stdin': boolean },
  { stdin, stderr }: CliContext,
): Promise<Login> {
  const { username, password } = values;
  if (!values['password-stdin']) {
    if (password !== undefined) {
      stderr.write('WARNING! Using --password via the CLI is insecure. Use --password-stdin.\n');
    }
    return { username, password };
  }
  if (password !== undefined) {
    throw invalid('FLAGS_CONFLICT', '--password and --password-stdin exclude each other');
  }
  if (username === undefined) throw invalid('LOGIN_NAME', '--password-stdin needs a name: --username NAME');
  // The line break at its end is the shell's.
  return { username, password: (await readInput(stdin)).replace(/\r?\n$/, '') };
}

async function askForRest({ username, password }: Login, context: CliContext): Promise<Required<Login>> {
  if (username !== undefined && password !== undefined) return checked({ username, password });
  if (context.stdin.isTTY !== true) {
    throw invalid(
      'LOGIN_TERMINAL',
      'name or password are missing, and the standard input is no terminal to ask for them',
      'give --username NAME --password-stdin',
    );
  }
  await using prompter = new Prompter(context);
  const name = username ?? (await prompter.line('Username: ')).trim();
  if (name === '') throw invalid('LOGIN_NAME', 'a login needs a name');
  return checked({ username: name, password: password ?? (await prompter.secret('Password: ')) });
}

function checked(login: Login): Login {
  if (login.password !== '') return login;
  throw invalid('LOGIN_PASSWORD', 'the password is empty');
}

function warn({ kind, name }: KeptLogin, { stderr }: CliContext): void {
  if (kind === 'helper') return;
  stderr.write(
    `WARNING! Your credentials are stored unencrypted in '${name}'.\n` +
      'Configure a credential helper to remove this warning: credsStore or credHelpers in that file.\n',
  );
}
