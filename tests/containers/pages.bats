#!/usr/bin/env bats
# Every line that the installed pages give to be typed is run as it stands: those that stand alone
# here, those of launchers, containers and units in their own suites; none is left out.
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016,SC2034,SC2086,SC2154,SC2164

load containers

# A machine as the lines want it: a site, a job, what is provisioned.
setup_file() {
    common_setup_file
    mkdir -p "$STAGE/srv/site-1"/{startup,config} "$STAGE/bin"
    mount --bind "$STAGE/srv" /srv
    cd /srv/site-1
    printf '#!/bin/sh\ncd /srv/site-1/config && python3 -c "import json; json.dump({}, open(\\"client_api_config.json\\", \\"w\\"))"; echo k >site.key\n' \
        >startup/start.sh
    cp startup/start.sh startup/sub_start.sh
    printf 'import subprocess\nsubprocess.run(["/srv/site-1/startup/start.sh"], check=True)\n' >train.py
    # What "nvflare provision" writes, and under which name.
    printf '#!/bin/sh\nmkdir -p state startup && echo [] >state/cert.json && echo k >startup/client.key\n' \
        >"$STAGE/bin/nvflare"
    chmod -R go-w /srv/site-1
    chmod 755 startup/*.sh "$STAGE/bin/nvflare"
}

setup() {
    runtime=$BATS_TEST_DESCRIPTION
    umask 022
    cd /srv/site-1
    PATH=$STAGE/bin:$PATH
    rm -rf config/* state startup/client.key
    written=config/client_api_config.json
}

# A line of a page, of which there is one like it.
line_of() {
    local section=$1 line=$2
    zcat "/usr/share/man/man${section#*.}/${section%.*}.${section#*.}.gz" |
        sed -n -e 's/\\-/-/g' -e 's/^\.Dl \(\$ \)\{0,1\}//p' | grep -qxF -- "$line" || {
        echo "$section has no such line: $line"
        return 1
    }
    printf '%s\n' "$line" >>"$STAGE/documented"
}

# Runs it, with the mode that the token's file has then.
type_in() {
    line_of "$1" "$2"
    run -0 bash -c "$2" </dev/null
    [ -z "$written" ] || mode=$(stat -c %a "$written")
}

@test "owneronly(1): a site, with its client's configuration protected" {
    type_in owneronly.1 'owneronly ./startup/start.sh'
    [ "$mode" = 600 ]
    rm config/*
    ./startup/start.sh
    [ "$(stat -c %a $written)" = 644 ]
}

@test "owneronly(1): more globs, and a log" {
    type_in owneronly.1 "owneronly -m '*.key' --log stderr ./startup/start.sh"
    [ "$mode" = 600 ]
    [ "$(stat -c %a config/site.key)" = 600 ]
    [[ $output == *"action=publish result=ok"* ]]
}

@test "owneronly(1): explain" {
    written=
    type_in owneronly.1 'owneronly explain /srv/site-1/config/client_api_config.json'
    [[ $output == *nvflare-client-api* ]]
}

@test "owneronly(1): report" {
    type_in owneronly.1 'owneronly --report -- python3 train.py'
    [ "$mode" = 600 ]
    [[ $output == *"report:"*"published=1"* ]]
}

@test "owneronly(1): doctor" {
    written=
    type_in owneronly.1 'owneronly doctor /srv/site-1/config -- python3 train.py'
    [[ $output == *"ok: proof: "* ]]
}

@test "owneronly(1): the variables, without the wrapper" {
    one='LD_PRELOAD=/usr/lib/owneronly/libowneronly.so'
    two="OWNERONLY_MATCH='*client_api_config.json'"
    line_of owneronly.1 "$one"
    line_of owneronly.1 "$two"
    bash -c "export $one $two; ./startup/start.sh"
    [ "$(stat -c %a $written)" = 600 ]
    rm config/*
    bash -c "export $two; ./startup/start.sh"
    [ "$(stat -c %a $written)" = 644 ]
}

@test "owneronly(7), NVIDIA FLARE: from audit to the site" {
    ./startup/start.sh
    [ "$(stat -c %a $written)" = 644 ]
    type_in owneronly.7 'owneronly audit --fix /srv/site-1'
    [ "$mode" = 600 ]
    written=
    type_in owneronly.7 'owneronly doctor /srv/site-1 -- /srv/site-1/startup/start.sh'
    [[ $output == *"ok: proof: "* ]]
    written=config/client_api_config.json
    rm config/*
    type_in owneronly.7 'owneronly /srv/site-1/startup/start.sh'
    [ "$mode" = 600 ]
    type_in owneronly.7 'owneronly --report /srv/site-1/startup/sub_start.sh'
    [[ $output == *"published=1"* ]]
}

@test "owneronly(7), NVIDIA FLARE: provisioning" {
    written=state/cert.json
    type_in owneronly.7 'owneronly -p /usr/share/owneronly/presets/nvflare.conf nvflare provision -p project.yml'
    [ "$mode" = 600 ]
    [ "$(stat -c %a startup/client.key)" = 600 ]
    nvflare provision -p project.yml
    rm -r state && nvflare provision && [ "$(stat -c %a state/cert.json)" = 644 ]
}

@test "owneronly.conf(5): its policies are good, and the bad one is refused in those words" {
    examples=$(zcat /usr/share/man/man5/owneronly.conf.5.gz | awk '/^\.Bd/ { on = 1; next } /^\.Ed/ { on = 0; print "%" } on')
    awk -v RS='%\n' '/^\[/ { print > ("policy" ++count) }' <<<"$examples"
    for policy in policy?; do
        sed -i 's/^group  = trainers/group  = root/' "$policy"
        run -0 env HOME=/root owneronly check "$PWD/$policy"
    done
    [ -e policy2 ]
    wanted=$(grep '^owneronly: /etc' <<<"$examples")
    printf '\n\n[r]\nsymlnk = follow\nmatch = x\n' >/etc/owneronly.conf
    run -125 env LD_PRELOAD=$library true
    [ "$output" = "$wanted" ]
}

@test "every line of the pages is run by a suite, or the page says that it is not" {
    # The launchers' own suite looks at its section itself.
    page | sed -n '/^\.Sh CONTAINERS$/,/^\.Sh LAUNCHERS NOT/p' | sed -n '/^\.Bd/,/^\.Ed/p' | grep -v '^\.' >lines
    for section in 1 7; do
        zcat /usr/share/man/man$section/owneronly.$section.gz |
            sed -n -e 's/\\-/-/g' -e 's/^\.Dl \(\$ \)\{0,1\}//p'
    done >>lines
    # What the build does, before there is a package.
    sed -i -e '/^cmake --preset package/d' -e '/^podman build -t owneronly build/d' lines
    count=$(wc -l <lines)
    [ "$count" -gt 25 ]
    for suite in podman runtimes kubernetes units; do
        [ -e "$DOCUMENTED.$suite" ] || skip "the suite $suite was not run before"
    done
    cat "$DOCUMENTED".* "$STAGE/documented" | sort -u >run
    left=$(grep -vxFf run lines || true)
    [ -z "$left" ] || { echo "not run: $left"; return 1; }
    runtime="$count lines of owneronly(1) and owneronly(7), run as they stand"
}
