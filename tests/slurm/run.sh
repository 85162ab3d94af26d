#!/usr/bin/env bash
# A sweep on a real SLURM: one node on this machine, with its own keys, ports and folders.
# Usage: tests/slurm/run.sh [PYTHON]. Says in one line why not where it cannot be done.
set -euo pipefail
cd "$(dirname "$0")/../.."
PYTHON=$(realpath -s "${1:-.venv/bin/python}")

skip() { echo "SLURM test not run: $*"; exit 0; }

export PATH="$PATH:/usr/sbin:/sbin"
if ! command -v slurmctld slurmd munged >/dev/null; then
    [ "$(id -u)" = 0 ] || skip "slurm-wlm is not installed, and installing it needs root"
    command -v apt-get >/dev/null || skip "slurm-wlm is not installed, and there is no apt-get"
    export DEBIAN_FRONTEND=noninteractive
    { apt-get update && apt-get install -y --no-install-recommends slurm-wlm munge; } >/dev/null 2>&1 \
        || skip "apt-get could not install slurm-wlm"
fi
[ "$(id -u)" = 0 ] || skip "slurmd starts jobs as their owner, which needs root"
"$PYTHON" -c "import submitit" 2>/dev/null || skip "submitit is not installed"

folder=$(mktemp -d -t slurm-test.XXXXXX)
export SLURM_CONF="$folder/slurm.conf"
stop() {
    for name in slurmd slurmctld munged; do
        [ ! -f "$folder/$name.pid" ] || kill "$(cat "$folder/$name.pid")" 2>/dev/null || true
    done
    sleep 1
    rm -rf "$folder"
}
trap stop EXIT

node=$(hostname -s)
memory=$(awk '/MemTotal/ {print int($2 / 1100)}' /proc/meminfo)  # MB, a little less than there is
mkdir "$folder/state" "$folder/spool"
chmod 755 "$folder"
dd if=/dev/urandom of="$folder/munge.key" bs=64 count=1 2>/dev/null
chmod 600 "$folder/munge.key"
munged --force --key-file="$folder/munge.key" --socket="$folder/munge.socket" \
    --pid-file="$folder/munged.pid" --log-file="$folder/munged.log" \
    --seed-file="$folder/munge.seed" --num-threads=2
# No cgroups, so that it runs in a container; no accounting, so that it needs no database.
cat > "$SLURM_CONF" <<CONF
ClusterName=test
SlurmctldHost=$node(127.0.0.1)
SlurmUser=root
SlurmctldPort=26817
SlurmdPort=26818
AuthType=auth/munge
AuthInfo=socket=$folder/munge.socket
CredType=cred/munge
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
ReturnToService=2
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=sched_min_interval=0,batch_sched_delay=1
JobRequeue=1
KillWait=2
NodeName=$node NodeAddr=127.0.0.1 CPUs=2 RealMemory=$memory State=UNKNOWN
PartitionName=test Nodes=$node Default=YES MaxTime=60 State=UP OverSubscribe=NO
CONF
slurmctld
slurmd -N "$node" 2>/dev/null || slurmd

for _ in $(seq 30); do
    [ "$(sinfo --noheader --format=%T 2>/dev/null)" = idle ] && break
    sleep 1
done
[ "$(sinfo --noheader --format=%T 2>/dev/null)" = idle ] \
    || { tail -n 5 "$folder"/slurm*.log; echo "SLURM did not start"; exit 1; }
timeout 240 "$PYTHON" tests/slurm/scenario.py "$folder"
