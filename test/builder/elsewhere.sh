#!/bin/sh
# elsewhere.sh MIRROR LIBRARY FOLDER COMMAND…: runs a command as it would run somewhere else: 400 days later, as an ordinary
# user, on one processor, with other paths, mode mask, locale and time zone. As root, in a mount namespace that it may
# change. LIBRARY is libfaketime.so.1; FOLDER is where it runs and that user's; the mirror is at /srv, the checkout at /mnt.
set -eu
mirror=$1 library=$2 folder=$3
shift 3

mount --bind "$mirror" /srv
export MASK=077
exec "$(dirname "$0")/as-nobody.sh" "$folder" 3000000:65536 /mnt/test/builder/later.sh "$library" \
  taskset --cpu-list 0 env LC_ALL=tr_TR.UTF-8 LANG=tr_TR.UTF-8 TZ=Pacific/Kiritimati "$@"
