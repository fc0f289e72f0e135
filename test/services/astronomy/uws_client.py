"""Drives and reads a UWS by third-party clients. Prints JSON."""

import io
import json
import sys

import numpy
import requests
from pyvo.dal.tap import AsyncTAPJob, TAPService
from pyvo.io import uws
from vo_models.uws import Jobs, JobSummary
from vo_models.uws.models import Parameters
from vo_models.vosi.availability import Availability


def drive(jobs_url, **parameters):
    """Makes a job, runs it, waits for its end and fetches its result."""
    created = requests.post(jobs_url, data=parameters)
    created.raise_for_status()
    job = AsyncTAPJob(created.url)
    before = job.phase
    job.run().wait()
    job.raise_if_error()
    table = job.fetch_result()
    json_result = requests.get(job.result_uri, headers={"Accept": "application/json"})
    json_result.raise_for_status()
    other_way = requests.get(job.result_uri, params={"RESPONSEFORMAT": "json"})
    answer = {
        "before": before,
        "after": job.phase,
        "version": job.uws_version,
        "owner": job.owner,
        "table": {name: plain(table[0][name]) for name in table.fieldnames},
        "result": json_result.json(),
        "is_same_by_format": other_way.json() == json_result.json(),
    }
    job.delete()
    return {**answer, "after_deletion": requests.get(created.url).status_code}


def plain(value):
    """A cell of a table as JSON has it; an empty one is null."""
    if numpy.ma.is_masked(value):
        return None
    return value.item() if isinstance(value, numpy.generic) else value


def post_parts(jobs_url, **parameters):
    """Creates a job by a multipart form, as pyvo does with a table, and reads its parameters."""
    parts = {name: (None, value) for name, value in parameters.items()}
    created = requests.post(jobs_url, files={**parts, "UPLOAD": ("table.xml", b"<VOTABLE/>")})
    created.raise_for_status()
    job = uws.parse_job(io.BytesIO(created.content), pedantic=True)
    return {parameter.id_: parameter.content for parameter in job.parameters}


def ask_as_tap(url):
    """The requests of a TAP client: the jobs, a job by its id, the capabilities, the availability."""
    service = TAPService(url)
    jobs = service.get_job_list(last=1)
    job = service.get_job(jobs[0].jobid)
    availability = requests.get(f"{url}/availability").content
    return {
        "jobs": [job.jobid for job in jobs],
        "phase": job.phase,
        "capabilities": [
            [capability.standardid, [str(interface.accessurls[0].content) for interface in capability.interfaces]]
            for capability in service.capabilities
        ],
        "is_available": Availability.from_xml(availability).available,
    }


def read_list(url):
    """The ids in a list of jobs, which both clients must read alike."""
    document = requests.get(url).content
    by_pyvo = [job.jobid for job in uws.parse_job_list(io.BytesIO(document), pedantic=True)]
    by_models = [job.job_id for job in Jobs.from_xml(document).jobref or []]
    assert by_pyvo == by_models, (by_pyvo, by_models)
    return by_pyvo


def read_job(url):
    """A job, which both clients must read alike."""
    document = requests.get(url).content
    job = uws.parse_job(io.BytesIO(document), pedantic=True)
    model = JobSummary[Parameters].from_xml(document)
    assert (job.jobid, job.phase) == (model.job_id, model.phase.value)
    error = job.errorsummary
    return {
        "phase": job.phase,
        "run_id": job.runid,
        "parameters": {parameter.id_: parameter.content for parameter in job.parameters},
        "results": [result.id_ for result in job.results],
        "error": error and [error.type_, error.message.content],
        "destruction": job.destruction and job.destruction.isot,
    }


def main(command, url, *pairs):
    parameters = dict(pair.split("=", 1) for pair in pairs)
    commands = {"drive": drive, "parts": post_parts, "tap": ask_as_tap, "list": read_list, "job": read_job}
    answer = commands[command](url, **parameters)
    json.dump(answer, sys.stdout)


main(*sys.argv[1:])
