"""Judges the Azure-compatible service with Azure's own SDK. Prints a line for each check: verdict, what, detail."""

import base64
import hashlib
import os
import sys
import time
from datetime import datetime, timedelta, timezone

from azure.core import MatchConditions
from azure.core.exceptions import (ClientAuthenticationError, HttpResponseError, ResourceExistsError,
                                   ResourceModifiedError, ResourceNotFoundError)
from azure.identity import DefaultAzureCredential, ManagedIdentityCredential, WorkloadIdentityCredential
from azure.storage.blob import (AccountSasPermissions, BlobBlock, BlobSasPermissions, BlobServiceClient,
                                ContainerSasPermissions, ContentSettings, ResourceTypes, generate_account_sas,
                                generate_blob_sas, generate_container_sas)


def ok(what):
    print(f"ok\t{what}", flush=True)


def bad(what, detail):
    print(f"FAIL\t{what}\t{str(detail)[:600]}".replace("\n", " "), flush=True)


def same(what, expected, got):
    ok(what) if expected == got else bad(what, f"expected {expected!r}, got {got!r}")


def refused(what, code, body, kind=HttpResponseError):
    """The body must fail with this code of Azure's."""
    try:
        body()
    except kind as error:
        found = getattr(error, "error_code", None)
        same(what, code, getattr(found, "value", found))
        return error
    except Exception as error:  # noqa: BLE001
        bad(what, repr(error))
        return None
    bad(what, "it was allowed")
    return None


connection = os.environ["AZURE_STORAGE_CONNECTION_STRING"]
settings = dict(part.split("=", 1) for part in connection.rstrip(";").split(";"))
account, key, endpoint = settings["AccountName"], settings["AccountKey"], settings["BlobEndpoint"]
service = BlobServiceClient.from_connection_string(connection, retry_total=0)
HOST = f"https://{account}.blob.core.windows.net"


def containers():
    same("the guide's container is there", True, "backups" in [c.name for c in service.list_containers()])
    judge = service.get_container_client("judge")
    judge.create_container(metadata={"purpose": "tests"})
    refused("a container of the same name is refused", "ContainerAlreadyExists", judge.create_container,
            ResourceExistsError)
    same("container metadata", {"purpose": "tests"}, judge.get_container_properties().metadata)
    same("a container that is not there does not exist", False, service.get_container_client("nothere").exists())
    refused("an invalid name", "InvalidResourceName", service.get_container_client("Not_A_Name").create_container)
    other = service.create_container("judge-two")
    same("prefix of containers", ["judge", "judge-two"], sorted(c.name for c in service.list_containers("judge")))
    other.delete_container()
    refused("a deleted container is gone", "ContainerNotFound", other.get_container_properties, ResourceNotFoundError)
    return judge


def small(judge):
    blob = judge.get_blob_client("folder/a b+c%ü&=.txt")
    content = b"The oldest cow leads the herd.\n" * 7
    answer = blob.upload_blob(content, metadata={"Cow": "Elsa"}, tags={"kind": "text", "age": "7 years"},
                              content_settings=ContentSettings(content_type="text/plain", cache_control="no-cache"))
    same("MD5 in the answer", hashlib.md5(content).digest(), bytes(answer["content_md5"]))
    same("content comes back", content, blob.download_blob().readall())
    properties = blob.get_blob_properties()
    same("size", len(content), properties.size)
    same("type and cache control", ("text/plain", "no-cache"),
         (properties.content_settings.content_type, properties.content_settings.cache_control))
    same("metadata", {"Cow": "Elsa"}, properties.metadata)
    same("number of tags", 2, properties.tag_count)
    same("tags", {"kind": "text", "age": "7 years"}, blob.get_blob_tags())
    blob.set_blob_tags({"kind": "poem"})
    same("changed tags", {"kind": "poem"}, blob.get_blob_tags())
    blob.set_blob_metadata({"cow": "Berta"})
    same("changed metadata", {"cow": "Berta"}, blob.get_blob_properties().metadata)
    same("entity tag changed", True, blob.get_blob_properties().etag != properties.etag)
    same("a range", content[5:25], blob.download_blob(5, 20).readall())
    refused("nothing is overwritten unasked", "BlobAlreadyExists", lambda: blob.upload_blob(b"x"), ResourceExistsError)
    blob.upload_blob(b"", overwrite=True)
    same("an empty blob", b"", blob.download_blob().readall())
    refused("a condition that does not hold", "ConditionNotMet",
            lambda: blob.upload_blob(b"y", overwrite=True, etag=properties.etag,
                                     match_condition=MatchConditions.IfNotModified), ResourceModifiedError)
    blob.delete_blob()
    refused("a deleted blob is gone", "BlobNotFound", lambda: blob.download_blob(), ResourceNotFoundError)
    refused("a wrong MD5", "Md5Mismatch",
            lambda: blob.upload_blob(b"abc", headers={"Content-MD5": base64.b64encode(b"0" * 16).decode()}))
    same("and leaves nothing", False, blob.exists())
    judge.upload_blob("checked", b"abc" * 1000, validate_content=True)
    ok("validated content")
    refused("page blobs are said to be missing", "NotImplemented",
            lambda: judge.get_blob_client("page").create_page_blob(512))


