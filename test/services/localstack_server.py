"""LocalStack for tests: what its settings do not offer is set here, in the one release that requirements/s3.txt names."""

import os
import sys
import tempfile

from localstack import config
from localstack.aws import spec
from localstack.runtime.main import main
from localstack.services.s3 import provider
from localstack.services.s3.storage import ephemeral


def keep_service_index():
    """Keeps the index of all services of AWS with this Python, as it takes seconds to build."""
    config.dirs.static_libs = sys.prefix
    index = os.path.join(sys.prefix, spec._get_catalog_filename())
    if not os.path.exists(index):
        unfinished = f"{index}.{os.getpid()}"
        spec.build_service_index_cache(unfinished)
        os.replace(unfinished, index)


keep_service_index()
# Its own source says /tmp.
provider.DEFAULT_S3_TMP_DIR = os.path.join(tempfile.gettempdir(), "s3")
# Its own 64 KiB make it spend half as much again on the answer for a large object.
ephemeral.S3_CHUNK_SIZE = 1024 * 1024
main()
