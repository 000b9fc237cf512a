/** Kickstarts as sites have them, one of each kind: for benches, round trips and as seeds for fuzzing. */
export const samples: Readonly<Record<string, string>> = {
  image: `# The image through Anaconda
text --non-interactive
lang en_US.UTF-8
keyboard --vckeymap=us --xlayouts='us','cz (qwerty)' --switch=grp:alt_shift_toggle
timezone Europe/Prague --utc
network --bootproto=dhcp --device=eno1 --hostname=node1.example.com --activate
liveimg --url=http://192.0.2.1/images/0123456789abcdef/rootfs.squashfs --checksum=${'0a'.repeat(32)}
rootpw --lock
sshkey --username=root "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPaeZ2GTVFpEHGBdVRiBsJUVn3RXJ3VQ0B+QGBqzvTQy admin@example.com"
ignoredisk --only-use=/dev/disk/by-id/wwn-0x5000c500a1b2c3d4
zerombr
clearpart --all --initlabel --disklabel=gpt
reqpart
part /boot --fstype=xfs --size=1024
part pv.01 --size=40960 --grow
volgroup rackhand pv.01 --pesize=4096
logvol none --vgname=rackhand --name=pool --thinpool --size=30000 --grow
logvol / --vgname=rackhand --name=root --thin --poolname=pool --size=6144 --fstype=xfs
logvol /home --vgname=rackhand --name=home --thin --poolname=pool --size=1024 --fstype=xfs
logvol /tmp --vgname=rackhand --name=tmp --thin --poolname=pool --size=1024 --fsoptions="nodev,nosuid"
logvol /var --vgname=rackhand --name=var --thin --poolname=pool --size=10240
logvol /var/crash --vgname=rackhand --name=crash --thin --poolname=pool --size=10240
logvol /var/log --vgname=rackhand --name=log --thin --poolname=pool --size=8192
logvol /var/log/audit --vgname=rackhand --name=audit --thin --poolname=pool --size=2048
logvol swap --vgname=rackhand --name=swap --size=4096
bootloader --append="console=ttyS0,115200 crashkernel=auto"
selinux --enforcing
firewall --enabled --service=ssh --port=16514:tcp,49152-49216:tcp
services --enabled=sshd,chronyd --disabled="kdump, cups"
reboot --eject
%post --erroronfail --log=/root/post.log
set -e
echo "100% done" > /etc/motd
%end
`,
  plain: `# A plain EL host from a mirror
graphical
url --url="https://mirror.example.com/el/BaseOS/x86_64/os/"
repo --name=AppStream --baseurl=https://mirror.example.com/el/AppStream/x86_64/os/ --cost=10 --install
lang en_US.UTF-8 --addsupport=cs_CZ,de_DE
keyboard us
timezone --utc UTC
rootpw --iscrypted $6$0123456789abcdef$${'x'.repeat(86)}
user --name=admin --groups=wheel,libvirt --uid=1000 --iscrypted --password='$6$abc$${'y'.repeat(86)}' --gecos="The Admin"
group --name=libvirt --gid=990
network --bootproto=static --device=bond0 --bondslaves=eno1,eno2 --bondopts=mode=802.3ad,miimon=100 --ip=192.0.2.10 --netmask=255.255.255.0 --gateway=192.0.2.1 --nameserver=192.0.2.1,192.0.2.2
network --bootproto=static --device=bond0 --vlanid=20 --ip=198.51.100.10 --netmask=255.255.255.0 --nodefroute
network --device=br0 --bridgeslaves=eno3 --bridgeopts=stp=no --noipv4 --ipv6=2001:db8::10/64
zerombr
clearpart --all --initlabel --drives=sda,sdb
part biosboot --fstype=biosboot --size=1 --ondisk=sda
part raid.11 --size=1024 --ondisk=sda
part raid.12 --size=1024 --ondisk=sdb
part raid.21 --size=20480 --grow --ondisk=sda
part raid.22 --size=20480 --grow --ondisk=sdb
raid /boot --device=md0 --level=1 --fstype=xfs raid.11 raid.12
raid pv.01 --device=md1 --level=RAID1 raid.21 raid.22
volgroup vg0 pv.01 --reserved-percent=10
logvol / --vgname=vg0 --name=root --size=10240 --grow --maxsize=51200 --fstype=xfs
logvol /var --vgname=vg0 --name=var --percent=40 --encrypted --passphrase="correct horse" --luks-version=luks2
logvol swap --vgname=vg0 --name=swap --recommended
bootloader --boot-drive=sda --timeout=5
firewall --disabled
selinux --permissive
services --enabled=sshd
%packages --excludedocs --nocore
@^minimal-environment
@virtualization-hypervisor --nodefaults
-plymouth
kernel # the usual one
%end
%pre --interpreter=/usr/bin/bash --log=/tmp/pre.log
for disk in /sys/block/sd*; do
  [ "$(cat $disk/removable)" = 0 ] && echo "part / --ondisk=\${disk##*/}" > /tmp/part
done
%end
%post --nochroot
cp /tmp/pre.log /mnt/sysimage/root/
%end
%addon com_redhat_kdump --enable --reserve-mb=auto
%end
reboot
`,
  automatic: `text
cdrom
lang C.UTF-8
keyboard --xlayouts=de
timezone Europe/Berlin
rootpw --plaintext secret
autopart --type=thinp --nohome --encrypted --passphrase=secret
clearpart --linux
%packages
%end
poweroff
`,
  mounts: `cmdline
nfs --server=192.0.2.5 --dir=/exports/el --opts=nfsvers=4
rootpw --iscrypted !!
sshkey --username=root 'ssh-rsa ${'B'.repeat(64)} root@example.com'
mount /dev/disk/by-label/root / --reformat=xfs --mkfsoptions="-m reflink=1"
mount UUID=11111111-2222-3333-4444-555555555555 /home --mountoptions=noatime
mount /dev/sda2 none --reformat=swap
realm join --computer-ou=OU=hosts --no-password example.com
halt
%onerror
echo failed | nc 192.0.2.1 514
%end
`,
};