def blocks(judge):
    blob = judge.get_blob_client("blocks")
    ids = [base64.b64encode(f"{n:05d}".encode()).decode() for n in range(4)]
    for number, name in enumerate(ids[:3]):
        blob.stage_block(f"{number:05d}", bytes([65 + number]) * 1000)
    committed, uncommitted = blob.get_block_list("all")
    same("uncommitted blocks", (0, 3), (len(committed), len(uncommitted)))
    refused("there is no blob before its list", "BlobNotFound", lambda: blob.get_blob_properties(),
            ResourceNotFoundError)
    blob.commit_block_list([BlobBlock("00002"), BlobBlock("00000"), BlobBlock("00002")])
    same("in the order of the list", b"C" * 1000 + b"A" * 1000 + b"C" * 1000, blob.download_blob().readall())
    same("across the borders of blocks", b"C" * 10 + b"A" * 10, blob.download_blob(990, 20).readall())
    committed, uncommitted = blob.get_block_list("all")
    same("blocks that no list named are dropped", (3, 0), (len(committed), len(uncommitted)))
    blob.stage_block("00003", b"D" * 10)
    blob.commit_block_list([BlobBlock("00003"), BlobBlock("00000")])
    same("old blocks in a new list", b"D" * 10 + b"A" * 1000, blob.download_blob().readall())
    refused("a block that is not there", "InvalidBlockList", lambda: blob.commit_block_list([BlobBlock("99999")]))
    refused("names of different lengths", "InvalidBlobOrBlock",
            lambda: (blob.stage_block("1", b"x"), blob.stage_block("11", b"x")))


def listing(judge):
    names = [f"list/{n:03d}/{part}" for n in range(40) for part in ("a", "b")] + ["list.txt", "list/top"]
    for name in names:
        judge.upload_blob(name, name.encode())
    same("all names in order", sorted(names), [b.name for b in judge.list_blobs("list", results_per_page=7)])
    walked = [item.name for item in judge.walk_blobs("list/", delimiter="/")]
    same("folders", [f"list/{n:03d}/" for n in range(40)] + ["list/top"], walked)
    pages = judge.list_blobs("list/", results_per_page=50).by_page()
    same("pages", [50, 31], [len(list(page)) for page in pages])
    one = next(iter(judge.list_blobs("list.txt", include=["metadata", "tags"])))
    same("size in a listing", len("list.txt"), one.size)
    answers = list(judge.delete_blobs(*[n for n in names if n.startswith("list/0")]))
    same("deleted in a batch", (80, {202}), (len(answers), {a.status_code for a in answers}))
    same("what is left", ["list.txt", "list/top"], [b.name for b in judge.list_blobs("list")])
    try:
        answers = list(judge.delete_blobs("list.txt", "not there", raise_on_any_failure=False))
        same("a batch with one that fails", [202, 404], [a.status_code for a in answers])
    except Exception as error:  # noqa: BLE001
        bad("a batch with one that fails", repr(error))


def large(judge, size):
    piece = os.urandom(1 << 20)
    content = piece * (size >> 20)
    blob = judge.get_blob_client("large")
    begin = time.monotonic()
    blob.upload_blob(content, max_concurrency=4, overwrite=True)
    wrote = time.monotonic() - begin
    begin = time.monotonic()
    got = blob.download_blob(max_concurrency=4).readall()
    read = time.monotonic() - begin
    same(f"{size >> 20} MB in blocks ({(size >> 20) / wrote:.0f} MB/s up, {(size >> 20) / read:.0f} MB/s down)",
         hashlib.sha256(content).hexdigest(), hashlib.sha256(got).hexdigest())


