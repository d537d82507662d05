#!/usr/bin/env python3
"""Medians, maxima and ratios of trials that Benchmarks/failover/run has kept, with the targets beside them. Exit status 1: one is missed."""
import argparse, collections, json, math, statistics, sys

p = argparse.ArgumentParser(description=__doc__)
p.add_argument("files", nargs="+")
p.add_argument("--trials", type=int, default=0, help="so many there have to be of each")
p.add_argument("--systems", default="")
p.add_argument("--kinds", default="")
a = p.parse_args()
trials = [json.loads(line) for name in a.files for line in open(name)]
systems = a.systems.split() or list(dict.fromkeys(t["system"] for t in trials))
kinds = a.kinds.split() or list(dict.fromkeys(t["kind"] for t in trials))
cells = collections.defaultdict(list)
for t in trials:
    cells[t["system"], t["kind"]].append(t)


def done(t):
    return t["recovered"] and (t["moved"] or t["kind"] != "switchover")


def pauses(system, kind):
    """Seconds without a write; one that never ended, or a switchover that was not made, is longer than any other."""
    return [t["outage_s"] if done(t) else math.inf for t in cells[system, kind]]


def median(system, kind):
    return statistics.median(pauses(system, kind)) if cells[system, kind] else None


print("\n| fault | system | n | writes paused, s: min / median / max | until, s after the fault: median | longest of a single client, s: median | errors: median | lost | twice | commit p50, ms | idle before, % |")
print("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")
for kind in kinds:
    for system in systems:
        ts = cells[system, kind]
        if not ts:
            continue
        v = pauses(system, kind)
        mid = lambda f: statistics.median(f(t) for t in ts)
        print(f"| {kind} | {system} | {len(ts)} | {min(v):.3f} / **{median(system, kind):.3f}** / {max(v):.3f} | {mid(lambda t: t['outage_end_s'] or 0):.3f} "
              f"| {mid(lambda t: max(t['client_outage_s'])):.3f} | {mid(lambda t: t['errors']):.0f} | {sum(t['lost'] or 0 for t in ts)} | {sum(t['duplicates'] or 0 for t in ts)} "
              f"| {mid(lambda t: t['latency_before_ms']['p50'] or 0):.2f} | {mid(lambda t: t['idle_pct_before']):.0f} |")

missed = unknown = 0


def target(what, value, limit, unit=""):
    global missed, unknown
    if value is None:
        unknown += 1
        verdict, shown = "not measured", "-"
    else:
        missed += value > limit
        verdict, shown = ("MISSED" if value > limit else "ok"), f"{value:.3f}"
    print(f"{what:<66} {shown:>8} of at most {limit:.3f}{unit:<3} {verdict}")


def ratio(kind, system, of=None, ours="matriarch"):
    ours, theirs = median(ours, kind), median(system, of or kind)
    return None if ours is None or theirs is None else ours / theirs


if "matriarch" in systems:
    print()
    if "crash" in kinds:
        target("crash: median, as a part of tuned Patroni's", ratio("crash", "patroni-tuned"), 1 / 30)
        target("crash: median, times the floor", ratio("crash", "floor"), 3)
        target("crash: maximum", max(pauses("matriarch", "crash"), default=None), 1, " s")
    if "pmkill" in kinds:
        target("pmkill: median, as a part of tuned Patroni's", ratio("pmkill", "patroni-tuned"), 1 / 4)
        target("pmkill: median, times the floor of a crash", ratio("pmkill", "floor", "crash"), 3)
    if "freeze" in kinds:
        target("freeze: median, as a part of tuned Patroni's", ratio("freeze", "patroni-tuned"), 1 / 10)
    if "switchover" in kinds:
        target("switchover: median, as a part of tuned Patroni's", ratio("switchover", "patroni-tuned"), 1 / 4)
        target("switchover: median, times the floor", ratio("switchover", "floor"), 1.5)
for system in (s for s in systems if s.startswith("matriarch-")):
    # Whatever the archive does, nobody waits for it.
    for kind, limit in (("crash", 3), ("switchover", 1.5)):
        if kind in kinds and "floor" in systems:
            target(f"{kind}: median, times the floor, archive {system.removeprefix('matriarch-')}", ratio(kind, "floor", ours=system), limit)

# Of any system: a comparison with one that did not do its work would be none. What was not read back is not known to be there.
for t in trials:
    if t["lost"] != 0 or t["duplicates"] != 0 or not done(t):
        ours = t["system"].startswith("matriarch")
        missed += ours
        print(f"{t['kind']} {t['number']} {t['system']}: lost {t['lost']}, twice {t['duplicates']}, recovered {t['recovered']}, moved {t['moved']}{' MISSED' if ours else ''} {t['lost_ids'] or t['verify_error'] or ''}")
absent = [f"{k} {s}: {len(cells[s, k])} of {a.trials}" for s in systems for k in kinds
          if len(cells[s, k]) < a.trials and not (s == "floor" and k in ("pmkill", "freeze"))]
for line in absent:
    print(f"trials without a result: {line}")
print(f"\n{missed} missed{f', {unknown} not measured' if unknown else ''}")
sys.exit(1 if missed else 2 if absent else 0)
