"""LocalStack whose S3 keeps its objects beneath the directory for temporary files: its own source says /tmp."""

import os
import sys
import tempfile

from localstack import config
from localstack.aws import spec
from localstack.runtime.main import main
from localstack.services.s3 import provider


def keep_service_index():
    """Keeps the index of all services of AWS with this Python, as it takes seconds to build."""
    config.dirs.static_libs = sys.prefix
    index = os.path.join(sys.prefix, spec._get_catalog_filename())
    if not os.path.exists(index):
        unfinished = f"{index}.{os.getpid()}"
        spec.build_service_index_cache(unfinished)
        os.replace(unfinished, index)


keep_service_index()
provider.DEFAULT_S3_TMP_DIR = os.path.join(tempfile.gettempdir(), "s3")
main()