def signatures(judge):
    now = datetime.now(timezone.utc)
    soon = now + timedelta(minutes=10)
    judge.upload_blob("secret", b"for your eyes only", overwrite=True)

    def with_sas(sas, name="secret"):
        return BlobServiceClient(endpoint, credential=sas, retry_total=0).get_container_client("judge").get_blob_client(name)

    sas = generate_blob_sas(account, "judge", "secret", account_key=key, permission=BlobSasPermissions(read=True), expiry=soon)
    same("a blob's SAS reads", b"for your eyes only", with_sas(sas).download_blob().readall())
    refused("and does not write", "AuthorizationPermissionMismatch", lambda: with_sas(sas).upload_blob(b"x", overwrite=True))
    refused("nor reads another blob", "AuthenticationFailed", lambda: with_sas(sas, "large").download_blob())
    old = generate_blob_sas(account, "judge", "secret", account_key=key, permission=BlobSasPermissions(read=True),
                            start=now - timedelta(hours=2), expiry=now - timedelta(hours=1))
    error = refused("an expired SAS", "AuthenticationFailed", lambda: with_sas(old).download_blob())
    same("says so", True, error is not None and "Signature not valid in the specified time frame" in str(error))
    sas = generate_container_sas(account, "judge", account_key=key, expiry=soon,
                                 permission=ContainerSasPermissions(read=True, write=True, list=True, delete=True, tag=True))
    shared = BlobServiceClient(endpoint, credential=sas).get_container_client("judge")
    shared.upload_blob("by-sas", b"x", tags={"a": "b"})
    same("a container's SAS lists", True, "by-sas" in [b.name for b in shared.list_blobs()])
    shared.delete_blob("by-sas")
    refused("but does not delete the container", "AuthorizationFailure", shared.delete_container)
    sas = generate_account_sas(account, key, ResourceTypes(service=True, container=True, object=True),
                               AccountSasPermissions(read=True, list=True, create=True, write=True), soon)
    whole = BlobServiceClient(endpoint, credential=sas)
    same("an account's SAS lists containers", True, "judge" in [c.name for c in whole.list_containers()])
    refused("and does not delete", "AuthorizationPermissionMismatch",
            lambda: whole.get_blob_client("judge", "secret").delete_blob())
    wrong = base64.b64encode(b"0" * 64).decode()
    refused("a wrong key", "AuthenticationFailed",
            lambda: BlobServiceClient(endpoint, credential={"account_name": account, "account_key": wrong}, retry_total=0)
            .get_container_client("judge").get_container_properties(), ClientAuthenticationError)
    refused("no credential at all", "NoAuthenticationInformation",
            lambda: BlobServiceClient(endpoint, retry_total=0).get_container_client("judge").get_container_properties(),
            ClientAuthenticationError)


def identity():
    """Runs with the variables of workload identity, HTTPS_PROXY and the certificates, as a pod does."""
    for kind in (WorkloadIdentityCredential, ManagedIdentityCredential, DefaultAzureCredential):
        client = BlobServiceClient(HOST, credential=kind(), retry_total=0)
        blob = client.get_blob_client("backups", f"by/{kind.__name__}")
        blob.upload_blob(b"token", overwrite=True)
        same(f"{kind.__name__} writes and reads", b"token", blob.download_blob().readall())
        answers = list(client.get_container_client("backups").delete_blobs(f"by/{kind.__name__}"))
        same("and deletes in a batch", [202], [a.status_code for a in answers])


def untrusted(code, claim):
    """There must be no token, and an error in Azure's words."""
    try:
        WorkloadIdentityCredential().get_token("https://storage.azure.com/.default")
        bad(f"AADSTS{code}", "a token was issued")
    except ClientAuthenticationError as error:
        text = f"AADSTS{code}: No matching federated identity record found for presented assertion {claim}. "
        ok(f"no token, and why: AADSTS{code}, {claim}") if text in str(error) else bad(f"AADSTS{code}", error)


def endless():
    """Sends most of a blob and then the rest slowly, for somebody to end it."""

    class Slow:
        sent = 0

        def __len__(self):
            return 64 << 20

        def read(self, count=-1):
            left = len(self) - self.sent
            count = min(left if count < 0 else count, left)
            if self.sent > 48 << 20:
                time.sleep(0.2)
                count = min(count, 4096)
            self.sent += count
            return b"x" * count

        def __iter__(self):
            while piece := self.read(1 << 20):
                yield piece

    client = BlobServiceClient.from_connection_string(connection, retry_total=0, max_single_put_size=128 << 20)
    client.get_blob_client("backups", "endless").upload_blob(Slow(), length=64 << 20)


if __name__ == "__main__":
    mode = sys.argv[1]
    if mode == "key":
        judge = containers()
        small(judge)
        blocks(judge)
        listing(judge)
        large(judge, 128 << 20)
        signatures(judge)
        judge.delete_container()
        ok("the container goes with all in it")
    elif mode == "identity":
        identity()
    elif mode == "untrusted":
        untrusted(*sys.argv[2:])
    elif mode == "endless":
        endless()
