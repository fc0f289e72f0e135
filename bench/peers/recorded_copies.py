"""A peer for measurements: a program that a site might write itself to copy small files over HTTP.

It gives the guarantees of local_copy with common libraries: a durable record before and after, a digest, a file that is
synced, read-only and never replaces another. Run by uvicorn; SOURCE, TARGET and DATABASE are paths.
"""

import hashlib
import os
import uuid
from datetime import datetime, timezone
from pathlib import Path

from fastapi import FastAPI, HTTPException
from pydantic import BaseModel
from sqlalchemy import DateTime, String, create_engine, event
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

source = Path(os.environ["SOURCE"])
target = Path(os.environ["TARGET"])
engine = create_engine(f"sqlite:///{os.environ['DATABASE']}")


@event.listens_for(engine, "connect")
def configure(connection, _record):
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "busy_timeout = 5000"):
        connection.execute(f"PRAGMA {pragma}")


class Base(DeclarativeBase):
    pass


class Copy(Base):
    __tablename__ = "copies"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    username: Mapped[str] = mapped_column(index=True)
    source: Mapped[str]
    target: Mapped[str]
    phase: Mapped[str] = mapped_column(index=True)
    sha256: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    finished_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


Base.metadata.create_all(engine)
app = FastAPI()


class Item(BaseModel):
    local_path_on_storage: str
    relative_path: str


@app.post("/stage/local")
def stage(username: str, item: Item):
    copy = Copy(
        id=str(uuid.uuid4()),
        username=username,
        source=item.local_path_on_storage,
        target=item.relative_path,
        phase="EXECUTING",
        created_at=datetime.now(timezone.utc),
    )
    with Session(engine, expire_on_commit=False) as session:
        session.add(copy)
        session.commit()
        copy.sha256 = publish(inside(source, copy.source), inside(target / username, copy.target))
        copy.phase = "COMPLETED"
        copy.finished_at = datetime.now(timezone.utc)
        session.commit()
    return {"status": "success", "operation": {"id": copy.id, "sha256": copy.sha256}}


def inside(root: Path, name: str) -> Path:
    path = (root / name).resolve()
    if not path.is_relative_to(root.resolve()):
        raise HTTPException(403, "The path leads out of the storage.")
    return path


def publish(of: Path, to: Path) -> str:
    to.parent.mkdir(parents=True, exist_ok=True)
    part = to.with_name(f"{to.name}.{uuid.uuid4()}.part")
    digest = hashlib.sha256()
    with of.open("rb") as reading, part.open("xb") as writing:
        while chunk := reading.read(1024**2):
            digest.update(chunk)
            writing.write(chunk)
        writing.flush()
        os.fchmod(writing.fileno(), 0o400)
        os.fsync(writing.fileno())
    os.link(part, to)
    part.unlink()
    folder = os.open(to.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)
    return digest.hexdigest()
