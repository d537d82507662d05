"""What can happen. Each fault is begun, lasts, and is undone; several may be under way at once."""
import signal
import time

import plane
from plane import kill, send_signal, wait_until


class Faults:
    """The kinds, drawn with one random number generator so that a seed is a schedule."""

    def __init__(self, random, the_plane, network, record):
        self.random, self.plane, self.network, self.record = random, the_plane, network, record
        self.pods, self.primary = {}, None
        self.kinds = {
            "postmaster killed": (self.postmaster_killed, 4), "manager killed": (self.manager_killed, 4),
            "both killed": (self.both_killed, 2), "pod deleted, grace 0": (self.pod_deleted(0), 2),
            "pod deleted, grace 1": (self.pod_deleted(1), 2), "pod deleted, grace 30": (self.pod_deleted(30), 2),
            "node's power cut": (self.power_cut, 4), "node's process killed": (self.node_killed, 2),
            "pod frozen": (self.pod_frozen, 4), "postgres frozen": (self.postgres_frozen, 4),
            "cut, one way": (self.cut_one_way, 4), "cut between two nodes": (self.cut_pair, 4),
            "node cut off": (self.cut_off, 4), "node cut from the API server": (self.cut_from_api, 3),
            "API server killed": (self.api_killed, 3), "operator killed": (self.operator_killed, 1),
            "switchover": (self.switchover, 4), "killed while a standby lags": (self.killed_behind, 3),
        }

    def draw(self, only=None):
        kinds = [kind for kind in self.kinds if not only or any(part in kind for part in only)]
        return self.random.choices(kinds, [self.kinds[kind][1] for kind in kinds])[0]

    def look(self):
        """Where the pods are and who leads, as far as somebody can be asked."""
        try:
            self.pods = self.plane.pods() or self.pods
            self.primary = self.plane.cluster()["status"].get("currentPrimary", self.primary)
        except Exception:
            pass  # what was known before is good enough to choose a victim
        return self.pods

    def begin(self, kind):
        """Begins it. Returns what it is in words, how long it lasts, and what undoes it."""
        self.look()
        return self.kinds[kind][0]()

    # Whom it hits: the primary more often than not

    def victim(self):
        if self.primary in self.pods and self.random.random() < 0.65:
            return self.primary
        return self.random.choice(sorted(self.pods))

    def node_of(self, pod):
        return self.pods[pod][0]

    def other_node(self, node):
        return self.random.choice([other for other in self.network.nodes if other != node])

    def who(self, pod):
        return f"{pod} ({'primary' if pod == self.primary else 'standby'})"

    # Killed

    def postmaster_killed(self):
        pod = self.victim()
        kill(*self.plane.postgres(pod)[:1])
        return f"postmaster of {self.who(pod)}", 0, None

    def manager_killed(self):
        pod = self.victim()
        kill(self.plane.manager(pod))
        return f"manager of {self.who(pod)}", 0, None

    def both_killed(self):
        pod = self.victim()
        postmaster, manager = self.plane.postgres(pod)[:1], self.plane.manager(pod)
        kill(*postmaster)
        time.sleep(self.random.choice([0, 0.01, 0.1]))
        kill(manager)
        return f"postmaster, then manager of {self.who(pod)}", 0, None

    def pod_deleted(self, grace):
        def delete():
            pod = self.victim()
            self.plane.delete_pod(pod, grace)
            return f"{self.who(pod)} deleted with grace {grace}", 0, None
        return delete

    def power_cut(self):
        node = self.node_of(pod := self.victim())
        self.plane.power_off(node)
        return f"power of {node} with {self.who(pod)}", self.random.uniform(0, 6), lambda: self.plane.start_node(node)

    def node_killed(self):
        node = self.node_of(pod := self.victim())
        kill(self.plane.node_process(node))
        return f"process of {node} with {self.who(pod)}", self.random.uniform(0, 6), lambda: self.plane.start_node(node)

    def api_killed(self):
        kill(self.plane.control_plane_process())
        return "API server", self.random.uniform(0, 8), self.plane.start_control_plane

    def operator_killed(self):
        kill(self.plane.operator())
        return "operator", 0, None

    # Frozen

    def frozen(self, pod, processes, what):
        seconds = self.random.choice([self.random.uniform(0.2, 2), self.random.uniform(2, 10)])
        # From now on, for it may be thawed by its own end.
        self.record.frozen_until[pod] = time.monotonic() + seconds
        stopped = {}
        # New children may come while the others are being stopped.
        for _ in range(3):
            stopped.update({pid: plane.namespace(pid) for pid in processes(pod)})
            send_signal(stopped, signal.SIGSTOP)

        def thaw():
            self.record.frozen_until[pod] = time.monotonic()
            # Numbers of processes that have ended meanwhile may belong to others.
            send_signal([pid for pid, space in stopped.items() if plane.namespace(pid) == space], signal.SIGCONT)
        return f"{what} {self.who(pod)} for {seconds:.1f} s", seconds, thaw

    def pod_frozen(self):
        return self.frozen(self.victim(), self.plane.pod_processes, "all of")

    def postgres_frozen(self):
        return self.frozen(self.victim(), self.plane.postgres, "postgres of")

    # Cut

    def cut(self, pairs, what):
        seconds = self.random.choice([self.random.uniform(0.3, 3), self.random.uniform(3, 15)])
        self.network.cut(pairs)
        return f"{what} for {seconds:.1f} s", seconds, lambda: self.network.heal(pairs)

    def cut_one_way(self):
        node = self.node_of(self.victim())
        pair = [node, self.other_node(node)]
        self.random.shuffle(pair)
        return self.cut([tuple(pair)], f"{pair[0]} to {pair[1]}, one way,")

    def cut_pair(self):
        node = self.node_of(self.victim())
        other = self.other_node(node)
        return self.cut(self.network.both_ways(node, [other]), f"{node} and {other}")

    def cut_off(self):
        node = self.node_of(pod := self.victim())
        return self.cut(self.network.both_ways(node, self.network.parties), f"{node} with {self.who(pod)} from all")

    def cut_from_api(self):
        node = self.node_of(pod := self.victim())
        return self.cut(self.network.both_ways(node, ["api"]), f"{node} with {self.who(pod)} from the API server")

    # One standby a little behind when the primary dies: the other has rows that it must not be passed over for

    def killed_behind(self):
        pod = self.random.choice([pod for pod in sorted(self.pods) if pod != self.primary])
        node, manager, seconds = self.node_of(self.primary), self.plane.manager(self.primary), self.random.uniform(0.005, 0.1)
        pairs = self.network.both_ways(node, [self.node_of(pod)])
        self.network.cut(pairs)
        time.sleep(seconds)
        kill(manager)
        what = f"manager of {self.who(self.primary)}, {seconds * 1000:.0f} ms after {node} and {pod} were cut, for 2.5 s"
        return what, 2.5, lambda: self.network.heal(pairs)

    # Planned

    def switchover(self):
        target = self.random.choice([pod for pod in sorted(self.pods) if pod != self.primary])
        self.plane.switch_over(target)
        return f"from {self.primary} to {target}", 0, None
