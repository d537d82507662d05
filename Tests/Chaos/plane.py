"""A local control plane with its nodes in the namespaces of `network`, seen from its processes and from its API."""
import base64
import http.client
import json
import os
import re
import signal
import ssl
import subprocess
import threading
import time

from network import Network, without_privileges

NAMESPACE, CLUSTER = "chaos", "chaos"


class Plane:
    def __init__(self, folder, network):
        self.folder, self.network = folder, network
        self.state, self.logs = f"{folder}/state", f"{folder}/logs"
        self.program = f"{folder}/programs/matriarch"
        self.api = None

    # Starting and ending

    def start(self):
        up = self._spawn("up.log", without_privileges(
            self.program, "local", "up", "--state", self.state, "--network-namespaces", "--address-block", self.network.block))
        wait_until("the API server answers", 60, self._connect)
        starts = [self._spawn(f"start-{node}.log", self._node_start(node)) for node in self.network.nodes]
        if any(process.wait() for process in [*starts, up]):
            raise RuntimeError(f"the control plane does not start: see {self.logs}")
        threading.Thread(target=self._keep_logs, daemon=True).start()

    def _connect(self):
        if not os.path.exists(f"{self.state}/kubeconfig"):
            return False
        self.api = self.api or API(f"{self.state}/kubeconfig")
        self.api.get("/readyz")
        return True

    def _node_start(self, node):
        return self.network.inside(node, self.program, "local", "node", "start", node, "--state", self.state)

    def _spawn(self, log, command):
        with open(f"{self.logs}/{log}", "a") as output:
            return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True)

    def start_node(self, node):
        """Tried again as an administrator would, since the API server may be away or out of reach."""
        wait_until(f"{node} starts", 180, lambda: self._spawn(f"start-{node}.log", self._node_start(node)).wait() == 0)

    def power_off(self, node):
        subprocess.run(
            [self.program, "local", "node", "power-off", node, "--state", self.state], check=True, capture_output=True)

    def start_control_plane(self):
        self._spawn("control-plane.log", without_privileges(
            f"{self.state}/bin/matriarch", "local", "run", "control-plane", "--state", self.state))
        wait_until("the API server answers", 60, self._connect)

    # Processes

    def control_plane_process(self):
        return self._daemon(" local run control-plane ")

    def node_process(self, node):
        return self._daemon(f" local run node {node} ")

    def _daemon(self, arguments):
        return next((pid for pid, line in commands() if f"{self.state}/bin/matriarch{arguments}" in line), None)

    def pod_processes(self, name):
        """All processes in the pod, by the process namespace of its manager."""
        first = self.manager(name)
        return same_namespace(first) if first else []

    def manager(self, name):
        for pid, line in commands():
            if line.startswith("/controller/manager instance run") and environment(pid).get("POD_NAME") == name:
                if namespace(pid):
                    return pid
        return None

    def postgres(self, name):
        """Those of its processes that are postgres, the postmaster first."""
        found = [pid for pid in self.pod_processes(name) if text(f"/proc/{pid}/comm").strip() == "postgres"]
        return sorted(found, key=lambda pid: text(f"/proc/{parent(pid)}/comm").strip() == "postgres")

    def operator(self):
        return next((pid for pid, line in commands() if line.startswith("/manager operator")), None)

    def _keep_logs(self):
        """Pods take their logs with them: a second name for each file keeps it."""
        kept = set()
        while True:
            for root in (f"{self.state}/nodes", f"{self.state}/logs"):
                for directory, _, files in os.walk(root):
                    for file in files:
                        if not (file == "log" or file.startswith("log.") or file.endswith(".log")):
                            continue
                        try:
                            path = os.path.join(directory, file)
                            status = os.stat(path)
                            if status.st_ino in kept:
                                continue
                            os.link(path, f"{self.logs}/{self._log_name(path)}-{status.st_ino}")
                            kept.add(status.st_ino)
                        except OSError:
                            pass  # gone meanwhile
            time.sleep(0.3)

    @staticmethod
    def _log_name(path):
        parts = re.match(r"(.*/pods/[^/]+)/containers/([^/]+)/(\d+)/", path)
        if not parts:
            return os.path.basename(path)
        with open(f"{parts[1]}/pod.json") as file:
            return f"{json.load(file)['metadata']['name']}.{parts[2]}.{parts[3]}"

    # The cluster

    def create_cluster(self, durability):
        # The history of each fault is in the log.
        postgresql = {"parameters": {"log_replication_commands": "on"}}
        if durability == "required":
            confirmed = {"postgresql": postgresql | {"synchronous": {"method": "any", "number": 1, "dataDurability": "required"}}}
        else:
            confirmed = {"minSyncReplicas": 1, "maxSyncReplicas": 1, "postgresql": postgresql}
        self.api.send("POST", "/api/v1/namespaces", {"metadata": {"name": NAMESPACE}})
        self.api.send("POST", cluster_path(""), {
            "apiVersion": "postgresql.cnpg.io/v1", "kind": "Cluster", "metadata": {"name": CLUSTER},
            "spec": {"instances": 3, "storage": {"size": "1Gi"}, "enableSuperuserAccess": True, **confirmed}})

    def cluster(self):
        return self.api.get(cluster_path(f"/{CLUSTER}"))

    def _instances(self):
        return self.api.get(f"/api/v1/namespaces/{NAMESPACE}/pods?labelSelector=cnpg.io/cluster%3D{CLUSTER}")["items"]

    def pods(self):
        """Instance to (node, address, ready), of those that have an address."""
        found = {}
        for pod in self._instances():
            status = pod.get("status", {})
            if status.get("podIP"):
                ready = any(c["type"] == "Ready" and c["status"] == "True" for c in status.get("conditions", []))
                found[pod["metadata"]["name"]] = (pod["spec"]["nodeName"], status["podIP"], ready)
        return found

    def record(self):
        """Who leads by the Lease, by the Cluster and by the labels, which services follow: all three should say the same."""
        lease = self.api.get(f"/apis/coordination.k8s.io/v1/namespaces/{NAMESPACE}/leases/{CLUSTER}")["spec"]
        status = self.cluster().get("status", {})
        roles = {pod["metadata"]["name"]: pod["metadata"].get("labels", {}).get("cnpg.io/instanceRole") for pod in self._instances()}
        return (f"Lease: {lease.get('holderIdentity')}, term {lease.get('leaseTransitions')}; currentPrimary:"
                f" {status.get('currentPrimary')}; phase: {status.get('phase')}; labels: {roles}")

    def delete_put_off(self):
        """Deletes pods that the node does not start again for minutes, because so much has happened to them."""
        operators = self.api.get("/api/v1/namespaces/cnpg-system/pods")["items"]
        for pod in self._instances() + operators:
            states = [status.get("state", {}) for status in pod.get("status", {}).get("containerStatuses", [])]
            if any(state.get("waiting", {}).get("reason") == "CrashLoopBackOff" for state in states):
                self.delete_pod(pod["metadata"]["name"], 0, pod["metadata"]["namespace"])

    def is_healthy(self):
        status = self.cluster().get("status", {})
        return (status.get("readyInstances") == 3 and status.get("phase") == "Cluster in healthy state"
                and sum(ready for _, _, ready in self.pods().values()) >= 3)

    def delete_pod(self, name, grace, namespace=NAMESPACE):
        self.api.send("DELETE", f"/api/v1/namespaces/{namespace}/pods/{name}?gracePeriodSeconds={grace}")

    def delete_volume(self, name):
        self.api.send("DELETE", f"/api/v1/namespaces/{NAMESPACE}/persistentvolumeclaims/{name}")

    def switch_over(self, target):
        self.api.send("PATCH", cluster_path(f"/{CLUSTER}/status"), {"status": {"targetPrimary": target}})


