#!/usr/bin/env python3
"""report.py FILE...: medians of what bench.py wrote, and Matriarch's ratio to each of the others: above 1 it is faster."""
import collections, json, statistics, sys

rows = [json.loads(line) for path in sys.argv[1:] for line in open(path)]
groups = collections.defaultdict(list)
for row in rows:
    groups[row["part"], row["store"], row["compression"], row["tool"]].append(row)


def median(key, field):
    values = [row[field] for row in groups[key] if row.get(field) is not None]
    return statistics.median(values) if values else None


for part in dict.fromkeys(key[0] for key in groups):
    print(f"\n{part}")
    print(f"  {'store':10} {'compression':12} {'tool':18} {'n':>2} {'wall s (min-max)':>22} {'MB/s':>7} {'CPU s':>7} {'store CPU':>9} {'RSS MB':>7} {'stored MB':>9} {'each ms':>8} {'sync s':>6} {'ratio':>7}")
    for key in groups:
        if key[0] != part:
            continue
        walls = [row["wall"] for row in groups[key]]
        ours = median((*key[:3], "matriarch"), "wall")
        ratio = "" if key[3] == "matriarch" or not ours else f"{statistics.median(walls) / ours:.2f} x"
        each = median(key, "median")
        wall = f"{statistics.median(walls):.2f} ({min(walls):.2f}-{max(walls):.2f})"
        print(
            f"  {key[1]:10} {key[2]:12} {key[3]:18} {len(walls):2} {wall:>22} {median(key, 'mb_s'):7.0f} {median(key, 'cpu'):7.2f} "
            f"{median(key, 'store_cpu'):9.2f} {median(key, 'rss'):7.0f} {median(key, 'stored_mb'):9.0f} {f'{each * 1000:.1f}' if each else '':>8} "
            f"{median(key, 'sync'):6.2f} {ratio:>7}")
print("\nratio: the other's wall time over Matriarch's; above 1 Matriarch is faster")
