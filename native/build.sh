#!/bin/sh
# Builds the agent: build.sh OUTPUT, with CC for another compiler. Needs the kernel's headers (linux-libc-dev) alone.
set -eu
cd "$(dirname "$0")"
${CC:-cc} -std=c11 -O2 -Wall -Wextra -Werror -ffreestanding -fno-builtin -fno-stack-protector -fno-asynchronous-unwind-tables \
	-fno-pie -fno-tree-loop-distribute-patterns -fno-strict-aliasing -nostdlib -static -no-pie -Wl,--build-id=none,-z,noexecstack,-z,norelro -s -o "$1" \
	system.c batch.c channel.c watch.c pump.c init.c front.c loop.c main.c
