// Starts the program under a Node that was found on PATH. An old one could not even parse the bundle, so this file
// stays within what every Node understands.
if (Number(process.versions.node.split('.')[0]) < 24) {
  console.error(
    `keelson: Node 24 or newer is needed, this is ${process.version} (${process.execPath}); see https://nodejs.org`,
  );
  process.exitCode = 125;
} else {
  // It would else start Node's debugger; not every Node 24 can be told so by a flag.
  process.on('SIGUSR1', () => undefined);
  await import('../dist/keelson.js');
}
