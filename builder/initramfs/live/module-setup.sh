#!/bin/bash
# dracut module of the builder: what a live boot does before there is an image. Is there memory enough for it, and is
# what came over the network the image that was meant? Takes the place of livenet's download. See dracut.modules(7).

check() {
  return 255 # only when it is asked for
}

depends() {
  echo bash dmsquash-live livenet
}

# shellcheck disable=SC2154 # moddir and initdir are dracut's
install() {
  inst_multiple curl sha256sum stat sleep mkdir rm ln tr sed mount umount
  inst_simple "$moddir/lib.sh" /usr/lib/rackhand/lib.sh
  for part in prepare cards fetch stop settle; do
    inst_script "$moddir/$part.sh" "/usr/lib/rackhand/$part.sh"
  done
  # Before the hooks that read root=.
  inst_hook cmdline 10 "$moddir/hook-prepare.sh"
  inst_hook initqueue/settled 90 "$moddir/hook-cards.sh"
  inst_hook pre-pivot 10 "$moddir/hook-settle.sh"
  # netroot calls it by this name, with the interface and the URL.
  rm -f "$initdir/sbin/livenetroot"
  ln -s /usr/lib/rackhand/fetch.sh "$initdir/sbin/livenetroot"
}
