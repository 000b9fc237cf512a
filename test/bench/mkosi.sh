#!/bin/sh
# mkosi.sh KEY PACKAGES-FILE MIRROR OUTPUT-FOLDER: mkosi's installation and squashfs on the lab mirror, in a mount
# namespace of its own: mkosi wants the distribution's key in a place of the host, and gets the lab's there.
set -eu
key=$1 packages=$2 mirror=$3 output=$4
scratch=$output/etc
mkdir -p "$scratch/upper/pki/rpm-gpg" "$scratch/work"
cp "$key" "$scratch/upper/pki/rpm-gpg/RPM-GPG-KEY-Rocky-9"
mount -t overlay overlay -o "lowerdir=/etc,upperdir=$scratch/upper,workdir=$scratch/work" /etc
# mkosi wants dnf itself in every image; the mirror has none, and ours has none either.
mkdir -p "$output/bin"
cat >"$output/bin/dnf" <<'END'
#!/bin/bash
kept=()
for argument; do [ "$argument" = dnf ] || kept+=("$argument"); done
exec /usr/bin/dnf "${kept[@]}"
END
chmod 755 "$output/bin/dnf"
PATH=$output/bin:$PATH
export PATH
set --
while read -r package; do set -- "$@" "--package=$package"; done <"$packages"
cd "$output"
exec mkosi --force --distribution=rocky --release=9 "--local-mirror=$mirror" --format=plain_squashfs \
  --compress-fs=zstd --bootable=no --output=mkosi.img --cache=cache "$@" build
