#!/usr/bin/env python3
# Given to the project, as it is, so that figures can be compared with those that others took with it; the harness beside it is ours.
"""Write-availability probe for any PostgreSQL-speaking endpoint.

N client connections insert rows (unique id, autocommit, one row per commit) through one DSN at up to
--rate commits/s each, reconnect at once on error, and log every acknowledged commit with CLOCK_MONOTONIC
time.  At --fault-at seconds a shell command is run as the fault.  Afterwards the table is read back.

Reports (JSON, stdout or --out):
  outage_s            longest gap without ANY acknowledged commit that ends after the fault (all clients merged)
  outage_start_s      start of that gap, relative to the start of the fault command (negative: began before)
  outage_end_s        end of that gap, relative to the start of the fault command
  client_outage_s     per client: its own longest gap
  unavailable_s       sum of all merged gaps longer than --gap-floor after the fault
  errors / errors_by_kind   errors seen by clients (statement errors, broken connections, failed connects, timeouts)
  lost                acknowledged rows that are not in the table afterwards (ids in lost_ids, first 20)
  duplicates          ids present more than once
  unacked_present     rows whose commit was never acknowledged but which are there (legal, ambiguous commits)
A statement without answer for --op-timeout seconds counts as an error: the client drops the connection and
reconnects (what an application's socket timeout does).  0 turns that off.

Only psycopg 3 is needed:  pip install 'psycopg[binary]'
Example:
  probe.py --dsn 'host=a,b,c port=5432 dbname=app user=app target_session_attrs=read-write' \
           --fault-at 5 --fault-cmd 'kill -9 1234' --max-seconds 90
"""
import argparse, collections, json, os, select, subprocess, sys, threading, time
import psycopg
from psycopg import pq
from psycopg.conninfo import make_conninfo

mono = time.monotonic


class Client(threading.Thread):
    def __init__(self, no, a, shared):
        super().__init__(daemon=True)
        self.no, self.a, self.sh = no, a, shared
        self.acks = []          # (id, t_sent, t_acked)
        self.tried = 0
        self.errors = []        # (t, kind, text)
        self.notices = collections.Counter()
        self.conn = None
        self.connects = 0

    def err(self, kind, text):
        self.errors.append((mono(), kind, " ".join(str(text).split())[:160]))

    def raw_connect(self, seconds):
        """One connection attempt cut off after `seconds` (libpq's own connect_timeout cannot go under 2 s)."""
        pg = pq.PGconn.connect_start(make_conninfo(self.a.dsn).encode())
        end = mono() + seconds
        try:
            want = select.POLLOUT
            while True:
                if pg.status == pq.ConnStatus.BAD:
                    raise RuntimeError(pg.error_message.decode("utf8", "replace") if isinstance(pg.error_message, bytes) else pg.error_message)
                p = select.poll()
                p.register(pg.socket, want)
                left = end - mono()
                if left <= 0 or not p.poll(left * 1000):
                    raise RuntimeError("connect deadline expired")
                st = pg.connect_poll()
                if st == pq.PollingStatus.OK:
                    pg.nonblocking = 1
                    return psycopg.Connection(pg)
                want = select.POLLIN if st == pq.PollingStatus.READING else select.POLLOUT
        except BaseException:
            pg.finish()
            raise

    def connect(self):
        a = self.a
        try:
            if a.connect_deadline:
                c = self.raw_connect(a.connect_deadline)
            else:
                c = psycopg.connect(make_conninfo(a.dsn, connect_timeout=str(a.connect_timeout)), autocommit=True)
            c.add_notice_handler(lambda d: self.notices.update([(d.message_primary or "")[:80]]))
            self.connects += 1
            return c
        except Exception as e:
            self.err("connect", e)
            return None

    def drop(self):
        try:
            self.conn.pgconn.finish()     # close the socket; never waits for the server
        except Exception:
            pass
        self.conn = None

    def insert(self, rid):
        """True when acknowledged; raises otherwise."""
        pg = self.conn.pgconn
        pg.send_query_params(self.a.insert_sql.encode(), [str(rid).encode(), str(self.no).encode()])
        fd = pg.socket
        p = select.poll()
        limit = mono() + self.a.op_timeout if self.a.op_timeout else None
        while True:
            f = pg.flush()
            if not f:
                break
            p.register(fd, select.POLLOUT | select.POLLIN)
            if not p.poll(1000) and limit and mono() > limit:
                raise TimeoutError("send")
        p.register(fd, select.POLLIN)
        ok = False
        while True:
            while pg.is_busy():
                left = None if limit is None else limit - mono()
                if left is not None and left <= 0:
                    raise TimeoutError("no answer")
                if p.poll(None if left is None else left * 1000):
                    pg.consume_input()
            r = pg.get_result()
            if r is None:
                break
            if r.status == pq.ExecStatus.COMMAND_OK:
                ok = True
            else:
                raise RuntimeError((r.error_message or b"").decode("utf8", "replace") or str(r.status))
        if not ok:
            raise RuntimeError("no result")

    def run(self):
        a, sh = self.a, self.sh
        period = 1.0 / a.rate
        nxt = mono() + period * self.no / a.clients
        first_fail = True
        while not sh.stop:
            if self.conn is None:
                self.conn = self.connect()
                if self.conn is None:
                    if not first_fail:
                        time.sleep(a.retry_delay)
                    first_fail = False
                    continue
            now = mono()
            if now < nxt:
                time.sleep(nxt - now)
            nxt = max(nxt + period, mono() - period)     # no burst to catch up
            rid = sh.next_id()
            t0 = mono()
            self.tried += 1
            try:
                self.insert(rid)
                t1 = mono()
                self.acks.append((rid, t0, t1))
                sh.last_ack = t1
                first_fail = True
            except TimeoutError as e:
                self.err("timeout", e)
                self.drop()
            except Exception as e:
                kind = "statement" if self.conn.pgconn.status == pq.ConnStatus.OK else "broken"
                self.err(kind, e)
                self.drop()
        if self.conn:
            self.drop()


