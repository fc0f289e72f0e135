"""A proxy in front of the service, which breaks connections, changes bytes, and records requests."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from types import TracebackType
from urllib.parse import urlsplit


class Proxy:
    """Forwards everything, except for the faults that a test sets."""

    def __init__(self, service_url: str) -> None:
        parts = urlsplit(service_url)
        assert parts.hostname is not None and parts.port is not None
        self._service = (parts.hostname, parts.port)
        self._server = socket.create_server(("127.0.0.1", 0))
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self.url = f"http://127.0.0.1:{self._server.getsockname()[1]}"
        #: The heads of the requests, in order.
        self.requests: list[str] = []
        #: After how many bytes of an answer to a GET the connection breaks; one for each, then no more.
        self.breaks: list[int] = []
        #: Called after a break.
        self.after_break: Callable[[], object] = lambda: None
        #: Replacements in answers.
        self.replaced: tuple[bytes, bytes] | None = None

    def __enter__(self) -> Proxy:
        self._accepting.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        # Closing alone does not end a pending accept(), which could then accept the connections of the next proxy.
        self._server.shutdown(socket.SHUT_RDWR)
        self._accepting.join()
        self._server.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        """One request for each connection: the client opens another one for the next."""
        with client, socket.create_connection(self._service) as service:
            request = client.recv(65536)
            while b"\r\n\r\n" not in request:
                request += client.recv(65536)
            self.requests.append(request.partition(b"\r\n\r\n")[0].decode("latin1"))
            host = "{}:{}".format(*self._service).encode()
            request = request.replace(urlsplit(self.url).netloc.encode(), host)
            service.sendall(request.replace(b"Connection: keep-alive", b"Connection: close"))
            left = self.breaks.pop(0) if request.startswith(b"GET") and self.breaks else None
            while data := service.recv(65536):
                if self.replaced:
                    data = data.replace(*self.replaced)
                if left is not None and len(data) >= left:
                    client.sendall(data[:left])
                    self.after_break()
                    return
                left = None if left is None else left - len(data)
                client.sendall(data)