def cluster_path(rest):
    return f"/apis/postgresql.cnpg.io/v1/namespaces/{NAMESPACE}/clusters{rest}"


class API:
    """The API server, with the certificate of the kubeconfig. A connection for each request: the server is killed often."""

    def __init__(self, kubeconfig):
        with open(kubeconfig) as file:
            content = file.read()
        self.host, self.port = re.search(r'server: "https://([^:"]+):(\d+)"', content).groups()
        for key in ("certificate-authority-data", "client-certificate-data", "client-key-data"):
            data = base64.b64decode(re.search(rf"{key}: (\S+)", content)[1])
            with open(f"{kubeconfig}.{key}", "wb", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
                file.write(data)
        self.tls = ssl.create_default_context(cafile=f"{kubeconfig}.certificate-authority-data")
        self.tls.load_cert_chain(f"{kubeconfig}.client-certificate-data", f"{kubeconfig}.client-key-data")

    def send(self, method, path, body=None):
        connection = http.client.HTTPSConnection(self.host, int(self.port), context=self.tls, timeout=5)
        try:
            kind = "application/merge-patch+json" if method == "PATCH" else "application/json"
            connection.request(method, path, body and json.dumps(body), {"Content-Type": kind, "Accept": "application/json"})
            response = connection.getresponse()
            content = response.read()
            if response.status >= 300:
                raise RuntimeError(f"{method} {path}: {response.status} {content[:300]!r}")
            return json.loads(content) if content[:1] == b"{" else content
        finally:
            connection.close()

    def get(self, path):
        return self.send("GET", path)


# /proc

def text(path):
    try:
        with open(path, "rb") as file:
            return file.read().decode(errors="replace")
    except OSError:
        return ""


def processes():
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def commands():
    for pid in processes():
        yield pid, text(f"/proc/{pid}/cmdline").replace("\0", " ")


def environment(pid):
    return dict(entry.split("=", 1) for entry in text(f"/proc/{pid}/environ").split("\0") if "=" in entry)


def parent(pid):
    return int(re.sub(r".*\) ", "", text(f"/proc/{pid}/stat") or "0 () ? 0").split()[1])


def namespace(pid):
    try:
        return os.readlink(f"/proc/{pid}/ns/pid")
    except OSError:
        return None


def same_namespace(first):
    wanted = namespace(first)
    return [pid for pid in processes() if wanted and namespace(pid) == wanted]


def send_signal(pids, number):
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass


def kill(*pids):
    send_signal([pid for pid in pids if pid], signal.SIGKILL)


class TooLate(Exception):
    pass


def wait_until(what, seconds, is_true):
    end = time.monotonic() + seconds * float(os.environ.get("MATRIARCH_PATIENCE", 1))
    last = None
    while time.monotonic() < end:
        try:
            if is_true():
                return
            last = None
        except Exception as error:  # whoever is asked may be down just now
            last = error
        time.sleep(0.1)
    raise TooLate(f"{what}: not within {seconds} s" + (f" ({last})" if last else ""))
