#!/usr/bin/env bats
# A rule that matches everything, over what installs, builds, clones and unpacks: it works as without, but what is
# written is the owner's alone.  All of it happens in an overlay of this system, with a /dev of its own.
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2034

load helper

setup() {
    common_setup
    [ -z "${OWNERONLY_PRELOAD_FIRST:-}" ] || skip "compilers and package managers, not a sanitizer's hosts"
    need_mounts
    need_native
    unshare -m sh -c 'mount -t tmpfs none /mnt && mkdir /mnt/u /mnt/o /mnt/r &&
        mount -t overlay none /mnt/r -o lowerdir=/,upperdir=/mnt/u,workdir=/mnt/o' 2>/dev/null ||
        skip "no overlay of this system here"
    export work
    settings=("OWNERONLY_MATCH=*" DEBIAN_FRONTEND=noninteractive)
}

# Runs a command where everything but the work directory and /proc is a copy that goes with the process.
in_overlay() {
    # shellcheck disable=SC2016 # the inner shell's
    subject_under 6 unshare -m sh -euc '
        here=$PWD
        mount -t tmpfs none /mnt
        cd /mnt
        mkdir upper over root
        mount -t overlay none root -o lowerdir=/,upperdir=upper,workdir=over
        mkdir -p "root$work"
        mount --bind "$work" "root$work"
        mount --rbind /proc root/proc
        mount -t tmpfs none root/dev
        (
            umask 0
            cd root/dev
            mknod null c 1 3
            mknod zero c 1 5
            mknod full c 1 7
            mknod random c 1 8
            mknod urandom c 1 9
            mknod tty c 5 0
            mknod ptmx c 5 2
            ln -s /proc/self/fd fd
            ln -s fd/0 stdin
            ln -s fd/1 stdout
            ln -s fd/2 stderr
            mkdir shm
        )
        command="cd \"\$1\" && shift && exec \"\$@\""
        exec chroot root sh -c "$command" sh "$here" "$@"' sh "$@"
}

as_root() {
    in_overlay "$@"
}

as_user() {
    chown -R 65534:65534 .
    in_overlay setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
}

# Runs $commands after before(), as root and then as a user, each in a directory that is the home as well; right()
# looks at it.
both_users() {
    act() {
        local user
        for user in root user; do
            mkdir "$user"
            (cd "$user" && who=as_$user && before && "$who" bash -euc "HOME=\$PWD; $commands" >said 2>errors) || {
                rc=$?
                cat "$user/said" "$user/errors" "$work/stderr"
            }
        done
    }
    holds() {
        [ "$rc" = 0 ] && right root && right user
    }
    both_ways
}

# All regular files below $1 are the owner's alone, and there are at least $2.
nothing_is_open() {
    [ "$(find "$1" -type f -size +0 | wc -l)" -ge "$2" ] && [ -z "$(find "$1" -type f -perm /077)" ]
}

make_package() {
    mkdir -p package/DEBIAN package/usr/share/small package/etc
    echo data >package/usr/share/small/data
    echo setting >package/etc/small.conf
    echo /etc/small.conf >package/DEBIAN/conffiles
    printf '%s\n' 'Package: small' 'Version: 1' 'Architecture: all' 'Maintainer: a <a@example.org>' \
        'Description: small' >package/DEBIAN/control
    printf '%s\n' '#!/bin/sh' 'echo configured >/usr/share/small/configured' >package/DEBIAN/postinst
    printf '%s\n' '#!/bin/sh' 'rm -f /usr/share/small/configured' >package/DEBIAN/prerm
    chmod 755 package/DEBIAN/postinst package/DEBIAN/prerm
    dpkg-deb -b package small.deb
}

