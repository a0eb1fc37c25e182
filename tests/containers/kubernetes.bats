#!/usr/bin/env bats
# Manifests: rendered by kubectl's kustomize, and played by podman, which is no cluster.
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2034,SC2086,SC2154,SC2164

load containers

kubernetes=/usr/share/doc/owneronly/examples/kubernetes

setup_file() {
    common_setup_file
    command -v podman >/dev/null || return 0
    import_site
    build_image
}

setup() {
    cd "$STAGE"
    runtime=$BATS_TEST_DESCRIPTION
}

teardown_pod() {
    podman kube down "$1" >/dev/null 2>&1 || podman pod rm -fa -t 0 >/dev/null 2>&1 || true
    podman volume prune -f >/dev/null 2>&1 || true
}

# podman 4.3 may look before its init container, which it then wants to remove, has ended.
kube_play() {
    local tries=0
    while ! podman kube play "$1" >played 2>&1; do
        podman pod rm -fa -t 0 >/dev/null 2>&1 || true
        if ! grep -q 'cannot be removed without force' played || [ $((tries += 1)) -gt 5 ]; then
            cat played
            return 1
        fi
    done
}

# Plays a manifest and says what its job said.
play() {
    local file=$1
    kube_play "$file" || return
    local container
    container=$(podman ps -a --format '{{.Names}}' | grep -- '-site$')
    podman wait "$container" >/dev/null 2>&1 || true
    podman logs "$container"
    teardown_pod "$file"
}

@test "Kubernetes: a pod with an init container, played by podman" {
    need podman
    need_image
    documented "podman kube play $kubernetes/pod/pod.yaml"
    run -0 play $kubernetes/pod/pod.yaml
    [[ $output == *"mode 600" ]]
    sed 's/LD_PRELOAD/NO_PRELOAD/' $kubernetes/pod/pod.yaml >control.yaml
    run -0 play control.yaml
    [[ $output == *"mode 644" ]]
}

@test "Kubernetes: a pod on a node with the package, played by podman" {
    need podman
    documented "podman kube play $kubernetes/pod/host-path.yaml"
    run -0 play $kubernetes/pod/host-path.yaml
    [[ $output == *"mode 600" ]]
    sed '/ld.so.preload/d' $kubernetes/pod/host-path.yaml >control.yaml
    run -0 play control.yaml
    [[ $output == *"mode 644" ]]
}

@test "Kubernetes: the component, rendered by kustomize and played by podman" {
    need kubectl
    need podman
    need_image
    documented "kubectl kustomize $kubernetes/example"
    kubectl kustomize $kubernetes/example >rendered.yaml
    # The control: without the component there is nothing of it.
    cp -r $kubernetes plain
    sed -i '/components:/,$d' plain/example/kustomization.yaml
    kubectl kustomize plain/example >plain.yaml
    run -1 grep -q owneronly/libowneronly.so plain.yaml
    # What is played ends, which a Deployment's containers never do.
    sed -i 's,- /srv/site/job,- /bin/sh\n        - -c\n        - /srv/site/job; exec sleep 1000,' rendered.yaml plain.yaml
    for pair in rendered:600 plain:644; do
        kube_play "${pair%:*}.yaml"
        container=$(podman ps -a --format '{{.Names}}' | grep -- '-site$')
        said=
        for ((tries = 0; tries < 100; tries++)); do
            said=$(podman logs "$container" 2>&1)
            [[ $said != *mode* ]] || break
            sleep 0.1
        done
        podman pod rm -fa -t 0 >/dev/null
        podman volume prune -f >/dev/null
        [ "$said" = "mode ${pair#*:}" ] || { echo "${pair%:*}: $said"; return 1; }
    done
}

@test "Kubernetes: the component with an image volume, rendered by kustomize" {
    need kubectl
    cp -r $kubernetes volume
    sed -i 's,\.\./component,../image-volume,' volume/example/kustomization.yaml
    kubectl kustomize volume/example >volume.yaml
    grep -q 'reference: localhost/owneronly:latest' volume.yaml
    grep -q 'value: /usr/lib/owneronly/libowneronly.so' volume.yaml
    run -1 grep -q initContainers volume.yaml
}

@test "Kubernetes: the component with an image volume, played" {
    skip "podman $(podman --version | grep -oE '[0-9.]+') plays no image volumes, and there is no cluster"
}

@test "Kubernetes: the admission policy, rendered by kustomize" {
    need kubectl
    mkdir -p policy
    cp $kubernetes/mutating-admission-policy.yaml policy/
    printf 'resources: [mutating-admission-policy.yaml]\n' >policy/kustomization.yaml
    kubectl kustomize policy >policy.yaml
    [ "$(grep -c '^kind: MutatingAdmissionPolicy' policy.yaml)" = 2 ]
    grep -q 'owneronly: enabled' policy.yaml
}

@test "Kubernetes: the admission policy, in force" {
    skip "there is no cluster"
}
