"""LocalStack whose S3 keeps its objects beneath the directory for temporary files: its own source says /tmp."""

import os
import tempfile

from localstack.runtime.main import main
from localstack.services.s3 import provider

provider.DEFAULT_S3_TMP_DIR = os.path.join(tempfile.gettempdir(), "s3")
main()