@test "104 401 403: with a glob that matches everything, dpkg installs, configures and purges" {
    act() {
        make_package
        # shellcheck disable=SC2016
        in_overlay bash -euc 'dpkg -i small.deb
            dpkg -s small | grep "^Status: install ok installed"
            cp -a /usr/share/small /etc/small.conf .
            stat -c "%a %n" /usr/share/small/* /etc/small.conf >modes
            dpkg -P small
            [ ! -e /usr/share/small ] && [ ! -e /etc/small.conf ]
            ! dpkg -s small' >said || rc=$?
    }
    holds() {
        [ "$rc" = 0 ] && content_is data small/data && content_is configured small/configured &&
            content_is setting small.conf && [ "$(cut -d ' ' -f 1 modes | sort -u)" = 600 ]
    }
    both_ways
}

@test "104 401 403: with a glob that matches everything, apt-get installs and removes" {
    act() {
        make_package
        # shellcheck disable=SC2016
        in_overlay bash -euc 'apt-get install -y -q ./small.deb
            dpkg -s small | grep "^Status: install ok installed"
            grep -q . /var/log/apt/history.log
            stat -c "%a %n" /usr/share/small/* /etc/small.conf >modes
            apt-get purge -y -q small
            apt-get check
            [ ! -e /usr/share/small ]' >said || rc=$?
    }
    holds() {
        [ "$rc" = 0 ] && [ "$(cut -d ' ' -f 1 modes | sort -u)" = 600 ]
    }
    both_ways
}

@test "101 401 208: with a glob that matches everything, git clones, commits and collects" {
    before() {
        git init -q -b main origin
        (cd origin && seq 1000 >numbers && git add numbers &&
            git -c user.name=a -c user.email=a@example.org commit -q -m first)
    }
    # shellcheck disable=SC2016
    commands='git config --global user.name a
        git config --global user.email a@example.org
        git clone -q "file://$PWD/origin" copy
        cd copy
        git fsck --full
        echo more >>numbers
        git commit -q -a -m second
        git gc -q
        git fsck --full
        git push -q origin HEAD:refs/heads/second
        [ -z "$(git status --porcelain)" ]
        git -C ../origin rev-parse second >../pushed
        git rev-parse HEAD >../head'
    right() {
        cmp "$1/pushed" "$1/head" && [ "$(wc -l <"$1/copy/numbers")" = 1001 ] &&
            nothing_is_open "$1/copy" 10
    }
    both_users
}

@test "101 301 402: with a glob that matches everything, cmake and make build what works" {
    before() {
        mkdir sources
        cp -r "$BATS_TEST_DIRNAME"/../../{CMakeLists.txt,CMakePresets.json,LICENSE,README.md,policy,shim,scripts} sources
        mkdir sources/tests
    }
    # shellcheck disable=SC2016
    commands='cmake -S sources -B built -D BUILD_TESTING=OFF
        # Since 4.4 make talks to its jobs by a FIFO, which is replaced as every one at a protected name (promise 2).
        ! make --help | grep -q jobserver-style || export MAKEFLAGS=--jobserver-style=pipe
        if [ "$(id -u)" = 0 ]; then
            make -s -C built policy
        else
            make -s -j 2 -C built
            built/bin/owneronly --version
            [ "$(built/bin/owneronly --library)" -ef built/lib/owneronly/libowneronly.so ]
        fi'
    right() {
        mode_is 600 "$1/built/CMakeCache.txt" && [ "$(find "$1/built" -name "*.o" | wc -l)" -ge 5 ] &&
            [ -z "$(find "$1/built" -name "*.o" -perm /077)" ]
    }
    both_users
}

@test "101 106 403: with a glob that matches everything, tar packs and unpacks" {
    before() {
        mkdir -p from/below
        seq 100000 >from/numbers
        echo small >from/below/small
        ln -s below/small from/link
        ln from/numbers from/below/hard
        truncate -s 3M from/sparse
    }
    commands='tar -cSf pack.tar from
        gzip -k pack.tar
        mkdir to && tar -C to -xf pack.tar
        mkdir again && tar -C again -xzf pack.tar.gz
        tar -C again -xzf pack.tar.gz
        tar -df pack.tar -C to --no-same-permissions >compared || true
        if grep -v "Mode differs" compared; then exit 1; fi
        diff -r from again/from'
    right() {
        diff -r "$1/from" "$1/to/from" && [ "$(stat -c %h "$1/to/from/numbers")" = 2 ] &&
            nothing_is_open "$1/to" 3 && nothing_is_open "$1/again" 3 && mode_is 600 "$1/pack.tar.gz"
    }
    both_users
}

@test "101 401: with a glob that matches everything, rsync copies and updates" {
    command -v rsync >/dev/null || skip "no rsync"
    before() {
        mkdir -p from/below
        seq 100000 >from/numbers
        echo small >from/below/small
        ln -s below/small from/link
    }
    commands='rsync -rlt from/ to
        echo more >>from/numbers
        rsync -rlt --no-whole-file from/ to
        rsync -rlt --inplace --no-whole-file --ignore-times from/ to
        rsync -a from/ archive
        diff -r from archive
        rm from/below/small from/link
        rsync -rlt --delete from/ to
        diff -r from to'
    right() {
        diff -r "$1/from" "$1/to" && nothing_is_open "$1/to" 1 && nothing_is_open "$1/archive" 2
    }
    both_users
}

@test "101 402: with a glob that matches everything, Python packs and unpacks archives" {
    before() {
        mkdir -p from/below
        seq 10000 >from/numbers
        echo small >from/below/small
    }
    # shellcheck disable=SC2016
    commands='/usr/bin/python3 -c "
import shutil, tarfile, zipfile
for kind in (\"zip\", \"gztar\", \"xztar\"):
    shutil.unpack_archive(shutil.make_archive(kind, kind, \"from\"), \"to-\" + kind)
with zipfile.ZipFile(\"zip.zip\", \"a\") as archive:
    archive.write(\"from/numbers\", \"again\")
zipfile.ZipFile(\"zip.zip\").extractall(\"to-again\")
"
        for kind in zip gztar xztar; do diff -r from to-$kind; done
        cmp from/numbers to-again/again'
    right() {
        diff -r "$1/from" "$1/to-zip" && nothing_is_open "$1/to-zip" 2 && nothing_is_open "$1/to-again" 3 &&
            mode_is 600 "$1/zip.zip"
    }
    both_users
}

@test "101 402: with a glob that matches everything, pip builds a wheel, installs it, and again over it" {
    /usr/bin/python3 -c 'import setuptools, wheel, pip' 2>/dev/null || skip "python3-pip is not installed"
    before() {
        mkdir -p source/small
        printf '%s\n' 'from setuptools import setup' \
            'setup(name="small", version="1", packages=["small"], package_data={"small": ["data"]},' \
            '      entry_points={"console_scripts": ["small = small:main"]})' >source/setup.py
        printf 'def main():\n    print(open(__file__.replace("__init__.py", "data")).read())\n' >source/small/__init__.py
        echo data >source/small/data
    }
    # shellcheck disable=SC2016
    commands='export PIP_NO_INDEX=1 PIP_DISABLE_PIP_VERSION_CHECK=1
        pip="/usr/bin/python3 -m pip"
        $pip wheel -q --no-build-isolation --no-deps -w wheels ./source
        $pip install -q --find-links wheels --target to small
        $pip install -q --find-links wheels --target to --upgrade small
        PYTHONPATH=to to/bin/small >ran
        PYTHONPATH=to $pip list --path to | grep "^small *1$"'
    right() {
        # It sets the mode of a command by name, after it closed it (402).
        content_is data "$1/ran" && mode_is 755 "$1/to/bin/small" && nothing_is_open "$1/to/small" 2 &&
            nothing_is_open "$1/to/small-1.dist-info" 5 && nothing_is_open "$1/wheels" 1
    }
    both_users
}

@test "104 111: with a glob that matches everything, what stands in /dev keeps working" {
    act() {
        # shellcheck disable=SC2016
        in_overlay bash -euc 'ls -l /dev >before
            echo out >/dev/stdout
            echo out >>/dev/fd/1
            echo error >/dev/stderr
            date >/dev/null
            dd if=/dev/zero of=/dev/null count=1 status=none
            cp before /dev/null
            tee /dev/stdout <before >/dev/null
            ls -l /dev >after
            cmp before after
            echo shared >/dev/shm/file
            stat -c %a after >mode' >said || rc=$?
    }
    holds() {
        [ "$rc" = 0 ] && [ "$(cat said)" = $'out\nout' ] && stderr_has '^error$' && content_is 600 mode
    }
    both_ways
}
