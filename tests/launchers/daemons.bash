# The daemons that some launchers need: started by a test, and stopped by its teardown.
#
# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154

daemon() {
    "$@" >>"$work/daemons" 2>&1 </dev/null 3>&- 4>&- &
    daemons+=($!)
}

# All, or the last $1.
stop_daemons() {
    local pid left=${1:-${#daemons[@]}}
    # The last one first: it may need the others to end well.
    for (( ; left > 0; left--)); do
        pid=${daemons[-1]}
        unset 'daemons[-1]'
        kill "$pid" 2>/dev/null || true
        wait_until has_ended "$pid" || kill -KILL "$pid"
        wait "$pid" || true
    done
}

# A child that nobody has waited for is a zombie.
has_ended() {
    local state
    state=$(ps -o state= -p "$1") || return 0
    [ "$state" = Z ]
}

# What a daemon is told by its configuration; $1 is the documented part of that.
start_cron() {
    stop_daemons
    printf '%s\n' "$1" >/var/spool/cron/crontabs/root
    chmod 600 /var/spool/cron/crontabs/root
    # It tells a boot by this.
    rm -f /run/crond.reboot
    daemon cron -f
}

start_supervisor() {
    stop_daemons
    cat >"$work/supervisord.conf" <<TEXT
[supervisord]
nodaemon = true
logfile = $work/supervisord.log
pidfile = $work/supervisord.pid
childlogdir = $work
user = root
$1
autorestart = false
startsecs = 0
TEXT
    daemon supervisord -c "$work/supervisord.conf"
}

# $1: a line of its configuration, if any.
start_sshd() {
    mkdir -p /run/sshd ~/.ssh "$work/ssh"
    [ -e ~/.ssh/id_ed25519 ] || ssh-keygen -q -t ed25519 -N '' -f ~/.ssh/id_ed25519
    cp ~/.ssh/id_ed25519.pub ~/.ssh/authorized_keys
    rm -f "$work/ssh/host"
    ssh-keygen -q -t ed25519 -N '' -f "$work/ssh/host"
    cat >"$work/ssh/sshd_config" <<TEXT
ListenAddress 127.0.0.1:2222
HostKey $work/ssh/host
PidFile none
UsePAM yes
$*
TEXT
    cat >~/.ssh/config <<TEXT
Host node
    HostName 127.0.0.1
    Port 2222
    StrictHostKeyChecking no
    UserKnownHostsFile $work/ssh/known_hosts
TEXT
    daemon /usr/sbin/sshd -D -e -f "$work/ssh/sshd_config"
    wait_until ssh node true 2>/dev/null
}

# One node, which also controls.
start_slurm() {
    command -v slurmd >/dev/null || unavailable "slurm-wlm is not installed"
    command -v munged >/dev/null || unavailable "munge is not installed"
    mkdir -p /run/munge "$work"/slurm/{state,spool}
    chown munge:munge /run/munge
    printf '#!/bin/sh\n' >"$work/slurm/prolog"
    chmod 755 "$work/slurm/prolog"
    cat >"$work/slurm/slurm.conf" <<TEXT
ClusterName=one
SlurmctldHost=node
SlurmUser=root
SlurmctldPidFile=$work/slurm/slurmctld.pid
SlurmdPidFile=$work/slurm/slurmd.pid
StateSaveLocation=$work/slurm/state
SlurmdSpoolDir=$work/slurm/spool
AuthType=auth/munge
ProctrackType=proctrack/pgid
TaskPlugin=task/none
MailProg=/bin/true
SwitchType=switch/none
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
ReturnToService=2
TaskProlog=$work/slurm/prolog
NodeName=node CPUs=1 State=UNKNOWN
PartitionName=all Nodes=node Default=YES State=UP
TEXT
    echo CgroupPlugin=cgroup/v1 >"$work/slurm/cgroup.conf"
    export SLURM_CONF=$work/slurm/slurm.conf
    daemon setpriv --reuid=munge --regid=munge --clear-groups munged --foreground
    wait_until [ -S /run/munge/munge.socket.2 ]
    daemon slurmctld -D
    daemon slurmd -D -N node
    wait_until node_is_idle
}

node_is_idle() {
    [ "$(timeout 5 sinfo --noheader --format=%T 2>/dev/null)" = idle ]
}

start_dask() {
    daemon dask-scheduler --host 127.0.0.1 --port 8786 --no-dashboard
    wait_until python3 -c 'import socket; socket.create_connection(("127.0.0.1", 8786))'
}

# A worker, and the job in it.
start_dask_worker() {
    daemon bash -c "exec env ${1/dask-worker/dask-worker --nworkers 1 --nthreads 1 --no-dashboard}"
    LD_PRELOAD='' python3 -B /srv/site/dask_job.py submit
    stop_daemons 1
}
