#!/usr/bin/env bats
# A rule that matches every name, over whole systems: one is installed by debootstrap, and one is booted, with the
# library in each of their programs.  Both are compared with the same without the library.
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2034,SC2154,SC2164

load containers

# The machine's own devices are not to be replaced, whatever goes wrong.
own_devices() {
    local device
    mkdir "$STAGE/dev"
    mount -t tmpfs -o mode=755 none "$STAGE/dev"
    for device in null zero full random urandom tty fuse; do
        [ ! -e "/dev/$device" ] || cp -a "/dev/$device" "$STAGE/dev"
    done
    mkdir "$STAGE"/dev/{pts,shm}
    ln -s /proc/self/fd "$STAGE/dev/fd"
    ln -s fd/0 "$STAGE/dev/stdin"
    ln -s fd/1 "$STAGE/dev/stdout"
    ln -s fd/2 "$STAGE/dev/stderr"
    ln -s pts/ptmx "$STAGE/dev/ptmx"
    mount -t devpts -o newinstance,ptmxmode=0666 none "$STAGE/dev/pts"
    mount --rbind "$STAGE/dev" /dev
}

setup_file() {
    common_setup_file
    own_devices
}

# For this system, which is an overlay, and for the one in the directory $1.  The journal is what its writer keeps
# open, and others read meanwhile: a rule that matches everything says so first.
policy() {
    mkdir -p "$1/etc" "$1/usr/lib/owneronly"
    cp "$library" "$1/usr/lib/owneronly"
    printf '%s\n' '[journal]' 'match = *.journal' 'in-place = always' '[everything]' 'match = *' "mode = $2" |
        tee "$1/etc/owneronly.conf" >/etc/owneronly.conf
}

# What there is, but for what is told in logs, for modes, and for second names: what dpkg opens once more to sync it
# becomes a file of its own (105).
tree() {
    (cd "$1" && find . -xdev ! -path './var/log/*' ! -path './var/cache/*' \
        -printf '%y %P %l ' \( -type f -exec sh -c 'cksum <"$1"' sh {} \; -o -printf '\n' \) | sort)
}

# A rule without execution would leave a system without programs: so 0700.
@test "104 401 403: a rule that matches everything: debootstrap installs the same system, and it works" {
    need debootstrap
    [ -e "$ROOTS/packages.tar" ] || skip "no packages were fetched"
    for column in without with; do
        preload=
        [ "$column" = without ] || preload=$library
        root=$STAGE/debootstrap.$column
        policy "$root" 0700
        LD_PRELOAD=$preload debootstrap --variant=minbase --unpack-tarball="$ROOTS/packages.tar" bookworm "$root" \
            "$(cat "$ROOTS/packages.mirror")" >"$STAGE/log.$column" 2>&1 || {
            tail -n 20 "$STAGE/log.$column"
            grep -v URL: "$root/debootstrap/debootstrap.log" | tail -n 20
            return 1
        }
        LD_PRELOAD=$preload chroot "$root" dpkg --audit >"$STAGE/audit.$column"
        tree "$root" >"$STAGE/tree.$column"
        find "$root"/{usr,etc,var/lib/dpkg} -xdev -type f -perm /077 | wc -l >"$STAGE/loose.$column"
    done
    diff "$STAGE/tree.without" "$STAGE/tree.with"
    [ ! -s "$STAGE/audit.with" ]
    # Not even what a package's script made, or dpkg wrote about it.
    echo "# $(wc -l <"$STAGE/tree.with") names; readable to others: $(cat "$STAGE/loose.without"), with the rule $(cat "$STAGE/loose.with")" >&3
    [ "$(cat "$STAGE/loose.without")" -gt 1000 ] && [ "$(cat "$STAGE/loose.with")" -lt 100 ]
}

# Boots the system "units" with what /etc/ld.so.preload of its own says, and leaves what it said in $STAGE/NAME.
boot() {
    local name=$1 root=$STAGE/$1
    mkdir -p "$root" "$STAGE/upper.$name" "$STAGE/work.$name"
    mount -t overlay overlay "$root" -o "lowerdir=$ROOTS/units,upperdir=$STAGE/upper.$name,workdir=$STAGE/work.$name"
    policy "$root" 0600
    [ "$name" = without ] || echo "$library" >"$root/etc/ld.so.preload"
    mkdir -p "$root/srv/site" "$root/srv/results" "$root/etc/systemd/system/graphical.target.wants"
    install -m 755 "$BATS_TEST_DIRNAME/job" "$root/srv/site/job"
    install -m 755 "$BATS_TEST_DIRNAME/boot_driver" "$root/srv/driver"
    printf '%s\n' '[Unit]' After=multi-user.target '[Service]' Type=oneshot ExecStart=/srv/driver \
        'ExecStopPost=/bin/systemctl --no-block poweroff' StandardOutput=file:/srv/results/driver StandardError=inherit \
        TimeoutStartSec=120 >"$root/etc/systemd/system/driver.service"
    ln -sf /etc/systemd/system/driver.service "$root/etc/systemd/system/graphical.target.wants/"
    timeout 200 systemd-nspawn -q --register=no --keep-unit --console=pipe -b -D "$root" >"$STAGE/console.$name" 2>&1 </dev/null || true
    [ -e "$root/srv/results/end" ] || {
        tail -n 20 "$STAGE/console.$name" "$root/srv/results/"*
        return 1
    }
}

@test "104 111: a rule that matches everything: systemd boots, runs its units and its journal, and stops" {
    need systemd-nspawn
    boot without
    boot with
    cd "$STAGE"
    for said in failed active journal timer user; do
        diff "without/srv/results/$said" "with/srv/results/$said" || {
            tail -n 20 with/srv/results/driver console.with
            return 1
        }
    done
    # A FIFO that its own program has just made is not told from a planted one (promise 2).
    grep -q initctl with/srv/results/driver
    [ ! -s with/srv/results/failed ] && [ -s with/srv/results/active ]
    [ "$(cat without/srv/results/job) $(cat with/srv/results/job)" = "mode 644 mode 600" ]
    echo "# $(wc -l <with/srv/results/active) active units; readable to others in /run: $(cat without/srv/results/loose), with the rule $(cat with/srv/results/loose)" >&3
}
