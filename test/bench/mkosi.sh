#!/bin/sh
# mkosi.sh KEY PACKAGES-FILE MIRROR OUTPUT-FOLDER: mkosi's installation and squashfs on the lab mirror, in a mount
# namespace of its own: mkosi wants the distribution's key in a place of the host, and gets the lab's there.
set -eu
key=$1 packages=$2 mirror=$3 output=$4
scratch=$output/etc
mkdir -p "$scratch/upper/pki/rpm-gpg" "$scratch/work"
cp "$key" "$scratch/upper/pki/rpm-gpg/RPM-GPG-KEY-Rocky-9"
mount -t overlay overlay -o "lowerdir=/etc,upperdir=$scratch/upper,workdir=$scratch/work" /etc
set --
while read -r package; do set -- "$@" "--package=$package"; done <"$packages"
cd "$output"
exec mkosi --force --distribution=rocky --release=9 "--local-mirror=$mirror" --format=plain_squashfs \
  --compress-fs=zstd --bootable=no --without-docs --output=mkosi.img --cache=cache "$@" build