class Shared:
    def __init__(self):
        self.stop, self.last_ack = False, 0.0
        self._id, self._l = 0, threading.Lock()

    def next_id(self):
        with self._l:
            self._id += 1
            return self._id


def pct(v, q):
    v = sorted(v)
    return round(v[min(len(v) - 1, int(q * len(v)))] * 1000, 3) if v else None


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--dsn", required=True)
    p.add_argument("--verify-dsn", help="read the table back through this DSN (default: --dsn)")
    p.add_argument("--table", default="ha_probe")
    p.add_argument("--clients", type=int, default=4)
    p.add_argument("--rate", type=float, default=1000, help="commits/s per client at most")
    p.add_argument("--max-seconds", type=float, default=120)
    p.add_argument("--fault-at", type=float, default=5)
    p.add_argument("--fault-cmd")
    p.add_argument("--stop-when-stable", type=float, default=0,
                   help="end early once the fault command is done and all clients' writes flowed this many seconds without a gap > 0.5 s (0: run --max-seconds)")
    p.add_argument("--min-after", type=float, default=8, help="with --stop-when-stable: never end sooner than this after the fault")
    p.add_argument("--need-gap", action="store_true", help="with --stop-when-stable: do not end before a gap > --gap-floor ended")
    p.add_argument("--connect-timeout", type=int, default=2)
    p.add_argument("--connect-deadline", type=float, default=0, help="cut a connection attempt off after this many seconds (may be < 2; for single-host DSNs); 0: libpq's connect_timeout rules")
    p.add_argument("--op-timeout", type=float, default=2.0)
    p.add_argument("--retry-delay", type=float, default=0.02, help="pause after the 2nd and later failed connect")
    p.add_argument("--gap-floor", type=float, default=0.1)
    p.add_argument("--keep-table", action="store_true")
    p.add_argument("--verify-wait", type=float, default=60)
    p.add_argument("--ack-log", help="write id,client,t_sent,t_acked (s since start) here")
    p.add_argument("--label", default="")
    p.add_argument("--out")
    a = p.parse_args()
    a.insert_sql = f"insert into {a.table} (id, client) values ($1::bigint, $2::int)"
    vdsn = make_conninfo(a.verify_dsn or a.dsn, connect_timeout=str(max(2, a.connect_timeout)))

    with psycopg.connect(vdsn, autocommit=True) as c:      # no unique index: duplicates must be visible
        c.execute(f"drop table if exists {a.table}")
        c.execute(f"create table {a.table} (id bigint not null, client int not null, at timestamptz default clock_timestamp())")

    sh = Shared()
    cl = [Client(i, a, sh) for i in range(a.clients)]
    t_start = mono()
    for c in cl:
        c.start()
    fault = {"cmd": a.fault_cmd}
    t_fault = None
    proc = None
    stable_since = None
    while True:
        now = mono()
        if now - t_start >= a.max_seconds:
            break
        if a.fault_cmd and t_fault is None and now - t_start >= a.fault_at:
            t_fault = mono()
            proc = subprocess.Popen(["bash", "-c", a.fault_cmd], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

            def reap(pr=proc):
                out, _ = pr.communicate()
                fault.update(rc=pr.returncode, took_s=round(mono() - t_fault, 3), output=out[-500:])
            rt = threading.Thread(target=reap, daemon=True)
            rt.start()
        if a.stop_when_stable and t_fault and now - t_fault > a.min_after and "rc" in fault:
            ok = all(c.acks and now - c.acks[-1][2] < 0.5 for c in cl)
            if ok and a.need_gap and stable_since is None:
                last = [x[2] for c in cl for x in c.acks[-20000:] if x[2] > t_fault - 1]
                last.sort()
                ok = any(y - x > a.gap_floor for x, y in zip(last, last[1:]))
            if not ok:
                stable_since = None
            elif stable_since is None:
                stable_since = now
            elif now - stable_since >= a.stop_when_stable:
                break
        time.sleep(0.05)
    sh.stop = True
    t_end = mono()
    for c in cl:
        c.join(a.connect_timeout * 4 + a.op_timeout + 5)
    if proc:
        rt.join(5)

    # read back
    present, verify_err = None, None
    lim = mono() + a.verify_wait
    while mono() < lim:
        try:
            with psycopg.connect(vdsn, autocommit=True) as c:
                c.execute("set statement_timeout = '30s'")
                present = [r[0] for r in c.execute(f"select id from {a.table}")]
            break
        except Exception as e:
            verify_err = str(e)[:200]
            time.sleep(0.5)

    acks = sorted((x for c in cl for x in c.acks), key=lambda x: x[2])
    acked = {x[0] for x in acks}
    ts = [x[2] for x in acks]
    ref = t_fault if t_fault else t_start

    def worst(t):
        best = (0.0, None, None)
        t = list(t) + [t_end]
        for x, y in zip(t, t[1:]):
            if y > ref and y - x > best[0]:
                best = (y - x, x - ref, y - ref)
        return best
    g = worst(ts)
    gaps = [(round(x - ref, 3), round(y - x, 3)) for x, y in zip(ts, ts[1:] + [t_end]) if y > ref and y - x > a.gap_floor]
    cnt = collections.Counter(present or [])
    errs = sorted((e for c in cl for e in c.errors))
    first = {}
    for t, k, m in errs:
        first.setdefault((k, m), [0, round(t - ref, 3)])[0] += 1
    before = [y - x for _, x, y in acks if y < ref] if t_fault else [y - x for _, x, y in acks]
    after = [y - x for _, x, y in acks if x > ref + (g[2] or 0)] if t_fault else []
    res = {
        "label": a.label, "clients": a.clients, "rate_per_client": a.rate, "connect_timeout": a.connect_timeout, "connect_deadline": a.connect_deadline, "op_timeout": a.op_timeout, "seconds": round(t_end - t_start, 2),
        "fault": fault, "outage_s": round(g[0], 3),
        "outage_start_s": None if g[1] is None else round(g[1], 3), "outage_end_s": None if g[2] is None else round(g[2], 3),
        "recovered": bool(ts) and t_end - ts[-1] < 1.0,
        "client_outage_s": [round(worst([x[2] for x in c.acks])[0], 3) for c in cl],
        "unavailable_s": round(sum(x[1] for x in gaps), 3), "gaps": gaps[:20],
        "acked": len(acked), "tried": sum(c.tried for c in cl), "connects": sum(c.connects for c in cl),
        "errors": len(errs), "errors_by_kind": dict(collections.Counter(e[1] for e in errs)),
        "error_texts": [{"kind": k, "text": m, "count": v[0], "first_s": v[1]} for (k, m), v in sorted(first.items(), key=lambda i: -i[1][0])[:12]],
        "notices": dict(sum((c.notices for c in cl), collections.Counter())),
        "lost": None if present is None else len(acked - set(present)),
        "lost_ids": sorted(acked - set(present))[:20] if present is not None else None,
        "duplicates": None if present is None else sum(1 for v in cnt.values() if v > 1),
        "unacked_present": None if present is None else len(set(present) - acked),
        "verify_error": verify_err if present is None else None,
        "latency_before_ms": {"p50": pct(before, .5), "p95": pct(before, .95), "p99": pct(before, .99)},
        "latency_after_ms": {"p50": pct(after, .5), "p99": pct(after, .99)},
        "commits_per_s_before": round(len(before) / max(0.001, (ref - t_start) if t_fault else (t_end - t_start)), 1),
    }
    if a.ack_log:
        with open(a.ack_log, "w") as f:
            for c in cl:
                for i, x, y in c.acks:
                    f.write(f"{i},{c.no},{x - t_start:.6f},{y - t_start:.6f}\n")
    if not a.keep_table and present is not None:
        try:
            with psycopg.connect(vdsn, autocommit=True) as c:
                c.execute("set statement_timeout = '20s'")
                c.execute(f"drop table if exists {a.table}")
        except Exception:
            pass
    s = json.dumps(res, indent=1)
    if a.out:
        with open(a.out, "w") as f:
            f.write(s + "\n")
    print(s)
    return 0 if res["recovered"] and res["lost"] == 0 and res["duplicates"] == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
