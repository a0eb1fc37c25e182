#!/usr/bin/env bats
# podman as root: every way that owneronly(7) gives, with the package on the machine or the image.
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2034,SC2086,SC2154,SC2164

load containers

setup_file() {
    common_setup_file
    command -v podman >/dev/null || return 0
    import_site
    build_image
}

setup() {
    need podman
    cd "$STAGE"
    runtime=$BATS_TEST_DESCRIPTION
}

in_site() {
    printf 'podman run --rm %s site %s' "$1" "${2:-/srv/site/job}"
}

by_list='-v /usr/lib/owneronly:/usr/lib/owneronly:ro -v /usr/lib/owneronly/ld.so.preload:/etc/ld.so.preload:ro'

@test "podman: the directory, and the environment" {
    held_as_documented 'podman run --rm -v /usr/lib/owneronly:/usr/lib/owneronly:ro -e LD_PRELOAD=/usr/lib/owneronly/libowneronly.so site /srv/site/job'
    # What it does not reach: an environment that is emptied.
    exposed "$(in_site "-v /usr/lib/owneronly:/usr/lib/owneronly:ro -e LD_PRELOAD=$library" 'env -i /srv/site/job')"
}

@test "podman: the directory, and the container's own ld.so.preload" {
    line='podman run --rm -v /usr/lib/owneronly:/usr/lib/owneronly:ro -v /usr/lib/owneronly/ld.so.preload:/etc/ld.so.preload:ro site /srv/site/job'
    documented "$line"
    held "$line"
    exposed "${line/-v \/usr\/lib\/owneronly\/ld.so.preload:\/etc\/ld.so.preload:ro/}"
    held "$(in_site "$by_list" 'env -i /srv/site/job')"
    held "$(in_site "$by_list" "su -l -c /srv/site/job")"
    held "$(in_site "$by_list --user 1000:1000" '/srv/site/job')"
}

@test "podman: exec into a container with its own ld.so.preload" {
    podman run -d --name running $by_list site sleep 1000 >/dev/null
    held 'podman exec running /srv/site/job'
    podman rm -f -t 0 running >/dev/null
    podman run -d --name running site sleep 1000 >/dev/null
    exposed 'podman exec running /srv/site/job'
    podman rm -f -t 0 running >/dev/null
}

@test "podman: crun" {
    need crun
    # Without CAP_SYS_RESOURCE it cannot set a control group up.
    held "$(in_site "--cgroups=disabled $by_list" | sed 's/^podman/podman --runtime crun/')"
    exposed "$(in_site --cgroups=disabled | sed 's/^podman/podman --runtime crun/')"
}

@test "podman: containers.conf, for every container" {
    cp "$CONTAINERS_CONF" containers.conf.before
    sed -i '/^\[containers\]/a env = ["LD_PRELOAD=/usr/lib/owneronly/libowneronly.so"]\nvolumes = ["/usr/lib/owneronly:/usr/lib/owneronly:ro"]' "$CONTAINERS_CONF"
    held "$(in_site '')"
    mv containers.conf.before "$CONTAINERS_CONF"
    exposed "$(in_site '')"
}

@test "podman: CDI" {
    exposed "$(in_site '')"
    documented 'install -D -t /etc/cdi /usr/share/doc/owneronly/examples/containers/owneronly.json
podman run --rm --device owneronly/library=preload site /srv/site/job'
    install -D -t /etc/cdi $examples/containers/owneronly.json
    held 'podman run --rm --device owneronly/library=preload site /srv/site/job'
    held "$(in_site '--device owneronly/library=preload' 'env -i /srv/site/job')"
}

@test "podman: an OCI hook, by an annotation" {
    need jq
    documented 'install -D -t /etc/containers/oci/hooks.d /usr/share/doc/owneronly/examples/containers/oci-hook.json
podman run --rm --annotation owneronly=yes site /srv/site/job'
    install -D -t /etc/containers/oci/hooks.d $examples/containers/oci-hook.json
    held 'podman run --rm --annotation owneronly=yes site /srv/site/job'
    held "$(in_site '--annotation owneronly=yes' 'env -i /srv/site/job')"
    exposed "$(in_site '')"
}

@test "the image: copied into another by COPY --from" {
    need_image
    line='podman build -t protected --build-arg BASE=site -f /usr/share/doc/owneronly/examples/containers/Containerfile'
    documented "$line
podman run --rm protected /srv/site/job"
    run -0 bash -c "$line"
    held 'podman run --rm protected /srv/site/job'
    exposed 'podman run --rm -e LD_PRELOAD= protected /srv/site/job'
}

