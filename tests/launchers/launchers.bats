#!/usr/bin/env bats
# Every launcher starts the demo's client job by the line that owneronly(7) gives for it.  Runs in
# the system and the name spaces that run.sh makes, and only there: it installs the library, users
# and configuration files.
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016,SC2034,SC2154

load launchers

@test "kept by what hands its own environment on" {
    launcher "shells, python, timeout, ..."
    documented 'owneronly /srv/site/job'
    local line
    for line in \
        "owneronly sh -c '/srv/site/job & wait'" \
        'owneronly timeout 60 nohup nice setsid -w /srv/site/job' \
        'echo /srv/site/job | owneronly xargs -n 1 env ONE=1' \
        'owneronly start-stop-daemon --start --exec /srv/site/job' \
        'owneronly setpriv --reuid=site --regid=site --clear-groups /srv/site/job' \
        "owneronly python3 -c 'import os; os.system(\"/srv/site/job\")'"; do
        expect held "$line"
        control "$line"
    done
}

@test "kept by a chain of subprocess, posix_spawn and multiprocessing" {
    launcher "python: chains"
    for line in 'owneronly python3 -B /srv/site/chain.py subprocess shell posix_spawn spawn' \
        'owneronly python3 -B /srv/site/chain.py forkserver copied_environment fork subprocess'; do
        expect held "$line"
        control "$line"
    done
}

@test "env -i, su -l, runuser -l and cron give it back where the policy says keep-loaded" {
    launcher "keep-loaded = yes"
    documented 'keep-loaded = yes'
    local keep=$work/keep leave=$work/leave line
    printf '[config]\nmatch = *client_api_config.json\ncontent = json\n' >"$leave"
    printf '%s\n' "$documented" | cat - "$leave" >"$keep"
    for line in 'env -i /srv/site/job' 'su -l site -c /srv/site/job' \
        'runuser -l site -c /srv/site/job'; do
        expect held "owneronly -p $keep $line"
        expect exposed "owneronly -p $leave $line"
    done
    start=start_cron
    OWNERONLY_POLICY=$keep inherited=$library expect held '@reboot /srv/site/job'
    OWNERONLY_POLICY=$leave inherited=$library expect exposed '@reboot /srv/site/job'
}

@test "torch.distributed.run" {
    python3 -c 'import torch.distributed.run' || unavailable "python3-torch is not installed"
    launcher torchrun
    # Output is directed as Debian's torch needs it.
    documented 'owneronly python3 -m torch.distributed.run --nproc_per_node=1 -r 9:3 -t 9:3 --no_python /srv/site/job'
    holds_as_documented
}

@test "env -i" {
    launcher "env -i"
    drops 'env -i PATH=/usr/bin:/bin /srv/site/job'
    documented 'env -i PATH=/usr/bin:/bin LD_PRELOAD=/usr/lib/owneronly/libowneronly.so /srv/site/job'
    holds_as_documented
}

@test "Open MPI, local and by a remote agent" {
    command -v mpirun.openmpi >/dev/null || unavailable "openmpi-bin is not installed"
    launcher "Open MPI"
    export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
    export OMPI_MCA_plm_rsh_agent=/srv/agent OMPI_MCA_oob_tcp_if_include=lo
    expect held 'owneronly mpirun -n 1 /srv/site/job'
    drops 'mpirun --host far -n 1 /srv/site/job'
    agent_was_asked
    documented 'owneronly mpirun -x LD_PRELOAD -x OWNERONLY_POLICY --host far -n 1 /srv/site/job'
    holds_as_documented
    agent_was_asked
}

@test "MPICH, local and by a remote agent" {
    command -v mpiexec.hydra >/dev/null || unavailable "mpich is not installed"
    launcher MPICH
    expect held 'owneronly mpiexec.hydra -n 1 /srv/site/job'
    keeps 'mpiexec.hydra -genvnone -n 1 /srv/site/job'
    export HYDRA_LAUNCHER=ssh HYDRA_LAUNCHER_EXEC=/srv/agent
    keeps 'mpiexec.hydra -hosts far -n 1 /srv/site/job'
    agent_was_asked
    drops 'mpiexec.hydra -genvnone -hosts far -n 1 /srv/site/job'
    documented 'mpiexec.hydra -genv LD_PRELOAD /usr/lib/owneronly/libowneronly.so -hosts far -n 1 /srv/site/job'
    holds_as_documented
    agent_was_asked
    expect held "${documented/-genv /-genvnone -genv }"
}

@test "Slurm: srun" {
    launcher srun
    start_slurm
    keeps 'srun /srv/site/job'
    drops 'srun --export=NONE /srv/site/job'
    documented 'owneronly srun --export=ALL /srv/site/job'
    holds_as_documented
    local by_option="srun --export=ALL,LD_PRELOAD=$library /srv/site/job"
    expect held "$by_option"
    expect held "${by_option/ALL,/}"
    # What srun itself has in its environment is stronger than its option, be it empty.
    inherited=libm.so.6 expect exposed "$by_option"
    expect exposed "LD_PRELOAD= $by_option"
}

@test "Slurm: sbatch" {
    launcher sbatch
    start_slurm
    keeps 'sbatch --output=/srv/site/said /srv/site/job'
    drops 'sbatch --export=NONE --output=/srv/site/said /srv/site/job'
    documented 'sbatch --export=ALL,LD_PRELOAD=/usr/lib/owneronly/libowneronly.so /srv/site/job'
    holds_as_documented
}

