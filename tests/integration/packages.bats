#!/usr/bin/env bats
# Packages: what is in them, that equal sources make equal ones, and that they come and go without
# a trace.  Everything happens in roots of its own, never in the system that runs the tests.
# SPDX-License-Identifier: Apache-2.0

load helper

# Builds both packages of a source directory in another, for one date and one umask.
build_packages() {
    local sources=$1 target=$2 mask=$3
    (
        cd "$sources"
        umask "$mask"
        cmake --preset package -B "$target" && cmake --build "$target" --target packages -j 2
    ) >"$target.log" 2>&1 || {
        tail -n 40 "$target.log"
        return 1
    }
}

# Once for all tests.
setup_file() {
    export SOURCE_DATE_EPOCH=1767225600
    [ -z "${OWNERONLY_PRELOAD_FIRST:-}" ] && command -v dpkg-shlibdeps >/dev/null || return 0
    build_packages "$BATS_TEST_DIRNAME/../.." "$BATS_FILE_TMPDIR/one" 022
}

setup() {
    [ -z "${OWNERONLY_PRELOAD_FIRST:-}" ] || skip "packages are not made with a sanitizer"
    command -v dpkg-shlibdeps >/dev/null || skip "no dpkg-dev"
    common_setup
    cd "$work"
    one=$BATS_FILE_TMPDIR/one
    deb=$(ls "$one"/owneronly_*.deb)
    rpm=$(ls "$one"/owneronly-*.rpm 2>/dev/null || true)
}

need_rpm() {
    [ -n "$rpm" ] || skip "no rpmbuild"
}

# A root with nothing in it but what dpkg needs.
empty_root() {
    mkdir -p "$work/root/var/lib/dpkg"/{info,updates,triggers}
    touch "$work/root/var/lib/dpkg/status" "$work/root/var/lib/dpkg/available"
}

dpkg_there() {
    dpkg --root="$work/root" --log=/dev/null --force-depends --force-confdef --force-confold \
        --force-script-chrootless "$@"
}

# Debian's rpm(8) keeps its books in the home directory.
rpm_there() {
    rpm --root="$work/root" --dbpath=/var/lib/rpm "$@"
}

# All that is in the root, but for the package managers' own books.
files_there() {
    (cd "$work/root" && find . ! -type d ! -path './var/lib/*' | sort)
}

# Runs a command where the root lies over the system, as if the package were installed in it.  The
# layers may not lie in one another, so they get a file system of their own.
in_installed_system() {
    mkdir -p layers
    # shellcheck disable=SC2016 # the inner shell's
    unshare -m sh -c 'cd "$1" && mount -t tmpfs tmpfs layers && cp -a root layers/root &&
        cd layers && mkdir upper work merged &&
        mount -t overlay overlay -o "lowerdir=$PWD/root:/,upperdir=$PWD/upper,workdir=$PWD/work" merged &&
        mount -t proc proc merged/proc && mount -t tmpfs tmpfs merged/tmp &&
        shift && exec chroot merged "$@"' sh "$work" "$@"
}

can_lay_over() {
    need_mounts
    mkdir -p "$work/root"
    in_installed_system true 2>/dev/null || skip "no overlay over this system's root"
}

# What an installed package promises, run as its user would.
works_when_installed() {
    run -0 in_installed_system owneronly check
    [[ $output == "# policy: /etc/owneronly.conf and /etc/owneronly.conf.d (the system's)"*"# /usr/share/owneronly/presets/nvflare.conf:"*"[nvflare-client-api]"* ]]
    # shellcheck disable=SC2016
    run -0 in_installed_system sh -c 'cd /tmp && umask 0 && owneronly sh -c "echo [] >$1; echo [] >x" &&
        stat -c %a "$1" x' sh "$F"
    [ "$output" = $'600\n666' ]
    run -0 in_installed_system owneronly doctor -- sh
    [[ $output == *"ok: proof: "* ]]
    run -0 in_installed_system owneronly --library
    [ "$output" = /usr/lib/owneronly/libowneronly.so ]
    # Every path of the installed pages is there; that of musl is in the image alone.
    # shellcheck disable=SC2016
    run -0 in_installed_system sh -c 'zcat /usr/share/man/man[157]/owneronly*.gz | sed "s/\\\\-/-/g" |
        grep -oE "/usr/(lib|share|share/doc)/owneronly[-a-z/.*]*" | grep -v /musl/ | sort -u |
        while read -r path; do ls -d ${path%.} || exit; done'
    [[ $output == *"/usr/lib/owneronly/libowneronly.so"*/usr/share/owneronly/presets/aws.conf* ]]
    version=$(sed -n 's/^version=//p' root/usr/bin/owneronly)
    run -0 in_installed_system /usr/lib/owneronly/libowneronly.so
    [[ $output == "owneronly $version, "*"glibc 2.17"* ]]
    run -0 in_installed_system owneronly --version
    [ "$output" = "owneronly $version" ]
}

