"""A Rucio server for tests, on SQLite: writes its settings, creates its tables, and serves its REST API."""

import json
import os
import sqlite3
import ssl
import sys
import threading
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

settings = json.loads(os.environ["RUCIO_SETTINGS"])
home, port = settings["home"], settings["port"]
package = os.path.join(sys.prefix, "lib", f"python3.{sys.version_info.minor}", "site-packages", "rucio")

CONFIGURATION = f"""
[common]
logdir = {home}
loglevel = WARNING
[database]
default = sqlite:///{home}/rucio.db
echo = 0
[bootstrap]
userpass_identity = {settings["username"]}
userpass_pwd = {settings["password"]}
userpass_email = tests@example.org
[api]
endpoints = accounts, auth, dids, identities, ping, replicas, rses, rules, scopes, locks, requests
[policy]
permission = generic
schema = generic
lfn2pfn_algorithm_default = hash
[cache]
use_external_cache = False
[alembic]
cfg = {home}/etc/alembic.ini
"""

MIGRATIONS = f"""
[alembic]
sqlalchemy.url = sqlite:///{home}/rucio.db
script_location = {package}/db/sqla/migrate_repo/
[loggers]
keys = root
[handlers]
keys = console
[formatters]
keys = plain
[logger_root]
level = WARN
handlers = console
[handler_console]
class = StreamHandler
args = (sys.stderr,)
formatter = plain
[formatter_plain]
format = %(message)s
"""


def write_settings():
    os.makedirs(os.path.join(home, "etc"))
    for name, text in (("rucio.cfg", CONFIGURATION), ("alembic.ini", MIGRATIONS)):
        with open(os.path.join(home, "etc", name), "w") as file:
            file.write(text)


def keep_to_this_machine():
    """Keeps replicas in the order of their RSEs, because sorting by distance needs a database from the network."""
    from rucio.core import replica_sorter

    replica_sorter.sort_replicas = lambda replicas, *_, **__: list(replicas)


def allow_more_names():
    """Sites have their own schemas, and some allow more characters in names than Rucio's default one."""
    from rucio.common.schema import generic

    generic.NAME["pattern"] = r"^[/A-Za-z0-9].*$"


def make_tables():
    from rucio.db.sqla.util import build_database, create_base_vo, create_root_account

    build_database()
    create_base_vo()
    create_root_account()
    # Readers do not block writers.
    with sqlite3.connect(f"{home}/rucio.db") as database:
        database.execute("PRAGMA journal_mode = WAL")


def write_in_turn(application):
    """SQLite has one writer, and Rucio does not wait for another one."""
    turn = threading.Lock()

    def in_turn(environ, start_response):
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        if path == "/replicas/list" or (method == "GET" and not path.startswith("/auth/")):
            return application(environ, start_response)
        with turn:
            return list(application(environ, start_response))

    return in_turn


def fail_transfers(application):
    """Records a failed transfer like a daemon of Rucio: the API has no request for that."""
    from rucio.common.types import InternalScope
    from rucio.core.replica import update_replicas_states
    from rucio.core.rse import get_rse_id

    def answer(environ, start_response):
        if environ["PATH_INFO"] != "/failed-transfers":
            return application(environ, start_response)
        given = json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
        failed = {
            "rse_id": get_rse_id(given["rse"]),
            "scope": InternalScope(given["scope"]),
            "name": given["name"],
            "state": "U",
            "error_message": given["reason"],
        }
        update_replicas_states([failed])
        start_response("200 OK", [])
        return []

    return answer


class Server(ThreadingMixIn, WSGIServer):
    """Answers several requests at the same time, and streams long answers."""

    daemon_threads = True


class Handler(WSGIRequestHandler):
    def log_message(self, *_):
        pass

    def get_environ(self):
        """With the name in the client's certificate, as web servers before Rucio set it."""
        environ = super().get_environ()
        if isinstance(self.connection, ssl.SSLSocket):
            names = (name for names in self.connection.getpeercert()["subject"] for name in names)
            short = {"organizationName": "O", "commonName": "CN"}
            environ["SSL_CLIENT_S_DN"] = "".join(f"/{short[kind]}={value}" for kind, value in names)
        return environ


class TlsServer(Server):
    """Requires a certificate, which may be a proxy (RFC 3820). Each is checked in the thread of its request."""

    def get_request(self):
        connection, address = super().get_request()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(settings["tls"]["certificate"])
        context.load_verify_locations(settings["tls"]["authority"])
        context.verify_mode = ssl.CERT_REQUIRED
        context.verify_flags |= ssl.VERIFY_ALLOW_PROXY_CERTS
        return context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False), address

    def handle_error(self, *_):
        pass


def serve():
    from rucio.web.rest.flaskapi.v1.main import application

    whole = write_in_turn(fail_transfers(application))
    server = make_server("127.0.0.1", port, whole, Server, Handler)
    tls_server = make_server("127.0.0.1", settings["tls"]["port"], whole, TlsServer, Handler)
    threading.Thread(target=tls_server.serve_forever, daemon=True).start()
    print("Rucio answers.", flush=True)
    server.serve_forever()


os.environ["RUCIO_HOME"] = home
write_settings()
keep_to_this_machine()
allow_more_names()
make_tables()
serve()
