#!/bin/sh
# Boots systemd over this machine's own files: process 1 of a namespace, in which everything that is written is in memory.
# Arguments: a folder where its root is mounted, and one that it has at /mnt, only to read. Needs root; see machine.ts.
set -e
root=$1/root

mount --make-rprivate /
mount -t tmpfs -o mode=755 tmpfs "$1"
mkdir "$1/upper" "$1/work" "$root"
mount -t overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" overlay "$root"
mount --bind -o ro "$2" "$root/mnt"
mount -t proc proc "$root/proc"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
mount -t tmpfs -o mode=755 tmpfs "$root/run"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
for device in 'null 1 3' 'zero 1 5' 'full 1 7' 'random 1 8' 'urandom 1 9' 'tty 5 0'; do
  # shellcheck disable=SC2086
  set -- $device
  mknod -m 666 "$root/dev/$1" c "$2" "$3"
done
mkdir "$root/dev/shm"
ln -s /proc/self/fd "$root/dev/fd"
ln -s pts/ptmx "$root/dev/ptmx"

# Packages may start their services here, as on any machine.
rm -f "$root/usr/sbin/policy-rc.d"
cd "$root"
pivot_root . media
umount -l /media
# As systemd does it where it is not in a container: the namespaces of services need it.
mount --make-rshared /
exec env -i container=einlass-test PATH=/usr/sbin:/usr/bin:/sbin:/bin \
  /usr/lib/systemd/systemd --system --unit=sysinit.target --log-target=journal --show-status=0
