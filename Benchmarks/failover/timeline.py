#!/usr/bin/env python3
"""What the instance managers said around one fault, in milliseconds from it.  timeline.py BEGAN STRUCK RESULT <logs and watches
BEGAN: when the fault's command was started, STRUCK: when it did it (seconds by the wall); RESULT: what the probe found."""
import datetime, json, sys

began, struck = float(sys.argv[1]), float(sys.argv[2])
result = json.load(open(sys.argv[3]))
lines = {}
for line in sys.stdin:
    try:
        d = json.loads(line)
        at = d.pop("at", None) or datetime.datetime.fromisoformat(d["ts"].replace("Z", "+00:00")).timestamp()
        at = (at - struck) * 1000
    except (ValueError, KeyError):
        continue
    if not -300 <= at <= 1000 * max(2, (result["outage_end_s"] or 0) + 1):
        continue
    if d.get("logger") == "postgres":
        r = d.get("record", {})
        text = r.get("message", "")
        if r.get("error_severity") == "FATAL" and r.get("backend_type") == "client backend":
            continue
        if text.startswith(("connection received", "connection authenticated")) or text.startswith("connection authorized") and "user=app" not in text:
            continue
        text = f"postgres: {r.get('backend_type', '')}: {text}"
    else:
        known = ("level", "logger", "logging_pod", "msg", "ts")
        text = d.get("msg", "") + "".join(f"  {k}={v}" for k, v in d.items() if k not in known)
    lines[at, d.get("logging_pod", ""), " ".join(text.split())[:200]] = None
offset = (began - struck) * 1000
for what in ("start", "end"):
    if (t := result[f"outage_{what}_s"]) is not None:
        lines[t * 1000 + offset, "clients", "last acknowledged write" if what == "start" else "first acknowledged write"] = None
for e in result["error_texts"]:
    lines[e["first_s"] * 1000 + offset, "clients", f"first of {e['count']}: {e['kind']}: {e['text']}"] = None
lines[0.0, "fault", result["fault"]["cmd"].split()[-1]] = None
for at, who, text in sorted(lines):
    print(f"{at:9.1f}  {who:<9} {text}")
