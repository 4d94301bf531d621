#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The first program of a Debian whose packages are unpacked but not configured: makes up for what a
# shell needs of that, gives the shell, and powers the machine off when it ends.
export PATH=/usr/sbin:/usr/bin HOME=/root TERM=${TERM:-vt100}
cp --update=none /usr/share/base-passwd/passwd.master /etc/passwd
cp --update=none /usr/share/base-passwd/group.master /etc/group
hostname debian
echo "This is $(. /etc/os-release; echo "$PRETTY_NAME") on $(uname -sr). exit, or Ctrl-d, powers off."
setsid --ctty --wait bash --login
mount -o remount,ro /
echo o >/proc/sysrq-trigger
sleep infinity
