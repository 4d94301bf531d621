#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The first program of the guest: mounts what programs expect, loads the virtio drivers, and gives a
# shell, which powers the machine off when it ends. With do=SCRIPT on the kernel's command line, it
# runs /SCRIPT instead; with root=DEVICE, it goes on with /sbin/init of that file system.
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
/load-modules
for word in $(cat /proc/cmdline); do
  case $word in
    do=*) script=${word#do=} ;;
    root=*) root=${word#root=} ;;
  esac
done
if [ -n "$root" ]; then
  mount -t ext4 "$root" /mnt
  for folder in proc sys dev; do mount -o move "/$folder" "/mnt/$folder"; done
  exec switch_root /mnt /sbin/init
fi
if [ -n "$script" ]; then
  sh "/$script"
else
  echo "This is busybox on $(uname -sr). exit, or Ctrl-d, powers off; Ctrl-a x quits."
  setsid cttyhack sh
fi
poweroff -f
