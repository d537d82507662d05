#!/usr/bin/env python3
"""Runs what `run` says, in turns, and writes one JSON object a measurement.

wall: until the command returns. cpu: user and system time of the command and all it leaves behind; of Matriarch's archiver too.
rss: of the largest process. store_cpu: rclone and nginx."""
import ctypes, filecmp, glob, json, os, resource, shutil, signal, statistics, subprocess, sys, time

ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER: daemons that a tool leaves behind are ours to wait for
BENCH, BIN, PEERS = os.environ["BENCH"], os.environ["MATRIARCH_BIN"], os.environ["PEERS"]
SEGMENTS, STORE, SOCKET = BENCH + "/segments", BENCH + "/store", BENCH + "/m.sock"
names = sorted(os.listdir(SEGMENTS))
env = dict(
    os.environ, AWS_ACCESS_KEY_ID="benchkey", AWS_SECRET_ACCESS_KEY="benchsecret", AWS_DEFAULT_REGION="us-east-1", AWS_REGION="us-east-1",
    PGHOST=BENCH + "/db", PGPORT="15466", PGUSER="postgres", PATH=os.environ["PGBIN"] + ":" + os.environ["PATH"])
out = open(os.environ["MATRIARCH_BENCH_OUT"], "a")
tick = os.sysconf("SC_CLK_TCK")
S3 = ["--endpoint-url", "http://127.0.66.2:19000"]
# What each tool calls it; barman-cloud knows zstd for the log only.
SUFFIX = {"none": "none", "gzip": "gz", "lz4": "lz4", "zstd": "zst"}
BARMAN = {"none": [], "gzip": ["-z"], "lz4": ["--lz4"], "zstd": ["--zstd"]}


def words(name):
    return [word for word in os.environ[name].split(",") if word]


def stat_cpu(pid):
    try:
        fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / tick
    except OSError:
        return 0


def store_cpu():
    pids = [open(f"{BENCH}/{name}.pid").read().strip() for name in ("rclone", "nginx")]
    pids += subprocess.run(["pgrep", "-P", pids[1]], capture_output=True, text=True).stdout.split()
    return sum(stat_cpu(pid) for pid in pids)


class Meter:
    """Adds up what the children used."""

    def __enter__(self):
        self.cpu, self.rss, self.store, self.begin = 0, 0, store_cpu(), time.monotonic()
        return self

    def run(self, command):
        child = subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=open(BENCH + "/err", "wb"))
        while True:  # what a command before it has left behind may end first
            pid, status, usage = os.wait4(-1, 0)
            self.add(usage)
            if pid == child.pid:
                break
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            print("FAILED", " ".join(command), child.returncode, open(BENCH + "/err").read()[-1500:], flush=True)
            raise SystemExit(2)

    def add(self, usage):
        self.cpu += usage.ru_utime + usage.ru_stime
        self.rss = max(self.rss, usage.ru_maxrss / 1024)

    def __exit__(self, *_):
        self.wall = time.monotonic() - self.begin

    def settle(self):
        """Waits for what was left behind."""
        try:
            while True:
                self.add(os.wait4(-1, 0)[2])
        except ChildProcessError:
            pass
        return dict(wall=round(self.wall, 3), cpu=round(self.cpu, 2), rss=round(self.rss), store_cpu=round(store_cpu() - self.store, 2))


def record(**fields):
    out.write(json.dumps(fields) + "\n")
    out.flush()
    print(time.strftime("%H:%M:%S"), " ".join(f"{key} {value}" for key, value in fields.items() if value is not None), flush=True)


def fresh(path, mode=0o700):
    shutil.rmtree(path, ignore_errors=True)
    os.makedirs(path, mode)
    return path


def size(path):
    return sum(os.path.getsize(os.path.join(folder, name)) for folder, _, found in os.walk(path) for name in found)


def fake_server():
    """A data directory with the segments in pg_wal, all still to be archived."""
    data = fresh(BENCH + "/fake")
    os.makedirs(data + "/pg_wal/archive_status")
    os.makedirs(data + "/global")
    shutil.copy(BENCH + "/db/data/PG_VERSION", data)
    shutil.copy(BENCH + "/db/data/global/pg_control", data + "/global/")
    for name in names:
        os.link(f"{SEGMENTS}/{name}", f"{data}/pg_wal/{name}")
        open(f"{data}/pg_wal/archive_status/{name}.ready", "w").close()
    return data


def pgbackrest(store, repo, *arguments):
    path = f"{BENCH}/pgbr/{repo}" if store == "directory" else f"/{repo}"
    return ["pgbackrest", f"--config={BENCH}/pgbr/{store}.conf", "--stanza=peers", f"--repo1-path={path}", *arguments]


