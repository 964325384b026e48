#!/bin/sh
# Runs a command in the root of an image as a container engine with a read-only root does it. Arguments: the root, the folder
# for data, the number of the user, the working folder, and the command. The environment is that of the caller. Needs root.
set -e
root=$1 data=$2 user=$3 folder=$4
shift 4

mount --make-rprivate /
mount --bind "$root" "$root"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
mknod -m 666 "$root/dev/null" c 1 3
mknod -m 666 "$root/dev/urandom" c 1 9
mount -t proc proc "$root/proc"
mount --bind "$data" "$root/var/lib/einlass"
mount -o remount,bind,ro "$root"
exec setpriv --no-new-privs --bounding-set=-net_raw,-sys_admin \
  unshare --root="$root" --wd="$folder" --setgid="$user" --setuid="$user" "$@"
