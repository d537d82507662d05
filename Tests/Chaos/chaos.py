#!/usr/bin/env python3
"""The chaos test of the failover: real postgres, real processes, each node in a network of its own.

Four writers insert rows and remember what was acknowledged: two through the service `-rw`, two through libpq with all three
pods as hosts. Faults come at random times from a printed seed. It fails on an acknowledged row that is missing or there
twice, on two primaries at once, and where writes or three healthy instances do not come back in time.

Run it by Tests/Chaos/run or `make chaos`.
"""
import argparse
import array
import base64
import collections
import json
import random
import statistics
import sys
import threading
import time

import plane as planes
from clients import Checker, Connection, Record, Writer
from faults import Faults
from network import Network
from plane import CLUSTER, NAMESPACE, Plane, wait_until

WRITES_LIMIT, HEALTHY_LIMIT = 60, 90  # seconds; times MATRIARCH_PATIENCE
LONG_OUTAGE = 5  # seconds that are worth a line
NODES = ["local-1", "local-2", "local-3"]


class Failure(Exception):
    pass


class Chaos:
    def __init__(self, options):
        self.options = options
        self.random = random.Random(options.seed)
        self.network = Network(options.block, NODES)
        self.plane = Plane(options.folder, self.network)
        self.record = Record()
        self.faults = Faults(self.random, self.plane, self.network, self.record)
        self.history, self.outages, self.recoveries = [], collections.defaultdict(list), collections.defaultdict(list)
        self.checkers, self.repairs = {}, []
        self.acknowledged, self.count, self.begin = array.array("q"), 0, time.monotonic()
        self.journal = open(f"{options.folder}/logs/journal", "w")

    def say(self, text):
        line = f"{time.strftime('%H:%M:%S')}.{int(time.time() * 1000) % 1000:03d} {text}"
        print(line)
        print(line, file=self.journal, flush=True)

    # The set-up

    def start(self):
        self.network.make()
        self.plane.start()
        self.plane.create_cluster(self.options.durability)
        wait_until("three instances are healthy", HEALTHY_LIMIT, self.plane.is_healthy)
        api = self.plane.api
        self.login, self.superuser = self.credentials("app"), self.credentials("superuser")
        service = api.get(f"/api/v1/namespaces/{NAMESPACE}/services/{CLUSTER}-rw")["spec"]["clusterIP"]
        self.service = f"host={service} {self.login}"
        self.faults.look()
        connection = Connection(self.service)
        # Not unique: what is there twice must be seen.
        connection.query("create table written (row bigint not null)")
        connection.query("create index on written (row)")
        connection.close()
        self.writers = [Writer(n, f"writer {n} by service", self.record, lambda: self.service) for n in (0, 1)]
        self.writers += [Writer(n, f"writer {n} by hosts", self.record, self.hosts) for n in (2, 3)]
        for thread in [*self.writers, threading.Thread(target=self.look, daemon=True)]:
            thread.start()
        self.writes_go_on()

    def hosts(self):
        addresses = ",".join(address for _, address, _ in self.faults.pods.values())
        return f"host={addresses} target_session_attrs=read-write {self.login}"

    def credentials(self, user):
        data = self.plane.api.get(f"/api/v1/namespaces/{NAMESPACE}/secrets/{CLUSTER}-{user}")["data"]
        name, password = (base64.b64decode(data[key]).decode() for key in ("username", "password"))
        return f"dbname=app user={name} password={password} sslmode=require connect_timeout=2"

    def look(self):
        """Keeps up with the pods: where they are, and that each has its checker."""
        while True:
            for pod in self.faults.look():
                if pod not in self.checkers:
                    self.checkers[pod] = Checker(
                        len(self.writers) + len(self.checkers), pod, self.record, lambda pod: self.faults.pods[pod][:2],
                        lambda address: f"host={address} {self.login}")
                    self.checkers[pod].start()
            time.sleep(0.3)

    # One round: a fault, or several at once, each undone in its time

    def round(self):
        number = 1 if self.random.random() < 0.8 else self.random.choice([2, 2, 3])
        kinds = [self.faults.draw(self.options.only) for _ in range(number)]
        self.record.restart_gap()
        threads = [threading.Thread(target=self.fault, args=(kind,)) for kind in kinds]
        for thread in threads:
            thread.start()
            time.sleep(self.random.choice([0, 0.05, 0.3, 1]))
        for thread in threads:
            thread.join()
        undone = time.monotonic()
        self.writes_go_on(undone)
        name, outage = kinds[0] if number == 1 else "several at once", self.record.longest_gap()
        self.outages[name].append(outage)
        if outage > LONG_OUTAGE:
            self.say(f"     nobody could write for {outage:.1f} s")
        if self.random.random() < self.options.rest:
            self.healthy(undone, name)
        else:
            time.sleep(self.random.choice([0, self.random.uniform(0, 1), self.random.uniform(1, 5)]))
        self.check()

    def fault(self, kind):
        try:
            what, seconds, undo = self.faults.begin(kind)
        except Exception as error:  # an API server that is away deletes no pod: then nothing has happened
            self.say(f"     {kind}: not done, {error}")
            return
        self.count += 1
        self.history.append(f"{kind}: {what}")
        self.say(f"{self.count:4} {kind}: {what}")
        if undo:
            time.sleep(seconds)
            undo()

    def writes_go_on(self, since=None):
        since = since or time.monotonic()
        wait_until("all writers' rows are acknowledged again", WRITES_LIMIT,
                   lambda: all(writer.last_sent > since for writer in self.writers))

    def is_healthy(self):
        """The Cluster says so, its pods do, and both standbys stream, which neither of them looks at."""
        self.plane.delete_put_off()
        return self.plane.is_healthy() and len(self.streaming()) == 2

    def streaming(self):
        connection = Connection(self.service.replace(self.login, self.superuser))
        try:
            names = connection.query("select application_name from pg_stat_replication where state = 'streaming'")
            # Who is not counted has not caught up.
            return {name.split(".")[0] for [name] in names if not name.endswith(".uncounted") and not name.endswith("-join")}
        finally:
            connection.close()

    def healthy(self, since, name=None):
        try:
            wait_until("three instances are healthy", HEALTHY_LIMIT, self.is_healthy)
        except planes.TooLate as error:
            if not self.options.repair:
                raise
            self.repair(error)
        if name:
            self.recoveries[name].append(time.monotonic() - since)
        self.verify()

    def repair(self, error):
        """As an administrator would: the volume of whoever does not come back is deleted, and an instance made anew."""
        streaming = self.streaming()
        stuck = [pod for pod in self.plane.pods() if pod not in streaming and pod != self.faults.primary]
        self.repairs.append(f"{error}: {', '.join(stuck)} made anew, after {self.history[-1]}")
        self.say(f"     REPAIRED {self.repairs[-1]}")
        for pod in stuck:
            self.plane.delete_volume(pod)
            self.plane.delete_pod(pod, 0)
        wait_until("three instances are healthy after the repair", HEALTHY_LIMIT, self.is_healthy)

    # What must not be

    def check(self):
        if self.record.violations:
            raise Failure("\n".join(self.record.violations[:10]))

    def verify(self):
        """That what was acknowledged since the last time is there, on the primary; at the end once more for all."""
        rows = self.record.take_acknowledged()
        self.require(rows)
        self.acknowledged.extend(rows)

    def require(self, rows):
        wanted, missing = set(rows), []

        def ask():
            connection = Connection(self.service)
            try:
                low, high = (min(wanted), max(wanted)) if wanted else (0, 0)
                found = connection.query("select distinct row from written where row between $1 and $2", low, high, limit=120)
                missing[:] = wanted - {int(row) for [row] in found}
                return True
            finally:
                connection.close()
        wait_until("the primary is asked for the rows", WRITES_LIMIT, ask)
        if missing:
            raise Failure(f"{len(missing)} acknowledged rows are missing, such as {sorted(missing)[:10]}")

    def finish(self):
        """Everything healed and everybody asked."""
        clients = [*self.writers, *self.checkers.values()]
        for client in clients:
            client.ends.set()
        for client in clients:
            client.join(30)
        self.healthy(time.monotonic())
        self.check()
        # What was there once may have gone with a later primary.
        for start in range(0, len(self.acknowledged), 100_000):
            self.require(self.acknowledged[start:start + 100_000])
        total = {}

        def ask():
            for pod, (_, address, _) in self.plane.pods().items():
                connection = Connection(f"host={address} {self.login}")
                try:
                    total[pod] = connection.query(
                        "select count(*), count(distinct row), coalesce(sum(hashint8(row)::bigint), 0) from written", limit=300)[0]
                finally:
                    connection.close()
            # Standbys replay a moment later than they confirm.
            return len(total) == 3 and len({tuple(row) for row in total.values()}) == 1
        try:
            wait_until("all three have the same rows", 60, ask)
        except planes.TooLate:
            raise Failure(f"the instances differ (rows, different ones, sum of hashes): {total}") from None
        rows, different, _ = next(iter(total.values()))
        if rows != different:
            raise Failure(f"{int(rows) - int(different)} rows are there more than once")
        return int(rows)

    # The whole of it

    def run(self):
        options = self.options
        self.say(f"seed {options.seed}, durability {options.durability}")
        self.start()
        self.say(f"three instances, {', '.join(f'{pod} on {at[0]}' for pod, at in sorted(self.faults.pods.items()))}")
        self.begin = time.monotonic()
        while self.count < options.faults and time.monotonic() - self.begin < options.minutes * 60:
            self.round()
        rows = self.finish()
        self.say(f"{self.count} faults, {len(self.acknowledged)} acknowledged rows of {rows}: none missing, none twice, never two primaries")

    def report(self):
        def line(name, outages, recoveries):
            median = f"{statistics.median(outages):8.2f} {max(outages):8.2f}" if outages else f"{'-':>8} {'-':>8}"
            healthy = f"{statistics.median(recoveries):8.1f} {max(recoveries):8.1f}" if recoveries else f"{'-':>8} {'-':>8}"
            self.say(f"{name:32} {len(outages):5}  {median}  {healthy}")
        self.say(f"{'seconds':32} {'count':>5}  {'outage: median, max':>17}  {'healthy: median, max':>17}")
        for name in sorted(self.outages):
            line(name, self.outages[name], self.recoveries[name])
        for repair in self.repairs:
            self.say(f"repaired: {repair}")
        errors = collections.Counter()
        for client in self.writers:
            errors.update(client.errors)
        for error, count in errors.most_common(8):
            self.say(f"{count:6} times: {error}")
        with open(f"{self.options.folder}/logs/results.json", "w") as file:
            json.dump({"seed": self.options.seed, "faults": self.count, "outages": self.outages, "recoveries": self.recoveries}, file)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", required=True, help="where programs are, and state and logs go")
    parser.add_argument("--block", default="10.213", help="two bytes of the addresses; nobody outside sees them")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--faults", type=int, default=10**9)
    parser.add_argument("--minutes", type=float, default=10**9)
    parser.add_argument("--rest", type=float, default=0.3, help="how often three healthy instances are waited for before the next fault")
    parser.add_argument("--only", nargs="+", help="only kinds whose names contain one of these words")
    parser.add_argument("--repair", action="store_true", help="make an instance anew that does not come back, and go on; fails at the end")
    parser.add_argument("--durability", choices=["members", "required"],
                        help="how a standby is asked to confirm: minSyncReplicas, or synchronous.dataDurability; drawn by the seed")
    options = parser.parse_args()
    options.durability = options.durability or ["members", "required"][options.seed % 2]
    chaos = Chaos(options)
    try:
        chaos.run()
    except Exception as error:
        chaos.say(f"FAILED with seed {options.seed}: {error if isinstance(error, (Failure, planes.TooLate)) else repr(error)}")
        try:
            chaos.say(chaos.plane.record())
        except Exception as unknown:
            chaos.say(f"the API server does not say who leads: {unknown!r}")
        chaos.say("the last faults:")
        for entry in chaos.history[-8:]:
            chaos.say(f"  {entry}")
        chaos.say(f"logs of pods, nodes and control plane: {options.folder}/logs")
        return 1
    finally:
        if chaos.outages:
            chaos.report()
    return 1 if chaos.repairs else 0


if __name__ == "__main__":
    sys.exit(main())
