"""Drives and reads a UWS by clients that others have written. Prints JSON."""

import io
import json
import sys

import requests
from pyvo.dal.tap import AsyncTAPJob
from pyvo.io import uws
from vo_models.uws import Jobs, JobSummary
from vo_models.uws.models import Parameters


def drive(jobs_url, **parameters):
    """Makes a job, runs it, waits for its end and fetches its result."""
    created = requests.post(jobs_url, data=parameters)
    created.raise_for_status()
    job = AsyncTAPJob(created.url)
    before = job.phase
    job.run().wait()
    job.raise_if_error()
    result = requests.get(job.result_uri)
    result.raise_for_status()
    answer = {
        "before": before,
        "after": job.phase,
        "version": job.uws_version,
        "owner": job.owner,
        "result": result.json(),
    }
    job.delete()
    return {**answer, "after_deletion": requests.get(created.url).status_code}


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
    answer = {"drive": drive, "list": read_list, "job": read_job}[command](url, **parameters)
    json.dump(answer, sys.stdout)


main(*sys.argv[1:])
