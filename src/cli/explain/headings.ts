/** What each stage of a container's making is for, for somebody who sees it for the first time. */
export const HEADINGS: Readonly<Record<string, string>> = {
  'Processes and namespaces':
    'A container is an ordinary process that sees its own copy of parts of the kernel: its own process numbers, mounts, ' +
    'host name, message queues and network. clone makes that process and the new namespaces in one call.',
  'User ids':
    'A user namespace gives the container users of its own: root inside is somebody without power outside. The map says who is who.',
  'Limits (cgroups)':
    'A control group bounds what all processes of the container may use together: memory, processor time, number of ' +
    'processes, devices. It is a folder of files under /sys/fs/cgroup.',
  Network:
    'A new network namespace has no interface but a loopback that is down. It gets a cable to the host, an address and a route.',
  'Root file system':
    'The files of the image stay as they are. An overlay puts an empty layer on top that takes what the container writes.',
  Mounts:
    'File systems that programs expect and that no image contains: /proc for its own processes, /sys, /dev, and what you asked for.',
  Devices: 'A container gets a handful of harmless devices, such as /dev/null; those of the host do not exist in it.',
  Identity: 'The host name, and the names and name servers that the container finds under /etc.',
  'Hidden paths':
    'Some files of /proc and /sys are about the whole host, not about the container. They are covered, or made read-only.',
  'Kernel settings': 'Settings under /proc/sys that belong to a namespace can be changed for this container alone.',
  'Terminal and streams':
    'Standard input and output are connected: to a new terminal, to pipes, or to your own. What is printed is also logged.',
  'User and groups': 'The process becomes the user that the image or a flag names, with its groups and home folder.',
  Privileges:
    'Being root is a list of some forty separate capabilities. Those that could harm the host are given up for good.',
  'System call filter':
    'A small program in the kernel looks at every system call and refuses the dangerous ones (seccomp).',
  Start: 'The last call replaces all that was set up with the program of the container: execve.',
  Monitor:
    'A process outside waits for the container to end, and keeps its output and exit code. It needs less than a megabyte.',
};
