# shellcheck shell=sh
# What the programs beside this file have in common: they set `bin` (this folder), `program`, `failure` (the status of
# an error of their own) and `options` for Node, and source it. Everybody waits for these lines on every command, so they
# start no other program unless they must: a bundle that is out of date.
root=$bin/..
node=$root/node_modules/node/bin/node

fail() {
  printf '%s: %s\n' "${program%-brain}" "$1" >&2
  exit "$failure"
}

# Only a checkout has sources. dist/inputs.sh names those that the bundle is made of.
if [ -d "$root/src" ]; then
  [ -x "$node" ] || fail "this checkout is not set up; run $(cd "$root" && pwd)/scripts/setup"
  stale=yes
  if [ -e "$root/dist/inputs.sh" ]; then
    stale=
    . "$root/dist/inputs.sh"
    for input in $inputs; do
      [ "$root/$input" -nt "$root/dist/inputs.sh" ] || continue
      stale=yes
      break
    done
  fi
  if [ -n "$stale" ]; then
    [ -w "$root" ] || exec "$node" -- "$root/src/bin/$program.ts" "$@"
    "$root/scripts/setup" || fail 'setting up the checkout failed'
  fi
fi

# start ARGUMENT…: runs the bundle.
start() {
  set -- --disable-warning=ExperimentalWarning $options -- "$root/dist/start.cjs" "$failure" "$root/dist/$program.cjs" "$@"
  # Without the two dashes Node reads an --env-file among our arguments as its own, and obeys a NODE_OPTIONS in it.
  # SIGUSR1 is the container's, and would else start Node's debugger.
  if [ -x "$node" ]; then exec "$node" --disable-sigusr1 "$@"; fi
  command -v node >/dev/null || fail 'Node 24 or newer is missing; install it from https://nodejs.org or with your package manager'
  exec node "$@"
}