@test "two builds, in other directories and with another umask, are the same to the byte" {
    mkdir copy
    (cd "$BATS_TEST_DIRNAME/../.." && tar -c --exclude=./build --exclude=./.git .) | tar -x -C copy
    build_packages "$work/copy" "$work/two" 077
    cmp "$deb" "$work/two/${deb##*/}"
    [ -z "$rpm" ] || cmp "$rpm" "$work/two/${rpm##*/}"
    # The control: of another source they differ.
    echo '# one more line' >>copy/scripts/owneronly.conf.sample
    build_packages "$work/copy" "$work/two" 077
    run -1 cmp "$deb" "$work/two/${deb##*/}"
    [ -z "$rpm" ] || run -1 cmp "$rpm" "$work/two/${rpm##*/}"
}

@test "an installation without the package: no policy for another prefix, and a site's own is kept" {
    mkdir tree
    install_there() { DESTDIR=$work/tree cmake --install "$one" "$@" >said; }
    install_there --prefix /opt/other
    [ -e tree/opt/other/bin/owneronly ] && [ ! -e tree/etc ]
    install_there
    cmp tree/etc/owneronly.conf "$BATS_TEST_DIRNAME/../../scripts/owneronly.conf.sample"
    echo '# mine' >tree/etc/owneronly.conf
    install_there
    content_is '# mine' tree/etc/owneronly.conf
    grep -qF 'Kept: /etc/owneronly.conf' said
}

@test "the Debian package: everything in its place, and readable to everybody" {
    dpkg-deb -c "$deb" >list
    for path in etc/owneronly.conf usr/bin/owneronly usr/lib/owneronly/libowneronly.so \
        usr/libexec/owneronly/owneronly-inspect usr/share/man/man1/owneronly.1.gz \
        usr/share/man/man5/owneronly.conf.5.gz usr/share/man/man7/owneronly.7.gz \
        usr/share/owneronly/presets/nvflare.conf \
        usr/share/bash-completion/completions/owneronly usr/share/zsh/vendor-completions/_owneronly \
        usr/share/fish/vendor_completions.d/owneronly.fish usr/share/doc/owneronly/copyright; do
        grep -q " root/root .* \\./$path\$" list || { echo "missing: $path"; return 1; }
    done
    run -1 grep -vE '^(drwxr-xr-x|-rwxr-xr-x|-rw-r--r--) root/root ' list
    [ "$(dpkg-deb -I "$deb" conffiles)" = /etc/owneronly.conf ]
    # No newer glibc than the library alone.
    [[ $(dpkg-deb -f "$deb" Depends) == "libc6 (>= 2.1"[4-7]")" ]]
    [ "$(dpkg-deb -f "$deb" Version)" = "$(sed -n 's/^version=//p' \
        "$BATS_TEST_DIRNAME/../../scripts/owneronly")-1" ]
}

@test "the bill of materials names the version, and what the library needs" {
    dpkg-deb -x "$deb" files
    bill=files/usr/share/doc/owneronly/owneronly.spdx.json
    [ "$(jq -r .spdxVersion "$bill")" = SPDX-2.3 ]
    [ "$(jq -r .creationInfo.created "$bill")" = 2026-01-01T00:00:00Z ]
    version=$(sed -n 's/^version=//p' files/usr/bin/owneronly)
    [ "$(jq -r '.packages[] | select(.name == "owneronly").versionInfo' "$bill")" = "$version" ]
    [ "$(jq -r '.packages[] | select(.SPDXID != "SPDXRef-owneronly").name' "$bill")" = glibc ]
    # And nothing else is needed: libc, and its loader.
    readelf -d files/usr/lib/owneronly/libowneronly.so | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' >needed
    grep -qx libc.so.6 needed
    run -1 grep -vE '^(libc\.so\.6|ld-linux.*)$' needed
}

