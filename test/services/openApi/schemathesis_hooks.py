"""Constraints on requests that the OpenAPI document cannot express, for schemathesis."""

import json
import os
import re

import schemathesis

# Parts of a request that depend on each other, or on existing data.


known_ids = json.loads(os.environ.get("KNOWN_IDS", "{}"))


@schemathesis.hook
def before_call(context, case, kwargs):
    """Makes requests with valid parts also valid as a whole."""
    query = case.query if isinstance(case.query, dict) else {}
    # Do not wait for the phase of a job that does not change.
    for name in ("wait", "WAIT"):
        if isinstance(query.get(name), int) and (query[name] > 1 or query[name] == -1):
            query[name] = 1
    if case.meta is None or not case.meta.generation.mode.is_positive:
        # Readers of the document take its letters for ASCII, but the service accepts others, too.
        if not str(query.get("username", "")).isascii():
            query["username"] = "-"
        # A body that is not an object is sent as an empty form, which is valid: a job may get its parameters later.
        if case.path.startswith("/uws/") and isinstance(case.body, (str, list)):
            case.body = {"MADE_UP": "1"}
        return
    name_what_is_there(case)
    if isinstance(case.body, (dict, list)):
        case.body = without_prototypes(case.body)
        bring_nothing(case.body)
    # A cursor is valid only for the list that returned it.
    query.pop("cursor", None)
    if case.path == "/search":
        search_for_one(query)
    if case.path == "/create-file" and case.media_type == "application/octet-stream":
        query.setdefault("filename", "survey/new.bin")
    if case.path == "/batches" and case.method == "POST":
        gather(case, query)


def name_what_is_there(case):
    """Half of the generated ids are replaced by those of existing operations."""
    given = (case.path_parameters or {}).get("id", "")
    ids = known_ids.get(case.path.split("/")[1], [])
    if ids and given[-1:] in tuple("02468ace"):
        case.path_parameters["id"] = ids[sum(map(ord, given)) % len(ids)]


def bring_nothing(value):
    """There is no Rucio here that could replicate data."""
    if isinstance(value, dict):
        value.pop("replicate", None)
        value = list(value.values())
    if isinstance(value, list):
        for within in value:
            bring_nothing(within)


def search_for_one(query):
    """A search is for a text or for a pattern."""
    if "text" in query:
        query.pop("glob", None)
    elif "glob" not in query:
        query["text"] = "a"


def gather(case, query):
    """The folder of a batch contains the targets of all items, and only lines have it in the query."""
    if case.media_type == "application/x-ndjson":
        case.body = lines(len(case.body))
        if "relative_path" in query or query.get("all_or_nothing") == "true":
            query["relative_path"] = "lines"
        return
    query.pop("relative_path", None)
    query.pop("all_or_nothing", None)
    if not isinstance(case.body, dict):
        return
    if "relative_path" in case.body:
        case.body["relative_path"] = plain(case.body["relative_path"])
    for item in case.body.get("items", []):
        # Errors in paths are 400 elsewhere, and all errors in a list of items are one 422.
        folder = [case.body["relative_path"]] if "relative_path" in case.body else []
        item["relative_path"] = "/".join([*folder, plain(item["relative_path"])])
        if "local_path_on_storage" in item:
            item["local_path_on_storage"] = plain(item["local_path_on_storage"])
        for name in item.get("did", {}):
            if name in ("scope", "namespace", "name"):
                item["did"][name] = plain(item["did"][name]).replace("/", "_")


def plain(path):
    """A valid path, derived from this text."""
    return re.sub(r"[^\w /-]|/+$|^ ", "_", path)[:60].strip("/") or "_"


def lines(seed):
    """The body of a batch of up to four items, one a line."""
    items = [{"local_path_on_storage": "survey/a.fits", "relative_path": f"lines/é {number}"} for number in range(4)]
    return "".join(f"{json.dumps(item)}\n" for item in items[: 1 + seed % 4])


def without_prototypes(value):
    """JSON without the members that the service refuses because they could harm JavaScript programs."""
    if isinstance(value, list):
        return [without_prototypes(each) for each in value]
    if isinstance(value, dict):
        return {
            name: without_prototypes(each)
            for name, each in value.items()
            if name not in ("__proto__", "constructor")
        }
    return value


@schemathesis.serializer("application/x-ndjson")
def as_it_is(context, value):
    """Lines of JSON are sent unchanged."""
    return value if isinstance(value, (bytes, str)) else str(value)
