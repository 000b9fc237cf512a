#!/bin/sh
# as-nobody.sh FOLDER IDS COMMAND…: runs a command as the ordinary user 65534, with IDS as its ids in /etc/subuid and
# /etc/subgid ("3000000:65536", or empty: none). As root, in a mount namespace that it may change; FOLDER is the user's,
# and the checkout is at /mnt, wherever it lies. MASK is the umask.
set -eu
folder=$1 ids=$2
shift 2

mount --bind "$(dirname "$0")/../.." /mnt
layer=$folder/.etc
mkdir -p "$layer"
mount -t tmpfs -o mode=0755 tmpfs "$layer"
mkdir "$layer/upper" "$layer/work"
mount -t overlay -o "lowerdir=/etc,upperdir=$layer/upper,workdir=$layer/work" overlay /etc
for file in subuid subgid; do
  printf '%s' "${ids:+nobody:$ids
}" >"/etc/$file"
done

# For later.sh, which is run as that user.
printf '+400d\n' >/etc/faketimerc
: >/etc/ld.so.preload
chown 65534 /etc/ld.so.preload
mount -t tmpfs -o mode=1777 tmpfs /dev/shm

cd "$folder"
umask "${MASK:-022}"
exec setpriv --reuid=65534 --regid=65534 --clear-groups -- env -i PATH="$PATH" HOME="$folder" "$@"
