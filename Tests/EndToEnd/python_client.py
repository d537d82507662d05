"""What programs in Python do with the API: one line for each thing that was tried, `ok` or `FAIL`, what, and more."""

import json
import sys
import threading
import time

import jwt
import urllib3
from kubernetes import client, config, watch
from kubernetes.client.rest import ApiException
from kubernetes.stream import stream

config.load_kube_config()
NAMESPACE = sys.argv[1]
core, api = client.CoreV1Api(), client.ApiClient()


def check(what, good, detail=""):
    print("ok" if good else "FAIL", what, " ".join(str(detail).split()), sep="\t", flush=True)


def equal(what, expected, got):
    check(what, expected == got, f"expected {expected!r}, got {got!r}")


def refused(what, status, call):
    try:
        check(what, False, f"it succeeded: {call()}")
    except ApiException as error:
        equal(what, status, error.status)


def config_map(name, data, **metadata):
    return client.V1ConfigMap(metadata=client.V1ObjectMeta(name=name, **metadata), data=data)


def pod(name, command, **spec):
    container = client.V1Container(name="main", image="matriarch", command=command)
    return client.V1Pod(
        metadata=client.V1ObjectMeta(name=name, labels={"app": name}),
        spec=client.V1PodSpec(containers=[container], termination_grace_period_seconds=1, **spec))


def until(condition, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.1)
    return None


def phase(name):
    return core.read_namespaced_pod(name, NAMESPACE).status.phase


# Lists and watches.
core.create_namespaced_config_map(NAMESPACE, config_map("first", {"a": "1"}, labels={"kind": "test"}))
listed = core.list_namespaced_config_map(NAMESPACE, label_selector="kind=test")
equal("list selects by label", ["first"], [item.metadata.name for item in listed.items])
pages = core.list_namespaced_config_map(NAMESPACE, limit=1)
check("list comes in pages", pages.metadata._continue, pages.metadata)
rest = core.list_namespaced_config_map(NAMESPACE, limit=1, _continue=pages.metadata._continue)
check("... the next of which is another", rest.items[0].metadata.name != pages.items[0].metadata.name)


def change_soon():
    time.sleep(0.5)
    core.create_namespaced_config_map(NAMESPACE, config_map("second", {"a": "1"}, labels={"kind": "test"}))
    core.patch_namespaced_config_map("second", NAMESPACE, {"data": {"a": "2"}})
    core.delete_namespaced_config_map("second", NAMESPACE)


changes = threading.Thread(target=change_soon)
changes.start()
seen, last = [], None
watcher = watch.Watch()
for event in watcher.stream(
        core.list_namespaced_config_map, NAMESPACE, label_selector="kind=test",
        resource_version=listed.metadata.resource_version, timeout_seconds=30):
    seen.append((event["type"], event["object"].metadata.name))
    if event["type"] == "DELETED":
        watcher.stop()
changes.join()
equal("watch sees what happens after a resourceVersion, and nothing before",
      [("ADDED", "second"), ("MODIFIED", "second"), ("DELETED", "second")], seen)

raw = core.list_namespaced_config_map(
    NAMESPACE, watch=True, allow_watch_bookmarks=True, timeout_seconds=1, _preload_content=False,
    resource_version=listed.metadata.resource_version, label_selector="kind=nothing")
events = [json.loads(line) for line in raw.data.decode().splitlines()]
equal("a watch that sees nothing ends with a bookmark", ["BOOKMARK"], [event["type"] for event in events])
bookmark = events[0]["object"]["metadata"]["resourceVersion"] if events else "0"
check("... of the present", int(bookmark) > int(listed.metadata.resource_version), bookmark)
raw = core.list_namespaced_config_map(
    NAMESPACE, watch=True, timeout_seconds=1, _preload_content=False, resource_version="999999999")
equal("a watch from a past that never was says 410", [410],
      [json.loads(line)["object"].get("code") for line in raw.data.decode().splitlines()])

# Patches.


def patch(body, content_type, **options):
    return core.patch_namespaced_config_map("first", NAMESPACE, body, _content_type=content_type, **options).data


patched = core.patch_namespaced_config_map(
    "first", NAMESPACE, [{"op": "add", "path": "/data/json", "value": "yes"}])
equal("a list of operations is a JSON patch", "yes", patched.data.get("json"))
equal("merge patch removes with null", {"a": "1", "b": "2"},
      patch({"data": {"json": None, "b": "2"}}, "application/merge-patch+json"))
equal("strategic merge patch merges", {"a": "1", "b": "3"},
      patch({"data": {"b": "3"}}, "application/strategic-merge-patch+json"))