def pgbackrest_folder(store, repo):
    return f"{BENCH}/pgbr/{repo}" if store == "directory" else f"{STORE}/pgbr/{repo}"


def matriarch(store, verb, *arguments):
    place = f"file://{BENCH}/directory" if store == "directory" else "s3://matriarch/b"
    options = ["--destination-path", place] + ([] if store == "directory" else S3)
    return [BIN + "/matriarch", "storage", verb, *options, *arguments]


def matriarch_folder(store, server):
    return f"{BENCH}/directory/{server}" if store == "directory" else f"{STORE}/matriarch/b/{server}"


class Archiver:
    """Matriarch's, as it runs beside a server."""

    def __init__(self, store, server, data, compression, jobs=2):
        command = matriarch(store, "archiver", server, "--data", data, "--socket", SOCKET, "--compression", compression, "--jobs", str(jobs))
        self.child = subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=open(BENCH + "/archiver.log", "wb"))
        while not os.path.exists(SOCKET):
            if self.child.poll() is not None:
                print(open(BENCH + "/archiver.log").read())
                raise SystemExit(2)
            time.sleep(0.01)

    def end(self, meter=None):
        self.child.send_signal(signal.SIGTERM)
        _, _, usage = os.wait4(self.child.pid, 0)
        self.child.returncode = 0
        if meter:
            meter.add(usage)
        if os.path.exists(SOCKET):
            os.unlink(SOCKET)


def series(commands, after=lambda index: None):
    """One command after another, as postgres calls them."""
    each = []
    with Meter() as meter:
        for index, command in enumerate(commands):
            begin = time.monotonic()
            meter.run(command)
            each.append(time.monotonic() - begin)
            after(index)
    return meter, dict(median=round(statistics.median(each), 4), worst=round(max(each), 4))


def archive(tool, store, compression, number):
    data = fake_server()

    def done(index):
        os.rename(f"{data}/pg_wal/archive_status/{names[index]}.ready", f"{data}/pg_wal/archive_status/{names[index]}.done")

    server = f"log-{compression}"
    if tool == "matriarch":
        shutil.rmtree(matriarch_folder(store, server), ignore_errors=True)
        if store == "s3":
            time.sleep(6)  # the store's cache of directories holds for 5 s
        archiver = Archiver(store, server, data, compression)
        meter, each = series([[BIN + "/matriarch-wal", "archive", SOCKET, f"pg_wal/{name}"] for name in names], done)
        archiver.end(meter)
        folder = matriarch_folder(store, server)
        assert len(glob.glob(f"{folder}/wals/*/*")) == len(names)
        yield "matriarch", meter, each, folder
    elif tool == "barman" and store == "s3":
        server = f"log-{compression}-{number}"
        meter, each = series([
            [PEERS + "/barman-cloud-wal-archive", *S3, *BARMAN[compression], "s3://barman/w", server, f"{SEGMENTS}/{name}"] for name in names])
        yield "barman", meter, each, f"{STORE}/barman/w/{server}"
    elif tool == "pgbackrest":
        for mode in ("sync", "async"):
            data = fake_server()
            repo = f"log-{compression}-{mode}"
            shutil.rmtree(pgbackrest_folder(store, repo), ignore_errors=True)
            fresh(BENCH + "/pgbr/spool")
            if store == "s3":
                time.sleep(6)
            subprocess.run(pgbackrest(store, repo, f"--pg1-path={data}", "--no-online", "stanza-create"), env=env, check=True)
            options = [f"--pg1-path={data}", f"--compress-type={SUFFIX[compression]}", "--process-max=2"] + (["--archive-async"] if mode == "async" else [])
            meter, each = series([pgbackrest(store, repo, *options, "archive-push", f"{data}/pg_wal/{name}") for name in names], done)
            yield f"pgbackrest {mode}", meter, each, pgbackrest_folder(store, repo)


def fetch(tool, store, compression, number):
    target = fresh(BENCH + "/fetched")
    if tool == "matriarch":
        meter, each = series([matriarch(store, "wal-restore", f"log-{compression}", name, f"{target}/{name}") for name in names])
        yield "matriarch", meter, each, target
    elif tool == "barman" and store == "s3":
        server = os.path.basename(sorted(glob.glob(f"{STORE}/barman/w/log-{compression}-*"))[-1])
        meter, each = series([[PEERS + "/barman-cloud-wal-restore", *S3, "s3://barman/w", server, name, f"{target}/{name}"] for name in names])
        yield "barman", meter, each, target
    elif tool == "pgbackrest":
        for mode in ("sync", "async"):
            data, target = fake_server(), fresh(BENCH + "/fetched")
            fresh(BENCH + "/pgbr/spool")
            options = [f"--pg1-path={data}", "--process-max=2"] + (["--archive-async"] if mode == "async" else [])
            meter, each = series([pgbackrest(store, f"log-{compression}-sync", *options, "archive-get", name, f"{target}/{name}") for name in names])
            yield f"pgbackrest {mode}", meter, each, target


