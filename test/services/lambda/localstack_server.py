"""LocalStack for tests, in the release of requirements/s3.txt: sets options that its settings do not offer."""

import base64
import os
import sys
import tempfile
from urllib.parse import quote

from localstack import config
from localstack.aws import spec
from localstack.runtime.main import main
from localstack.services.s3 import provider
from localstack.services.s3.storage import ephemeral


def keep_service_index():
    """Caches the index of all AWS services with this Python, because it takes seconds to build."""
    config.dirs.static_libs = sys.prefix
    index = os.path.join(sys.prefix, spec._get_catalog_filename())
    if not os.path.exists(index):
        unfinished = f"{index}.{os.getpid()}"
        spec.build_service_index_cache(unfinished)
        os.replace(unfinished, index)


def encode_cursors():
    """Compares the keys of a listing with its cursor in one encoding; LocalStack would never end the listing."""
    list_objects = provider.S3Provider.list_objects_v2

    def list_objects_v2(self, context, *args, encoding_type=None, continuation_token=None, **others):
        if encoding_type and continuation_token:
            key = base64.urlsafe_b64decode(continuation_token).decode()
            continuation_token = base64.urlsafe_b64encode(quote(key).encode()).decode()
        named = {"encoding_type": encoding_type, "continuation_token": continuation_token}
        return list_objects(self, context, *args, **named, **others)

    provider.S3Provider.list_objects_v2 = list_objects_v2


keep_service_index()
encode_cursors()
# Its own default is /tmp.
provider.DEFAULT_S3_TMP_DIR = os.path.join(tempfile.gettempdir(), "s3")
# Its default of 64 KiB makes answers for large objects take half as long again.
ephemeral.S3_CHUNK_SIZE = 1024 * 1024
main()
