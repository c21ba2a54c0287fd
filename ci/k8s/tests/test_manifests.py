"""The manifests keep Kubernetes' schemas, and what makes a pod's numbers worth keeping is in them."""

import shutil
import subprocess
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from analysis.contracts import ROOT

Document = dict[str, Any]
FOLDER = ROOT / "ci" / "k8s"
# An older one that fleets still run, and the newest whose schemas the validator has.
VERSIONS = ("1.29", kubernetes_validate.latest_version().rpartition(".")[0])


def documents(text: str) -> list[Document]:
    return [document for document in yaml.safe_load_all(text) if document]


def files() -> Iterator[Path]:
    """Those that are whole objects: neither kustomize's own nor the patches."""
    for path in sorted(FOLDER.rglob("*.yaml")):
        if path.name not in ("kustomization.yaml", "pool.yaml"):
            yield path


OBJECTS = {str(path.relative_to(FOLDER)): documents(path.read_text(encoding="utf-8")) for path in files()}


def only(kind: str) -> Document:
    (found,) = (document for its in OBJECTS.values() for document in its if document["kind"] == kind)
    return deepcopy(found)


def job_of(cronjob: Document) -> Document:
    return cronjob["spec"]["jobTemplate"]["spec"]


def pod_of(cronjob: Document) -> Document:
    return job_of(cronjob)["template"]["spec"]


def validate(document: Document, version: str = VERSIONS[0]) -> None:
    kubernetes_validate.validate(document, version, strict=True)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", OBJECTS)
def test_every_object_is_valid(name: str, version: str) -> None:
    assert OBJECTS[name]
    for document in OBJECTS[name]:
        validate(document, version)


def misspell(cronjob: Document) -> None:
    job_of(cronjob)["backofLimit"] = job_of(cronjob).pop("backoffLimit")


def mistake_a_number(cronjob: Document) -> None:
    job_of(cronjob)["ttlSecondsAfterFinished"] = "a week"


def forget_the_containers(cronjob: Document) -> None:
    del pod_of(cronjob)["containers"]


def misplace(cronjob: Document) -> None:
    pod_of(cronjob)["resources"] = pod_of(cronjob)["containers"][0].pop("resources")


@pytest.mark.parametrize("change", [misspell, mistake_a_number, forget_the_containers, misplace])
def test_a_broken_manifest_is_refused(change: Any) -> None:
    cronjob = only("CronJob")
    validate(cronjob)
    change(cronjob)
    with pytest.raises(kubernetes_validate.ValidationError):
        validate(cronjob)


def test_a_pod_has_cores_of_its_own() -> None:
    """The class Guaranteed, which the static CPU manager asks for, and whole CPUs."""
    for container in pod_of(only("CronJob"))["containers"]:
        resources = container["resources"]
        assert resources["requests"] == resources["limits"]
        assert {"cpu", "memory", "ephemeral-storage"} <= resources["limits"].keys()
        assert resources["limits"]["cpu"].isdigit()


def test_nothing_else_runs_beside_it() -> None:
    pod = pod_of(only("CronJob"))
    label = only("CronJob")["spec"]["jobTemplate"]["spec"]["template"]["metadata"]["labels"]
    (apart,) = pod["affinity"]["podAntiAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    assert apart["topologyKey"] == "kubernetes.io/hostname"
    assert apart["labelSelector"]["matchLabels"].items() <= label.items()
    assert {toleration["key"] for toleration in pod["tolerations"]} <= pod["nodeSelector"].keys()


def test_a_run_is_never_tried_again_and_goes_away() -> None:
    job = job_of(only("CronJob"))
    assert job["backoffLimit"] == 0
    assert job["ttlSecondsAfterFinished"] > 0
    assert job["activeDeadlineSeconds"] > 0
    assert job["template"]["spec"]["restartPolicy"] == "Never"
    assert only("CronJob")["spec"]["concurrencyPolicy"] == "Forbid"


def test_it_has_no_rights() -> None:
    pod = pod_of(only("CronJob"))
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"]["type"] == "RuntimeDefault"
    for container in pod["containers"]:
        assert container["securityContext"]["allowPrivilegeEscalation"] is False
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}


def test_the_stores_url_comes_from_a_secret_alone() -> None:
    (container,) = pod_of(only("CronJob"))["containers"]
    (store,) = (variable for variable in container["env"] if variable["name"] == "THREADMARK_STORE")
    assert "value" not in store
    assert store["valueFrom"]["secretKeyRef"]["name"] == "threadmark-store"
    assert not [d for its in OBJECTS.values() for d in its if d["kind"] == "Secret"]
    text = "".join(path.read_text(encoding="utf-8") for path in FOLDER.rglob("*.yaml"))
    assert "postgresql" not in text


def test_what_is_run_is_in_the_image_for_the_user_of_the_pod() -> None:
    pod, text = pod_of(only("CronJob")), (FOLDER / "Containerfile").read_text(encoding="utf-8")
    (container,) = pod["containers"]
    (command,) = container["command"]
    assert (ROOT / command).is_file()
    (place,) = (line.split()[1] for line in text.splitlines() if line.startswith("WORKDIR "))
    assert f"{place}/out" in [mount["mountPath"] for mount in container["volumeMounts"]]
    users = [line.split()[1] for line in text.splitlines() if line.startswith("USER ")]
    assert users[-1] == f"{pod['securityContext']['runAsUser']}:{pod['securityContext']['runAsGroup']}"


def test_whatever_kustomize_names_is_there() -> None:
    for path in FOLDER.rglob("kustomization.yaml"):
        (document,) = documents(path.read_text(encoding="utf-8"))
        for name in [*document["resources"], *(patch["path"] for patch in document.get("patches", []))]:
            assert (path.parent / name).exists(), (path, name)


@pytest.fixture(scope="module")
def rendered() -> list[Document]:
    command = next((c for c in (["kubectl", "kustomize"], ["kustomize", "build"]) if shutil.which(c[0])), None)
    if command is None:
        pytest.skip("neither kubectl nor kustomize is here to put the example together")
    done = subprocess.run([*command, str(FOLDER / "example")], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return documents(done.stdout)


def test_the_example_put_together_is_valid(rendered: list[Document]) -> None:
    for document in rendered:
        for version in VERSIONS:
            validate(document, version)


def test_the_example_has_a_pool_of_each_architecture(rendered: list[Document]) -> None:
    cronjobs = {document["metadata"]["name"]: document for document in rendered if document["kind"] == "CronJob"}
    assert cronjobs.keys() == {"threadmark-amd64", "threadmark-arm64"}
    accounts = {document["metadata"]["name"] for document in rendered if document["kind"] == "ServiceAccount"}
    for name, cronjob in cronjobs.items():
        selector = pod_of(cronjob)["nodeSelector"]
        assert selector["kubernetes.io/arch"] == name.removeprefix("threadmark-")
        assert selector["threadmark/pool"] == "benchmark"
        assert pod_of(cronjob)["serviceAccountName"] in accounts
        assert pod_of(cronjob)["containers"][0]["image"].startswith("registry.example.com/threadmark:")
        assert cronjob["metadata"]["namespace"] == "threadmark"
    assert len({cronjob["spec"]["schedule"] for cronjob in cronjobs.values()}) == 2