wanted = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "first"}, "data": {"b": "4"}}
refused("server-side apply is refused what another owns", 409,
        lambda: patch(wanted, "application/apply-patch+yaml", field_manager="snake"))
equal("... and takes it with force, which Python writes as True", {"a": "1", "b": "4"},
      patch(wanted, "application/apply-patch+yaml", field_manager="snake", force=True))

# Conflicts.
stale = core.read_namespaced_config_map("first", NAMESPACE)
core.patch_namespaced_config_map("first", NAMESPACE, {"data": {"c": "5"}})
stale.data["c"] = "6"
refused("replacing a stale object is a conflict", 409,
        lambda: core.replace_namespaced_config_map("first", NAMESPACE, stale))
equal("... and changes nothing", "5", core.read_namespaced_config_map("first", NAMESPACE).data["c"])
refused("creating twice is a conflict", 409,
        lambda: core.create_namespaced_config_map(NAMESPACE, config_map("first", {})))
refused("what is wrong is unprocessable", 422,
        lambda: core.create_namespaced_config_map(NAMESPACE, config_map("Wrong_name", {})))
core.create_namespaced_config_map(NAMESPACE, config_map("rehearsed", {}), dry_run="All")
refused("a dry run leaves nothing behind", 404, lambda: core.read_namespaced_config_map("rehearsed", NAMESPACE))

# Pods.
until(lambda: core.read_namespaced_service_account("default", NAMESPACE))
core.create_namespaced_pod(NAMESPACE, pod("sleeper", ["sleep", "infinity"]))
core.create_namespaced_pod(
    NAMESPACE, pod("talker", ["bash", "-c", "for i in 1 2 3 4 5; do echo line $i; sleep 0.2; done"],
                   restart_policy="Never"))
check("a pod runs", until(lambda: phase("sleeper") == "Running"), phase("sleeper"))
until(lambda: phase("talker") in ("Running", "Succeeded"))
lines = [line.decode().strip() for line in core.read_namespaced_pod_log(
    "talker", NAMESPACE, follow=True, _preload_content=False)]
equal("a log is followed to its end", [f"line {number}" for number in range(1, 6)],
      [line for chunk in lines for line in chunk.splitlines()])
equal("exec over WebSocket (v4) brings the output", "hello\n", stream(
    core.connect_get_namespaced_pod_exec, "sleeper", NAMESPACE, command=["echo", "hello"],
    stderr=True, stdin=False, stdout=True, tty=False))
session = stream(
    core.connect_get_namespaced_pod_exec, "sleeper", NAMESPACE,
    command=["bash", "-c", "read line; echo got $line; echo bad >&2; exit 7"],
    stderr=True, stdin=True, stdout=True, tty=False, _preload_content=False)
session.write_stdin("something\n")
session.run_forever(timeout=30)
equal("... takes input", "got something\n", session.read_stdout())
equal("... keeps errors apart", "bad\n", session.read_stderr())
equal("... and knows the exit code", 7, session.returncode)
session.close()
refused("a log of nothing is not found", 404, lambda: core.read_namespaced_pod_log("nothing", NAMESPACE))
core.delete_namespaced_pod("sleeper", NAMESPACE, grace_period_seconds=0)
check("a deleted pod goes", until(lambda: not [
    item for item in core.list_namespaced_pod(NAMESPACE, field_selector="metadata.name=sleeper").items]))

# Tokens, checked with nothing but what the server publishes.
request = client.AuthenticationV1TokenRequest(spec=client.V1TokenRequestSpec(audiences=["vault"], expiration_seconds=600))
token = core.create_namespaced_service_account_token("default", NAMESPACE, request).status.token
pool = urllib3.PoolManager(ca_certs=api.configuration.ssl_ca_cert)
document = json.loads(pool.request("GET", api.configuration.host + "/.well-known/openid-configuration").data)
keys = json.loads(pool.request("GET", document["jwks_uri"]).data)
key = next(key for key in jwt.PyJWKSet.from_dict(keys).keys if key.key_id == jwt.get_unverified_header(token)["kid"])
claims = jwt.decode(
    token, key.key, algorithms=document["id_token_signing_alg_values_supported"], audience="vault",
    issuer=document["issuer"])
equal("a token is verified with the published keys", f"system:serviceaccount:{NAMESPACE}:default", claims["sub"])
equal("... and lasts as long as was asked for", 600, claims["exp"] - claims["iat"])
try:
    jwt.decode(token, key.key, algorithms=document["id_token_signing_alg_values_supported"], audience="another")
    check("... and is for nobody else", False)
except jwt.InvalidAudienceError:
    check("... and is for nobody else", True)
