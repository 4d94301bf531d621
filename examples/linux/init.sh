#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The first program of the guest: mounts what programs expect, loads the virtio drivers, and gives a
# shell, which powers the machine off when it ends. With do=SCRIPT on the kernel's command line, it
# runs /SCRIPT instead.
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
/load-modules
for word in $(cat /proc/cmdline); do
  case $word in do=*) script=${word#do=} ;; esac
done
if [ -n "$script" ]; then
  sh "/$script"
else
  echo "This is busybox on $(uname -sr). exit, or Ctrl-d, powers off; Ctrl-a x quits."
  setsid cttyhack sh
fi
poweroff -f
