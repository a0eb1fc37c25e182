#!/usr/bin/env bats
# Units, with systemd as the first process: booted once by systemd-nspawn, where units_driver runs the
# lines of owneronly(7) and writes down what each job said.
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2034,SC2086,SC2154,SC2164

load containers

setup_file() {
    common_setup_file
    command -v systemd-nspawn >/dev/null || return 0
    mkdir -p "$STAGE"/{upper,work,srv/root}
    mount -t overlay overlay "$STAGE/srv/root" \
        -o "lowerdir=$ROOTS/units,upperdir=$STAGE/upper,workdir=$STAGE/work"
    root=$STAGE/srv/root
    cp -r "$STAGE"/package/. "$root"
    rm -f "$root"/etc/resolv.conf
    install -m 755 "$BATS_TEST_DIRNAME/units_driver" "$root/srv/driver"
    mkdir -p "$root/srv/results"
    cat >"$root/etc/systemd/system/driver.service" <<'TEXT'
[Unit]
After=multi-user.target
[Service]
Type=oneshot
ExecStart=/srv/driver
ExecStopPost=/bin/systemctl --no-block poweroff
StandardOutput=file:/srv/results/driver
StandardError=inherit
TimeoutStartSec=240
TEXT
    mkdir -p "$root/etc/systemd/system/graphical.target.wants"
    ln -sf /etc/systemd/system/driver.service "$root/etc/systemd/system/graphical.target.wants/"
    timeout 300 systemd-nspawn -q --register=no --keep-unit --console=pipe -b -D "$root" \
        >"$STAGE/console" 2>&1 </dev/null || true
}

setup() {
    need systemd-nspawn
    cd "$STAGE"
    runtime=$BATS_TEST_DESCRIPTION
    results=$STAGE/srv/root/srv/results
    [ -e "$results/end" ] || {
        echo "the system did not run to its end:"
        tail -n 20 "$STAGE/console" "$results"/driver*
        return 1
    }
}

# What the driver saw.
saw() {
    [ "$(cat "$results/$1" 2>/dev/null)" = "mode $2" ] || {
        echo "$1: $(cat "$results/$1" 2>&1), not mode $2"
        cat "$results/driver"
        return 1
    }
}

@test "systemd: the control, a service without the library" {
    saw plain 644
}

@test "systemd: a drop-in with the environment" {
    documented 'install -D -m 644 /usr/share/doc/owneronly/examples/systemd/environment.conf /etc/systemd/system/site.service.d/owneronly.conf'
    saw environment 600
    # Which does not reach what has its environment emptied.
    saw environment-emptied 644
}

@test "systemd: a drop-in with the unit's own ld.so.preload" {
    documented 'install -D -m 644 /usr/share/doc/owneronly/examples/systemd/preload.conf /etc/systemd/system/site.service.d/owneronly.conf'
    saw preload 600
    saw preload-emptied 600
}

@test "systemd: DynamicUser and a hardened service, by both drop-ins" {
    saw hardened-plain 644
    saw hardened-environment 600
    saw hardened-preload 600
}

@test "502: systemd: PrivateUsers, with the package's policy, which is root's" {
    saw private-users-plain 644
    saw private-users 600
    # That policy it is which is read.
    grep -q '/etc/owneronly.conf: is writable by group or others' "$results/private-users-loose"
}

@test "systemd: a timer" {
    saw timer-plain 644
    saw timer 600
}

@test "210: systemd: PathModified= and PathChanged= start their unit for a first write and a rewrite, when they are complete" {
    grep -q '\[ ' "$results/path-modified-plain"
    [ "$(cat "$results/path-modified")" = '[1] [2] ' ]
    [ "$(cat "$results/path-changed")" = '[1] [2] ' ]
}

@test "systemd: ExecStart=owneronly" {
    saw wrapper 600
}

@test "systemd: DefaultEnvironment" {
    saw default 600
}

@test "systemd-run: with --setenv, and without" {
    documented 'systemd-run --wait --pipe --setenv=LD_PRELOAD=/usr/lib/owneronly/libowneronly.so /srv/site/job'
    saw run 600
    saw run-without 644
}

@test "systemd: a user's units, by a drop-in and by environment.d" {
    [ ! -e "$results/no-user" ] || skip "no user's systemd here: $(cat "$results/no-user")"
    saw user-plain 644
    saw user 600
    saw user-environment 600
}

@test "systemd: ReadWritePaths of the file is refused, of its directory not" {
    grep -q -i busy "$results/file-refused"
    [ "$(cat "$results/file-content")" = old ]
    saw directory 600
}
