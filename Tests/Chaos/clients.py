"""Who writes and remembers what was acknowledged, and who looks for two primaries at once."""
import array
import collections
import ctypes
import os
import select
import threading
import time

from psycopg import pq

libc = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNET = 0x40000000
# How long a client waits for an answer before it takes the connection for dead, as an application's socket timeout does.
ANSWER_LIMIT = 5.0


def enter(node):
    """This thread goes to the network of that node; None is the router's, from where it came."""
    descriptor = os.open(f"/run/netns/{node}" if node else f"/proc/{os.getpid()}/ns/net", os.O_RDONLY)
    try:
        if libc.setns(descriptor, CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns")
    finally:
        os.close(descriptor)


class Connection:
    """libpq without waiting for anybody longer than wanted: a frozen server answers no cancel request either."""

    def __init__(self, conninfo, limit=3.0):
        self.warnings = 0
        self.pg = pq.PGconn.connect_start(conninfo.encode())
        end = time.monotonic() + limit
        want = select.POLLOUT
        while True:
            if self.pg.status == pq.ConnStatus.BAD:
                raise self._failure()
            self._wait(want, end)
            status = self.pg.connect_poll()
            if status == pq.PollingStatus.OK:
                break
            if status == pq.PollingStatus.FAILED:
                raise self._failure()
            want = select.POLLIN if status == pq.PollingStatus.READING else select.POLLOUT
        self.pg.nonblocking = 1
        self.pg.notice_handler = self._notice

    def _failure(self):
        message = self.pg.error_message.decode(errors="replace").strip()
        self.close()
        return ConnectionError(message)

    def _notice(self, result):
        # A commit whose wait for a standby was broken off returns with a warning: it is not acknowledged.
        if result.error_field(pq.DiagnosticField.SEVERITY_NONLOCALIZED) == b"WARNING":
            self.warnings += 1

    def _wait(self, events, end):
        poll = select.poll()
        try:
            poll.register(self.pg.socket, events)
        except Exception:
            raise self._failure() from None
        if not poll.poll(max(0, end - time.monotonic()) * 1000):
            self.close()
            raise TimeoutError("no answer")

    def query(self, statement, *values, limit=ANSWER_LIMIT):
        """The rows, as text; raises where it was not acknowledged, or cannot be known to be."""
        self.warnings = 0
        end = time.monotonic() + limit
        self.pg.send_query_params(statement.encode(), [None if value is None else str(value).encode() for value in values])
        while self.pg.flush():
            self._wait(select.POLLIN | select.POLLOUT, end)
        rows = None
        while True:
            while self.pg.is_busy():
                self._wait(select.POLLIN, end)
                self.pg.consume_input()
            result = self.pg.get_result()
            if result is None:
                break
            if result.status not in (pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK):
                raise RuntimeError((result.error_message or b"").decode(errors="replace").strip() or str(result.status))
            rows = [
                [(result.get_value(row, column) or b"").decode() for column in range(result.nfields)]
                for row in range(result.ntuples)]
        if rows is None:
            raise RuntimeError("no result")
        if self.warnings:
            raise RuntimeError("a warning came with the commit")
        return rows

    def close(self):
        self.pg.finish()  # closes the socket, waits for nobody


# The timeline comes with the row: on two of them at once there would be two primaries.
INSERT = "insert into written values ($1::bigint) returning left(pg_walfile_name(pg_current_wal_insert_lsn()), 8)"
LOOK = ("select pg_is_in_recovery(), case when not pg_is_in_recovery() then"
        " left(pg_walfile_name(pg_current_wal_insert_lsn()), 8) end")


class Record:
    """What all clients saw together."""

    def __init__(self):
        self.lock = threading.Lock()
        self.acknowledged = array.array("q")
        self.last, self.gap, self.count = time.monotonic(), 0.0, 0
        self.first = {}  # timeline: when its first row was acknowledged, or its primary first seen open
        self.violations = []
        self.frozen_until = collections.defaultdict(float)

    def acknowledge(self, row, timeline, sent, who):
        now = time.monotonic()
        with self.lock:
            self.acknowledged.append(row)
            self.count += 1
            self.gap = max(self.gap, now - self.last)
            self.last = now
            later = [t for t, since in self.first.items() if t > timeline and since < sent]
            self.first.setdefault(timeline, now)
            if later:
                self.violations.append(
                    f"two writable primaries: {who} was acknowledged row {row} on timeline {timeline}, {now - sent:.3f} s after"
                    f" it was sent, but {later} was there before")

    def see_open(self, pod, timeline, sent):
        """An open primary answered. Whoever was frozen may do so for a moment when it thaws; nobody else."""
        now = time.monotonic()
        with self.lock:
            later = [t for t, since in self.first.items() if t > timeline and since < sent]
            if later and now > self.frozen_until[pod] + 2:
                self.violations.append(
                    f"two open primaries: {pod} answered as primary of timeline {timeline}, {now - sent:.3f} s after it was asked,"
                    f" but {later} was there before")
            if not later:
                self.first.setdefault(timeline, now)

    def restart_gap(self):
        with self.lock:
            self.gap = 0.0

    def longest_gap(self):
        with self.lock:
            return max(self.gap, time.monotonic() - self.last)

    def take_acknowledged(self):
        with self.lock:
            rows, self.acknowledged = self.acknowledged, array.array("q")
            return rows


class Client(threading.Thread):
    """Inserts rows with numbers that only it uses, and starts anew with whatever fails."""

    clients = 64  # more than there ever are: the distance between two rows of one client

    def __init__(self, number, name, record, rate):
        super().__init__(daemon=True, name=name)
        self.number, self.record, self.rate = number, record, rate
        self.next_row, self.connection, self.last_sent = number, None, 0.0
        self.errors = collections.Counter()
        self.ends = threading.Event()

    def run(self):
        while not self.ends.is_set():
            try:
                if self.connection is None:
                    self.connection = self.connect()
                self.step()
                self.ends.wait(1 / self.rate)
            except Exception as error:
                self.errors[type(error).__name__ + ": " + " ".join(str(error).split())[:90]] += 1
                if self.connection:
                    self.connection.close()
                    self.connection = None
                self.ends.wait(0.05)

    def insert(self, limit=ANSWER_LIMIT):
        row, sent = self.next_row, time.monotonic()
        self.next_row += self.clients  # also where it fails: it may have been written
        [[timeline]] = self.connection.query(INSERT, row, limit=limit)
        self.record.acknowledge(row, timeline, sent, self.name)
        self.last_sent = sent


class Writer(Client):
    def __init__(self, number, name, record, conninfo):
        super().__init__(number, name, record, rate=50)
        self.conninfo = conninfo

    def connect(self):
        return Connection(self.conninfo(), limit=10)

    def step(self):
        self.insert()


class Checker(Client):
    """Asks one pod, from within the network of its node so that no cut hides it, whether it is a primary, and tries it."""

    def __init__(self, number, pod, record, where, conninfo):
        super().__init__(number, f"checker of {pod}", record, rate=5)
        self.pod, self.where, self.conninfo = pod, where, conninfo

    def connect(self):
        node, address = self.where(self.pod)
        enter(node)
        return Connection(self.conninfo(address), limit=1)

    def step(self):
        sent = time.monotonic()
        [[in_recovery, timeline]] = self.connection.query(LOOK, limit=1)
        if in_recovery == "f":
            self.record.see_open(self.pod, timeline, sent)
            self.insert(limit=1)