@test "Slurm: the site's task prolog" {
    launcher "Slurm, TaskProlog"
    documented 'echo export LD_PRELOAD=/usr/lib/owneronly/libowneronly.so'
    start_slurm
    drops 'srun --export=NONE /srv/site/job'
    printf '#!/bin/sh\n%s\n' "$documented" >"$work/slurm/prolog"
    expect held 'srun --export=NONE /srv/site/job'
    printf '#!/bin/sh\n%s\n' "$(without "$documented")" >"$work/slurm/prolog"
    expect exposed 'srun --export=NONE /srv/site/job'
}

@test "dask's nanny" {
    command -v dask-worker >/dev/null || unavailable "python3-distributed is not installed"
    launcher dask
    start_dask
    start=start_dask_worker
    keeps 'dask-worker tcp://127.0.0.1:8786'
    documented "DASK_DISTRIBUTED__NANNY__PRE_SPAWN_ENVIRON='{\"LD_PRELOAD\": \"/usr/lib/owneronly/libowneronly.so\"}' dask-worker tcp://127.0.0.1:8786"
    holds_as_documented
    # In the worker's environment, but after it was started.
    expect exposed "${documented/PRE_SPAWN_ENVIRON/ENVIRON}"
    grep -qx "LD_PRELOAD=$library" /srv/site/environment
    start=start_line
    expect exposed "python3 -B /srv/site/dask_job.py nanny LD_PRELOAD=$library"
    grep -qx "LD_PRELOAD=$library" /srv/site/environment
}

@test "cron" {
    command -v cron >/dev/null || unavailable "cron is not installed"
    launcher cron
    start=start_cron
    drops '@reboot /srv/site/job'
    documented 'LD_PRELOAD=/usr/lib/owneronly/libowneronly.so
@reboot /srv/site/job'
    holds_as_documented
}

@test "supervisor" {
    command -v supervisord >/dev/null || unavailable "supervisor is not installed"
    launcher supervisor
    start=start_supervisor
    keeps '[program:site]
command=/srv/site/job'
    documented '[program:site]
command=/srv/site/job
environment=LD_PRELOAD="/usr/lib/owneronly/libowneronly.so"'
    holds_as_documented
}

@test "ssh" {
    command -v /usr/sbin/sshd >/dev/null || unavailable "openssh-server is not installed"
    launcher ssh
    start_sshd
    drops 'ssh node /srv/site/job'
    drops 'ssh -o SendEnv=LD_PRELOAD node /srv/site/job'
    documented 'ssh node env LD_PRELOAD=/usr/lib/owneronly/libowneronly.so /srv/site/job'
    holds_as_documented
    stop_daemons
    start_sshd AcceptEnv LD_PRELOAD
    keeps 'ssh -o SendEnv=LD_PRELOAD node /srv/site/job'
}

@test "sshd, for every session" {
    command -v /usr/sbin/sshd >/dev/null || unavailable "openssh-server is not installed"
    launcher sshd
    documented 'SetEnv LD_PRELOAD=/usr/lib/owneronly/libowneronly.so'
    start_sshd "$documented"
    expect held 'ssh node /srv/site/job'
    stop_daemons
    start_sshd "$(without "$documented")"
    expect exposed 'ssh node /srv/site/job'
}

@test "sudo" {
    command -v sudo >/dev/null || unavailable "sudo is not installed"
    launcher sudo
    as_site=yes
    drops 'sudo /srv/site/job'
    drops 'sudo -E /srv/site/job'
    drops 'sudo --preserve-env=LD_PRELOAD /srv/site/job'
    documented 'sudo env LD_PRELOAD=/usr/lib/owneronly/libowneronly.so /srv/site/job'
    holds_as_documented
    # From root, for whom sudo is no set-id program.
    as_site=no
    drops 'sudo -u site /srv/site/job'
    expect held 'sudo -u site env LD_PRELOAD=/usr/lib/owneronly/libowneronly.so /srv/site/job'
}

@test "su and runuser" {
    launcher su
    keeps 'su site -c /srv/site/job'
    keeps 'runuser -u site /srv/site/job'
    drops 'su -l site -c /srv/site/job'
    drops 'runuser -l site -c /srv/site/job'
    documented "su -l site -c 'LD_PRELOAD=/usr/lib/owneronly/libowneronly.so /srv/site/job'"
    holds_as_documented
}

@test "bubblewrap: a container without the library, and with it" {
    command -v bwrap >/dev/null || unavailable "bubblewrap is not installed"
    launcher "bubblewrap"
    # A container's image has no such file.
    local image='bwrap --bind / / --dev /dev --proc /proc --tmpfs /usr/lib/owneronly'
    $image true || unavailable "no name spaces within name spaces here"
    drops "$image /srv/site/job"
    drops "$image --setenv LD_PRELOAD /usr/lib/owneronly/libowneronly.so /srv/site/job"
    documented '--ro-bind /usr/lib/owneronly /usr/lib/owneronly --setenv LD_PRELOAD /usr/lib/owneronly/libowneronly.so'
    expect held "$image --clearenv $documented /srv/site/job"
    control "$image --clearenv $documented /srv/site/job"
}

@test "owneronly(7) has no line that was not run" {
    launcher ""
    ! grep -qE 'skipped|FAILED' "$OWNERONLY_TABLE" || skip "not every launcher was tried"
    local lines
    lines=$(page | sed -n '/^\.Sh LAUNCHERS$/,/^\.Sh CONTAINERS$/p' |
        sed -n '/^\.Bd/,/^\.Ed/p' | grep -v '^\.')
    [ -n "$lines" ]
    diff <(sort <<<"$lines") <(sort -u "$OWNERONLY_TABLE.documented")
}
