"""Databases of both kinds, a small study, and codecs that stand in for the real ones.

GCDEMO_TEST_DATABASE_URL names a PostgreSQL database to test on; its contents are left alone, for
every test has a schema of its own. Unset, a server is started on this machine if it has one.
"""

import contextlib
import os
import pwd
import random
import secrets
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy
from study.fakes import SizedCodec, make_pack

from gcdemo.study.session import StudyService
from gcdemo.study.store import VoteStore


@pytest.fixture(scope="session")
def postgresql():
    """Address of a PostgreSQL database."""
    if url := os.environ.get("GCDEMO_TEST_DATABASE_URL"):
        yield url
        return
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not programs:
        pytest.skip("PostgreSQL: there is no server program in /usr/lib/postgresql/*/bin")
    # Not pytest's folder: a server that is started by root runs as somebody who may not enter it.
    folder = Path(tempfile.mkdtemp(prefix="gcdemo-postgresql-"))
    who = {}
    if os.getuid() == 0:  # a server refuses to run as root
        user = pwd.getpwnam("postgres")
        os.chown(folder, user.pw_uid, user.pw_gid)
        who = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    def call(program, *arguments):
        command = [str(programs[-1].with_name(program)), "-D", str(folder / "data"), *arguments]
        done = subprocess.run(
            command, cwd=folder, check=False, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True, **who,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr

    try:
        call("initdb", "-U", "gcdemo", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")
        # Nobody pulls the plug here: what is killed are the writers.
        options = f"-p {port} -h 127.0.0.1 -k '' -F"
        call("pg_ctl", "start", "-w", "-o", options, "-l", str(folder / "log"))
        try:
            yield f"postgresql://gcdemo@127.0.0.1:{port}/postgres"
        finally:
            call("pg_ctl", "stop", "-m", "immediate")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    """Address of an empty database, of both kinds."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/votes.sqlite3"
        return
    server = sqlalchemy.make_url(request.getfixturevalue("postgresql"))
    engine = sqlalchemy.create_engine(server.set(drivername="postgresql+psycopg"))
    schema = f"test_{secrets.token_hex(8)}"
    with engine.begin() as connection:
        connection.exec_driver_sql(f"CREATE SCHEMA {schema}")
    inside = server.update_query_dict({"options": f"-csearch_path={schema}"})
    yield inside.render_as_string(hide_password=False)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"DROP SCHEMA {schema} CASCADE")
    engine.dispose()


class Clock:
    """Shows the time it is set to."""

    def __init__(self):
        self.now = 1_000_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def open_store(url, clock):
    """A function that opens the database once more, as another process would."""
    with contextlib.ExitStack() as stack:

        def open_again():
            store = VoteStore(url, clock)
            stack.callback(store.close)
            return store

        yield open_again


@pytest.fixture
def store(open_store):
    return open_store()


@pytest.fixture
def pack():
    """A pack without files: two pictures, one rival at two factors, checks."""
    return make_pack(pictures=2, factors=(1.0, 2.0))


@pytest.fixture
def service(pack, store):
    """A study on either database."""
    return StudyService(pack, store, "1.2.3", random.Random(0))


@pytest.fixture
def codecs():
    """Ours and a rival."""
    return SizedCodec("gc", (2, 4, 8)), SizedCodec("bpg", tuple(range(1, 41)))


@pytest.fixture
def photos(tmp_path, make_photo):
    """A folder of three picture files."""
    from PIL import Image

    folder = tmp_path / "photos"
    folder.mkdir()
    for number, shape in enumerate([(48, 64), (64, 48), (50, 70)]):
        image = make_photo(*shape, seed=number)
        Image.fromarray(np.asarray(image)).save(folder / f"photo{number}.png")
    return folder
