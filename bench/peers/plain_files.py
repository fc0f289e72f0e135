"""A peer for measurements: copies and sends files over HTTP, and nothing else.

It gives no guarantees: no record, no digest, no sync. Run by uvicorn; SOURCE and TARGET are paths.
"""

import os
import shutil
from pathlib import Path

from fastapi import FastAPI, HTTPException
from fastapi.responses import FileResponse
from pydantic import BaseModel

source = Path(os.environ["SOURCE"])
target = Path(os.environ["TARGET"])
app = FastAPI()


class Item(BaseModel):
    local_path_on_storage: str
    relative_path: str


@app.post("/stage/local")
def stage(username: str, item: Item):
    to = inside(target / username, item.relative_path)
    to.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(inside(source, item.local_path_on_storage), to)
    return {"status": "success"}


@app.get("/download/{path:path}")
def download(path: str):
    return FileResponse(inside(source, path))


def inside(root: Path, name: str) -> Path:
    path = (root / name).resolve()
    if not path.is_relative_to(root.resolve()):
        raise HTTPException(403, "The path leads out of the storage.")
    return path
