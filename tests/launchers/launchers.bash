# What launchers.bats loads: the job, what became of it, and the table of launchers.
#
# `expect held LINE` starts LINE and wants the job's file owner-only, the library in the job's
# mappings, and the token found by the trainer; `expect exposed LINE` the same job with a file that
# others can read, and no library.  What starts a line is $start: a shell, unless the line is the
# configuration of a daemon.
#
# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154

load ../integration/helper
load daemons

library=/usr/lib/owneronly/libowneronly.so
site=/srv/site

setup_file() {
    if [ ! -e /src/tests/launchers/run.sh ] || [ "$(hostname)" != node ]; then
        echo "only run.sh makes a system that this suite may change" >&2
        return 1
    fi
    # As a user has it: what the pages say is run from the package.
    dpkg -i /build/package/owneronly_*.deb >&2
    useradd --create-home --shell /bin/bash site
    echo 'site ALL = (ALL) NOPASSWD: ALL' >/etc/sudoers.d/site
    make_programs
    export OWNERONLY_TABLE=$BATS_FILE_TMPDIR/table
}

teardown_file() {
    printf '# %s\n' "launchers:" >&3
    sed 's/^/#   /' "$OWNERONLY_TABLE" >&3
}

setup() {
    umask 022
    unset LD_PRELOAD OWNERONLY_POLICY OWNERONLY_MATCH OWNERONLY_MODE OWNERONLY_LOG
    work=$(mktemp -d /tmp/owneronly.XXXXXX)
    chmod 755 "$work"
    start=start_line daemons=() as_site=no
    launcher_name=$BATS_TEST_DESCRIPTION
}

teardown() {
    stop_daemons
    if [ -n "${BATS_TEST_SKIPPED:-}" ]; then
        result="skipped: $BATS_TEST_SKIPPED"
    elif [ -n "${BATS_TEST_COMPLETED:-}" ]; then
        result=held
    else
        result=FAILED
    fi
    [ -z "$launcher_name" ] || printf '%-28s  %-8s  %s\n' "$launcher_name" "$result" \
        "${documented//$'\n'/ | }" >>"$OWNERONLY_TABLE"
    rm -rf "$work"
}

# The demo's programs, as a site has them.
make_programs() {
    local part
    mkdir -p /srv/programs
    cp /src/tests/demo/client_job.py /src/tests/launchers/*.py /srv/programs
    cp /src/tests/demo/trainer.py /srv/programs/demo_trainer.py
    printf '#!/bin/sh\nexec /usr/bin/python3 -B %s/client_job.py %s\n' $site $site \
        >/srv/programs/job
    # As ssh(1) does, but on this machine: nothing of the environment arrives at the other side.
    cat >/srv/agent <<'TEXT'
#!/bin/sh
while [ "$1" != far ]; do shift; done
shift
touch /srv/asked
exec env -i PATH=/usr/bin:/bin HOME=/root OMPI_ALLOW_RUN_AS_ROOT=1 \
    OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 sh -c "$*"
TEXT
    chmod -R go+rX /srv/programs
    chmod 755 /srv/agent /srv/programs/job
}

agent_was_asked() {
    [ -e /srv/asked ]
    rm /srv/asked
}

# The name in the table.
launcher() {
    launcher_name=$1
}

unavailable() {
    skip "$1"
}

page() {
    zcat /usr/share/man/man7/owneronly.7.gz | sed -e 's/\\-/-/g' -e "s/\\\\(aq/'/g"
}

# Lines of the manual page, which are run as they stand there.
documented() {
    documented=$1
    local page
    printf '%s\n' "$1" >>"$OWNERONLY_TABLE.documented"
    page=$(page)
    [[ $page == *$'\n'"$documented"$'\n'* ]] || {
        echo "owneronly(7) has no such line: $documented"
        return 1
    }
}

# The same without LD_PRELOAD: the variable has another name.
without() {
    sed -E -e "s,(^|[ \"'])owneronly ,\1env NO_PRELOAD=$library ,g" \
        -e 's/LD_PRELOAD/NO_PRELOAD/g' <<<"$1"
}

start_line() {
    if [ "$as_site" = yes ]; then
        su -p site -c "$1"
    else
        bash -c "$1"
    fi
}

fresh_site() {
    rm -rf $site
    cp -a /srv/programs $site
    chown site:site $site
    cd $site || return
}

# What became of the job.
outcome() {
    wait_until [ -e trainer ] || {
        echo "the job was not started"
        return
    }
    [ "$(cat trainer)" = 0 ] || {
        echo "the trainer found no token"
        return
    }
    local mode mapped=no left
    mode=$(stat -c %a config/client_api_config.json)
    grep -qF libc.so job.maps || mapped=unknown
    ! grep -qF "$library" job.maps || mapped=yes
    left=$(find $site -name '.owneronly-*')
    case $mode,$mapped,$left in
    600,yes,) echo held ;;
    644,no,) echo exposed ;;
    *) echo "mode $mode, mapped: $mapped, left behind: $left" ;;
    esac
}

expect() {
    local wanted=$1 line=$2 got
    fresh_site
    # Set or not: an empty value is not the same for every launcher.
    [ -z "${inherited:-}" ] || export LD_PRELOAD=$inherited
    "$start" "$line" >"$work/said" 2>&1 </dev/null 3>&- || true
    unset LD_PRELOAD
    got=$(outcome)
    [ "$got" = "$wanted" ] || {
        printf '%s, not %s: %s\nwhat was said:\n' "$got" "$wanted" "$line"
        tail -n 40 "$work/said" "$work/daemons" $site/said 2>/dev/null
        return 1
    }
}

control() {
    expect exposed "$(without "$1")"
}

holds_as_documented() {
    expect held "$documented"
    control "$documented"
}

# With the variable in the environment of the launcher itself.
keeps() {
    inherited=$library expect held "$1"
    control "$1"
}

drops() {
    inherited=$library expect exposed "$1"
}

# Waits for a condition, a command: half a minute at most, after which something is broken.
wait_until() {
    local tries=300
    until "$@"; do
        tries=$((tries - 1))
        [ "$tries" -gt 0 ] || return 1
        sleep 0.1
    done
}
