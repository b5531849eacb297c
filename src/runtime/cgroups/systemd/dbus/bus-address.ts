/**
 * Paths of the sockets that an address of D-Bus names, in order: `unix:path=/run/dbus/system_bus_socket;unix:…`. One in
 * the abstract name space begins with NUL, as node:net takes it. Other transports are left out.
 */
export function socketPaths(address: string): string[] {
  return address.split(';').flatMap((one) => {
    const [transport, rest = ''] = splitAt(one, ':');
    if (transport !== 'unix') return [];
    const keys = new Map(rest.split(',').map((pair) => splitAt(pair, '=')));
    const path = keys.get('path');
    const abstract = keys.get('abstract');
    if (path) return [unescaped(path)];
    return abstract ? [`\0${unescaped(abstract)}`] : [];
  });
}

function splitAt(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

/** `%20` for a space, as in an address of the web. */
function unescaped(value: string): string {
  return value.replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
