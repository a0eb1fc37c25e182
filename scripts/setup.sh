# What demo, test and bench share: the packages they need, and the build.  Sourced, not run.
# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154

packages_to_build=(gcc libc6-dev cmake make)
packages_to_demo=(python3 util-linux)
packages_to_test=(bats libcmocka-dev
    clang llvm libclang-rt-dev clang-format clang-tidy shellcheck valgrind strace binutils pkg-config
    acl attr libcap2-bin bsdutils inotify-tools bindfs mergerfs gocryptfs sshfs openssh-sftp-server fuse-overlayfs ntfs-3g fuse3 libfuse3-dev e2fsprogs btrfs-progs xfsprogs util-linux procps
    libjemalloc2 libtcmalloc-minimal4 faketime fakeroot libeatmydata1 eatmydata fakechroot heaptrack proxychains4
    torsocks umockdev libsocket-wrapper libuid-wrapper libnss-wrapper
    busybox-static csh curl gawk ed emacs-nox git g++ gnupg joe jq logrotate lua5.4 mc micro nano neovim openssl perl php-cli python3 ruby vim-tiny wget zsh
    bash-completion fish dpkg-dev lintian mandoc rpm)
packages_to_test+=(ksh93u+m rsync python3-pip python3-watchdog)
# The major version of this system's gcc, as its package says.
gcc_version() {
    local version
    version=$(apt-cache show gcc 2>/dev/null | sed -n 's/^Depends:.* gcc-\([0-9]*\) .*/\1/p' | head -n 1)
    printf '%s\n' "${version:-12}"
}
packages_to_port=(debootstrap mmdebstrap "lib32gcc-$(gcc_version)-dev" libc6-dev-i386 gcc-aarch64-linux-gnu
    libc6-dev-arm64-cross qemu-user-static musl-tools)
packages_to_contain=(dpkg-dev musl-tools debootstrap mmdebstrap podman runc crun buildah conmon catatonit uidmap
    systemd-container bubblewrap charliecloud python3-wheel python3-venv)
# The first line: what the tests' build asks for.
packages_to_bench=(bats libcmocka-dev pkg-config python3
    libglib2.0-dev gnuplot-nox e2fsprogs xfsprogs btrfs-progs util-linux
    libeatmydata1 torsocks libproxychains4 libsocket-wrapper libfakechroot umockdev nocache)

fail() {
    printf '%s: %s\n' "${0##*/}" "$1" >&2
    exit 1
}

# The packages of the arguments that are not installed.
missing_packages() {
    local name
    for name in "$@"; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null)" = installed ] ||
            printf '%s\n' "$name"
    done
}

# Root asks whoever sits there, unless told --yes or run by CI.
confirmed() {
    [ "${yes:-no}" = yes ] || [ -n "${CI:-}" ] && return
    [ -t 0 ] || fail "needs a yes to install packages: run it with --yes"
    local answer
    read -r -p "Install them by apt-get? [y/N] " answer
    [[ $answer == [yY]* ]]
}

# Waits, ten minutes at most, for another apt-get or the system's own upgrades: DPkg::Lock::Timeout is
# for dpkg's locks, and those of the lists and of the downloads have none.
apt_get() {
    local errors tries=0 status=0
    errors=$(mktemp)
    while ! apt-get -q -o DPkg::Lock::Timeout=600 "$@" 2>"$errors"; do
        if ! grep -q 'Could not get lock' "$errors" || [ $((tries += 1)) -ge 300 ]; then
            status=1
            break
        fi
        sleep 2
    done
    cat "$errors" >&2
    rm -f "$errors"
    return "$status"
}

install_packages() {
    command -v apt-get >/dev/null || {
        echo "${0##*/}: not a Debian system; please have these installed: $*" >&2
        return
    }
    local missing
    mapfile -t missing < <(missing_packages "$@")
    [ ${#missing[@]} -gt 0 ] || return 0
    printf '%s: these packages are missing: %s\n' "${0##*/}" "${missing[*]}"
    [ "$(id -u)" = 0 ] || fail "only root can install them: apt-get install ${missing[*]}"
    confirmed || fail "nothing was installed"
    export DEBIAN_FRONTEND=noninteractive
    apt_get update || fail "apt-get update failed"
    apt_get install -y --no-install-recommends "${missing[@]}" || fail "apt-get install failed"
}

# The build directory of a preset: in the checkout, or in the user's cache where that is another's.
build_directory() {
    if [ -w "$source_directory" ]; then
        printf '%s\n' "$source_directory/build/$1"
    else
        printf '%s\n' "${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/owneronly/$1"
    fi
}

# Configures and builds preset $1 in directory $2, with $3: tests, which need more packages, or none.
build() {
    local log=$2.log testing=OFF
    [ "$3" != tests ] || testing=ON
    mkdir -p "$2"
    if ! (cd "$source_directory" && cmake --preset "$1" -B "$2" -D BUILD_TESTING="$testing" &&
        cmake --build "$2" -j "$(nproc)") >"$log" 2>&1; then
        tail -n 40 "$log" >&2
        fail "the build failed; all of it is in $log"
    fi
}