def archive_with(command):
    with open(BENCH + "/archive.new", "w") as script:
        script.write(f"#!/bin/sh\n{command}\n")
    os.chmod(BENCH + "/archive.new", 0o755)
    os.rename(BENCH + "/archive.new", BENCH + "/archive")


def backup(tool, store, compression, number):
    server = f"base-{compression}"
    if tool == "matriarch":
        folder = matriarch_folder(store, server)
        shutil.rmtree(folder, ignore_errors=True)
        if store == "s3":
            time.sleep(6)
        archiver = Archiver(store, server, BENCH + "/db/data", compression)
        archive_with(f'exec {BIN}/matriarch-wal archive {SOCKET} "$1"')
        command = matriarch(
            store, "backup", server, "--data", BENCH + "/db/data", "--compression", compression, "--jobs", "2", "--immediate-checkpoint")
        with Meter() as meter:
            meter.run(command)
        archive_with("exit 0")
        archiver.end()
        yield "matriarch", meter, {}, folder + "/base"
    elif tool == "barman" and store == "s3" and compression != "zstd":
        folder = f"{STORE}/barman/b/{server}"
        shutil.rmtree(folder, ignore_errors=True)
        time.sleep(6)
        command = [
            PEERS + "/barman-cloud-backup", *S3, *BARMAN[compression], "--immediate-checkpoint", "-J", "2", "-h", BENCH + "/db", "-p", "15466", "-U",
            "postgres", "s3://barman/b", server]
        with Meter() as meter:
            meter.run(command)
        yield "barman", meter, {}, folder
    elif tool == "pgbackrest":
        folder = pgbackrest_folder(store, server)
        shutil.rmtree(folder, ignore_errors=True)
        if store == "s3":
            time.sleep(6)
        subprocess.run(pgbackrest(store, server, "--no-online", "stanza-create"), env=env, check=True)
        command = pgbackrest(store, server, f"--compress-type={SUFFIX[compression]}", "--process-max=2", "--type=full", "--no-archive-check", "backup")
        with Meter() as meter:
            meter.run(command)
        yield "pgbackrest", meter, {}, folder


def restore(tool, store, compression, number):
    server, target = f"base-{compression}", fresh(BENCH + "/restored")
    os.sync()
    if tool == "matriarch":
        command = matriarch(store, "restore", server, target, "--jobs", "2")
    elif tool == "barman" and store == "s3" and compression != "zstd":
        backup_id = sorted(os.listdir(f"{STORE}/barman/b/{server}/base"))[-1]
        command = [PEERS + "/barman-cloud-restore", *S3, "s3://barman/b", server, backup_id, target]
    elif tool == "pgbackrest":
        command = pgbackrest(store, server, f"--pg1-path={target}", "--process-max=2", "restore")
    else:
        return
    with Meter() as meter:
        meter.run(command)
    yield tool, meter, {}, target


PARTS = {"archive": archive, "fetch": fetch, "backup": backup, "restore": restore}


def database_size():
    query = "select sum(pg_database_size(oid)) from pg_database"
    return int(subprocess.run(["psql", "-XAtqc", query, "postgres"], env=env, capture_output=True, text=True, check=True).stdout)


def main():
    bytes_of = {"archive": 64 << 24, "fetch": 64 << 24}
    bytes_of["backup"] = bytes_of["restore"] = database_size()
    tools = words("TOOLS")
    for part in words("PARTS"):
        for number in range(int(os.environ["ROUNDS"])):
            for compression in words("COMPRESSION"):
                for store in words("STORES"):
                    for tool in tools[number % len(tools):] + tools[:number % len(tools)]:
                        for name, meter, each, folder in PARTS[part](tool, store, compression, number):
                            begin = time.monotonic()
                            os.sync()
                            sync = time.monotonic() - begin
                            figures = meter.settle()
                            if part == "fetch":
                                assert all(filecmp.cmp(f"{folder}/{each_name}", f"{SEGMENTS}/{each_name}", shallow=False) for each_name in names)
                            record(
                                part=part, tool=name, store=store, compression=compression, round=number + 1, **figures, **each,
                                sync=round(sync, 2), mb_s=round(bytes_of[part] / figures["wall"] / 1e6, 1), stored_mb=round(size(folder) / 1e6))


main()
