#!/bin/bash
# A Debian system with every launcher in a directory, installed as on a machine: what the packages
# do to a system's users, PAM and services is done there.  An existing directory is left as it is.
#
# usage: root.sh DIRECTORY
# SPDX-License-Identifier: Apache-2.0
set -euo pipefail

root=$1
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
packages=(python3 procps openmpi-bin mpich slurm-wlm munge python3-distributed cron supervisor
    openssh-server openssh-client sudo bubblewrap iproute2)
# About 700 MB; its tests are skipped where it can't be installed.
large_packages=(python3-torch)

in_root() {
    # shellcheck disable=SC2016 # the inner shell's
    unshare --mount --pid --ipc --uts --fork --kill-child bash -euc '
        mount -t proc proc "$0/proc"
        mount --rbind /dev "$0/dev"
        exec chroot "$0" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 \
            DEBIAN_FRONTEND=noninteractive "$@"' "$root" "$@"
}

install() {
    in_root apt-get install -q -y --no-install-recommends "$@" &&
        in_root apt-get clean
}

if [ -e "$root/complete" ]; then
    exit 0
fi
mirror=$("${here%/launchers}/mirror.sh")
rm -rf --one-file-system "$root"
mkdir -p "$root"
exec 3>&2 >"$root.log" 2>&1
trap '[ "$?" = 0 ] || tail -n 5 "$root.log" >&3' EXIT

debootstrap --variant=minbase bookworm "$root" "$mirror"
# In a container these are links to the host's, which inside of the root are links to themselves.
for mount_point in proc sys dev; do
    rm -rf --one-file-system "${root:?}/$mount_point"
    mkdir "$root/$mount_point"
done
# No service starts by being installed.
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod 755 "$root/usr/sbin/policy-rc.d"
install "${packages[@]}"
install "${large_packages[@]}" || echo "going on without: ${large_packages[*]}"
touch "$root/complete"
