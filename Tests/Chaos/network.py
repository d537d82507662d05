"""The network of the chaos test: each node in a network namespace of its own, and a router between them that can drop.

The control plane, its services and the clients live in the namespace that all this is made from, the router. Every packet
between two nodes, and between a node and the API server, passes it, so that one table of nftables there makes every cut,
also in one direction only: nothing is refused, packets vanish, as behind a broken switch.
"""
import collections
import itertools
import subprocess
import threading


def run(*command, text=None):
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


class Network:
    """Addresses of the block BLOCK (two bytes, as in `matriarch local up --address-block`)."""

    def __init__(self, block, nodes):
        self.block, self.nodes = block, nodes
        self.cuts, self.lock = collections.Counter(), threading.Lock()
        # What can be cut off from what. `clients` is the service proxy and who comes from outside.
        self.parties = {"api": [f"{block}.0.1"], "clients": [f"{block}.0.2", f"{block}.128.0/17"]}
        for number, node in enumerate(nodes, 1):
            self.parties[node] = [f"{block}.0.{10 + number}", f"{block}.{number}.0/24"]

    def make(self):
        block = self.block
        run("ip", "link", "set", "lo", "up")
        for address in (f"{block}.0.1/32", f"{block}.0.2/32"):
            run("ip", "address", "add", address, "dev", "lo")
        # A local route makes every address of the range one that can be listened on.
        run("ip", "route", "add", "local", f"{block}.128.0/17", "dev", "lo")
        with open("/proc/sys/net/ipv4/ip_forward", "w") as file:
            file.write("1")
        for number, node in enumerate(self.nodes, 1):
            address, pods = f"{block}.0.{10 + number}", f"{block}.{number}.0/24"
            run("ip", "netns", "add", node)
            run("ip", "link", "add", node, "type", "veth", "peer", "name", "eth0", "netns", node)
            run("ip", "link", "set", node, "up")
            run("ip", "-n", node, "link", "set", "lo", "up")
            run("ip", "-n", node, "link", "set", "eth0", "up")
            run("ip", "-n", node, "address", "add", f"{address}/32", "dev", "eth0")
            run("ip", "-n", node, "route", "add", "local", pods, "dev", "lo")
            run("ip", "-n", node, "route", "add", "default", "via", f"{block}.0.2", "dev", "eth0", "onlink")
            run("ip", "route", "add", f"{address}/32", "dev", node, "src", f"{block}.0.2")
            run("ip", "route", "add", pods, "via", address, "dev", node, "src", f"{block}.0.2")
        hooks = "\n".join(
            f"chain {hook} {{ type filter hook {hook} priority 0; ip saddr . ip daddr @cuts drop; }}"
            for hook in ("input", "forward", "output"))
        run("nft", "-f", "-", text=f"""
            table ip chaos {{
              set cuts {{ type ipv4_addr . ipv4_addr; flags interval; }}
              {hooks}
            }}""")

    def cut(self, pairs):
        """Drops what goes from the first to the second party of each pair, until the same pairs are healed."""
        self._change(pairs, +1)

    def heal(self, pairs):
        self._change(pairs, -1)

    def both_ways(self, one, others):
        return [pair for other in others if other != one for pair in ((one, other), (other, one))]

    def _change(self, pairs, by):
        # Several faults may have cut the same; whole in one transaction, so that nothing slips through.
        with self.lock:
            for pair in pairs:
                self.cuts[pair] += by
            elements = [
                f"{a} . {b}" for (source, target), count in self.cuts.items() if count
                for a, b in itertools.product(self.parties[source], self.parties[target])]
            add = f"add element ip chaos cuts {{ {', '.join(elements)} }}" if elements else ""
            run("nft", "-f", "-", text=f"flush set ip chaos cuts\n{add}\n")

    @staticmethod
    def inside(node, *command):
        """The command, in that node's namespace and without the privileges that entering it takes."""
        return ["nsenter", f"--net=/run/netns/{node}", "--", *without_privileges(*command)]


def without_privileges(*command):
    return ["setpriv", "--ambient-caps=-all", "--inh-caps=-all", *command]
