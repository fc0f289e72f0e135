"""Moto, patched to check signatures over the path and query as they were sent, instead of decoding them first."""

from moto.s3.responses import S3Response
from moto.server import main

set_up = S3Response.setup_class


def set_up_as_sent(self, request, full_url, headers):
    set_up(self, request, full_url, headers)
    self.uri = request.environ["RAW_URI"]


S3Response.setup_class = set_up_as_sent
main()
