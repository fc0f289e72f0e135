"""Stages telescope data into the user areas of a SKA Regional Centre.

    >>> from ska_staging import stage
    >>> path = stage("survey/m31.fits")

The service is named by ``SKA_STAGING_URL``, and ``SKA_STAGING_TOKEN`` says who asks.
"""

from .downloading import download
from .errors import OtherVersionWarning, StagingError
from .listing import Entry, ls
from .staging import stage, stage_many

__all__ = ["Entry", "OtherVersionWarning", "StagingError", "download", "ls", "stage", "stage_many"]
