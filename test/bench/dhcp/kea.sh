#!/bin/sh
# kea.sh FOLDER HOME: Kea in the foreground, with FOLDER in the place of HOME, in the mount namespace that
# `ip netns exec` made; its lock and process files go there too.
set -eu
mkdir -p "$2"
mount --bind "$1" "$2"
KEA_PIDFILE_DIR=$2 KEA_LOCKFILE_DIR=$2 KEA_LOGGER_DESTINATION=stderr
export KEA_PIDFILE_DIR KEA_LOCKFILE_DIR KEA_LOGGER_DESTINATION
exec kea-dhcp4 -c "$2/kea-dhcp4.conf"
