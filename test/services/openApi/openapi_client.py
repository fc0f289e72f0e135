"""Stages by the client that openapi-python-client has generated. Prints JSON."""

import io
import json
import sys

from ska_staging_service_client import Client, models
from ska_staging_service_client.api.batches import create_batch
from ska_staging_service_client.api.files import preview
from ska_staging_service_client.api.operations import get_operation
from ska_staging_service_client.api.site import get_version
from ska_staging_service_client.api.staging import stage_data
from ska_staging_service_client.types import File

client = Client(base_url=sys.argv[1])

staged = stage_data.sync(
    client=client,
    method=models.StageDataMethod.LOCAL_COPY,
    username="ann",
    body=models.DataItem(local_path_on_storage="m31.fits", relative_path="by/client.fits"),
)
found = get_operation.sync(staged.operation.id, client=client)
refused = stage_data.sync(
    client=client,
    method=models.StageDataMethod.LOCAL_COPY,
    username="ann",
    body=models.DataItem(local_path_on_storage="none", relative_path="none"),
)
lines = json.dumps({"local_path_on_storage": "m31.fits", "relative_path": "by/line.fits"}).encode()
batch = create_batch.sync(
    client=client,
    method=models.CreateBatchMethod.LOCAL_COPY,
    username="ann",
    body=File(payload=io.BytesIO(lines)),
)
shown = preview.sync(client=client, path="m31.fits")
json.dump(
    {
        "staged": [staged.message, staged.operation.phase.value, found.outcome],
        "refused": [refused.code, refused.class_.value],
        "batch": [type(batch).__name__, batch.operations_total],
        "preview": [type(shown).__name__, shown.hdus[0].cards[0].keyword],
        "version": get_version.sync(client=client).version,
    },
    sys.stdout,
)