@test "the image: mounted" {
    need_image
    held_as_documented 'podman run --rm --mount type=image,source=owneronly,destination=/usr/lib/owneronly -e LD_PRELOAD=/usr/lib/owneronly/libowneronly.so site /srv/site/job'
    # And with the policy that it brings along.
    held "$(in_site "--mount type=image,source=owneronly,destination=/usr/lib/owneronly -e LD_PRELOAD=$library -e OWNERONLY_POLICY=/usr/lib/owneronly/owneronly.conf")"
}

@test "the image: its copier, into a volume, as an init container does" {
    need_image
    documented 'podman run --rm -v owneronly:/usr/lib/owneronly owneronly --libc glibc /usr/lib/owneronly
podman run --rm -v owneronly:/usr/lib/owneronly:ro -e LD_PRELOAD=/usr/lib/owneronly/libowneronly.so site /srv/site/job'
    podman run --rm -v owneronly:/usr/lib/owneronly owneronly --libc glibc /usr/lib/owneronly
    line='podman run --rm -v owneronly:/usr/lib/owneronly:ro -e LD_PRELOAD=/usr/lib/owneronly/libowneronly.so site /srv/site/job'
    held "$line"
    control "$line"
    podman volume rm owneronly >/dev/null
}

@test "the copier looks at the image that it runs in" {
    need_image
    # In its own there is nothing to look at.
    run -1 podman run --rm owneronly /elsewhere
    [[ $output == *"say --libc"* ]]
    # In that of the job there is.
    run -0 podman run --rm --mount type=image,source=owneronly,destination=/image site /image/owneronly-copy --preload /usr/lib/owneronly
    [[ $output == *"the library for glibc is in /usr/lib/owneronly"* ]]
    held "$(in_site '--mount type=image,source=owneronly,destination=/image' "sh -c '/image/owneronly-copy --preload /usr/lib/owneronly && env -i /srv/site/job'")"
    exposed "$(in_site '--mount type=image,source=owneronly,destination=/image' "sh -c '/image/owneronly-copy /usr/lib/owneronly && env -i /srv/site/job'")"
}

@test "musl: an image of musl gets its own library, and never the other" {
    need_image
    [ -e /lib/ld-musl-x86_64.so.1 ] && [ -x /usr/bin/musl-gcc ] || skip "no musl here"
    mkdir -p musl/{bin,lib,tmp}
    printf '%s\n' '#include <fcntl.h>' '#include <unistd.h>' '#include <stdio.h>' '#include <sys/stat.h>' \
        'int main(void) { struct stat s; int fd = open("/tmp/client_api_config.json", 1 | O_CREAT | O_TRUNC, 0644);' \
        'write(fd, "[1]", 3); close(fd); stat("/tmp/client_api_config.json", &s); return printf("mode %o\n", s.st_mode & 0777) < 0; }' >job.c
    musl-gcc -o musl/bin/job job.c
    cp musl/bin/job musl/bin/sh
    cp -L /lib/ld-musl-x86_64.so.1 musl/lib/
    tar -C musl -c . | podman import -q - localhost/musl >/dev/null
    image='--mount type=image,source=owneronly,destination=/usr/lib/owneronly'
    held "podman run --rm $image -e LD_PRELOAD=/usr/lib/owneronly/musl/libowneronly.so musl /bin/job"
    exposed "podman run --rm $image musl /bin/job"
    # The wrong one ends the program: this is what the copier is for.
    run ! podman run --rm $image -e LD_PRELOAD=$library musl /bin/job
    [[ $output != *"mode 600"* ]]
    run -0 podman run --rm -v copied:/copied --mount type=image,source=owneronly,destination=/image musl /image/owneronly-copy /copied
    [[ $output == *"for musl is in /copied"* ]]
    held 'podman run --rm -v copied:/copied -e LD_PRELOAD=/copied/libowneronly.so musl /bin/job'
    run -1 podman run --rm --mount type=image,source=owneronly,destination=/image musl /image/owneronly-copy --preload /copied
    [[ $output == *"musl reads no ld.so.preload"* ]]
    podman volume rm copied >/dev/null
}

@test "a file that is mounted alone cannot be replaced: the old one stays" {
    echo '{"AUTH_TOKEN": "old"}' >one.json
    chmod 644 one.json
    run ! podman run --rm $by_list -v "$PWD/one.json:/data/client_api_config.json" site sh -c 'echo "{}" > /data/client_api_config.json'
    [[ $output == *[Bb]usy* ]]
    [ "$(cat one.json)" = '{"AUTH_TOKEN": "old"}' ]
    # The control.
    podman run --rm -v "$PWD/one.json:/data/client_api_config.json" site sh -c 'echo "{}" > /data/client_api_config.json'
    [ "$(cat one.json)" = '{}' ]
}