@test "lintian finds nothing" {
    command -v lintian >/dev/null || skip "no lintian"
    run -0 lintian --allow-root --fail-on error,warning "$deb"
    [ -z "$output" ] || { echo "$output"; return 1; }
    # The control: it does look.
    dpkg-deb -R "$deb" spoilt
    chmod 777 spoilt/usr/bin/owneronly
    dpkg-deb --root-owner-group -b spoilt spoilt.deb >/dev/null
    run lintian --allow-root --fail-on error,warning spoilt.deb
    [ "$status" -ne 0 ]
}

@test "the Debian package is installed, works, and is removed" {
    need_root
    empty_root
    dpkg_there -i "$deb"
    [ -x root/usr/bin/owneronly ]
    can_lay_over
    works_when_installed
    echo /usr/lib/owneronly/libowneronly.so >root/etc/ld.so.preload
    run -0 dpkg_there -r owneronly
    [[ $output == *"/etc/ld.so.preload still names the library"* ]]
    rm root/etc/ld.so.preload
    [ "$(files_there)" = ./etc/owneronly.conf ]
    dpkg_there -P owneronly
    [ -z "$(files_there)" ]
    [ ! -e root/usr/share/owneronly ]
}

@test "an edited /etc/owneronly.conf stays when the Debian package is upgraded" {
    need_root
    empty_root
    dpkg_there -i "$deb"
    echo '# mine' >>root/etc/owneronly.conf
    dpkg-deb -R "$deb" newer
    sed -i 's/^Version: .*/Version: 99-1/' newer/DEBIAN/control
    echo '# theirs' >>newer/etc/owneronly.conf
    dpkg-deb --root-owner-group -b newer newer.deb >/dev/null
    dpkg_there -i newer.deb
    grep -qxF '# mine' root/etc/owneronly.conf
    run -1 grep -F '# theirs' root/etc/owneronly.conf
    grep -qxF '# theirs' root/etc/owneronly.conf.dpkg-dist
    # The control: what was not edited is replaced.
    dpkg_there -P owneronly
    rm -f root/etc/owneronly.conf.dpkg-dist
    dpkg_there -i "$deb"
    dpkg_there -i newer.deb
    grep -qxF '# theirs' root/etc/owneronly.conf
}

@test "the RPM package: everything in its place" {
    need_rpm
    rpm -qlp "$rpm" >list
    for path in /etc/owneronly.conf /usr/bin/owneronly /usr/lib/owneronly/libowneronly.so \
        /usr/libexec/owneronly/owneronly-inspect /usr/share/man/man1/owneronly.1.gz \
        /usr/share/zsh/site-functions/_owneronly; do
        grep -qxF "$path" list || { echo "missing: $path"; return 1; }
    done
    # Directories that belong to the system are not its own.
    run -1 grep -xE '/(etc|usr|usr/(bin|lib|libexec|share|share/man|share/zsh))' list
    [ "$(rpm -qcp "$rpm")" = /etc/owneronly.conf ]
    [ "$(rpm -qp --qf '%{LICENSE}' "$rpm")" = Apache-2.0 ]
    # What the wrapper runs is needed, whoever packages it.
    rpm -qpR "$rpm" >needs
    grep -qx coreutils needs
    grep -qx grep needs
}

@test "the RPM package is installed, works, and is removed; an edited policy is kept" {
    need_root
    need_rpm
    mkdir root
    rpm_there --nodeps -i "$rpm"
    [ -x root/usr/bin/owneronly ]
    can_lay_over
    works_when_installed
    echo '# mine' >>root/etc/owneronly.conf
    rpm_there -e owneronly
    [ "$(files_there)" = ./etc/owneronly.conf.rpmsave ]
    rm root/etc/owneronly.conf.rpmsave
    rpm_there --nodeps -i "$rpm"
    rpm_there -e owneronly
    [ -z "$(files_there)" ]
}

@test "an installation by hand brings no policy, and works from any prefix" {
    run -0 cmake --install "$build" --prefix "$work/prefix" --strip
    [ ! -e prefix/etc ]
    [ -f prefix/share/man/man1/owneronly.1 ]
    run -0 prefix/bin/owneronly sh -c "umask 0; echo [] >$F"
    mode_is 600 "$F"
    run -0 prefix/bin/owneronly doctor
}
